"""A book that is heard from the local exchange is the exchange's, at every number, while its stream loses and swaps."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.conformance.binance_wire import Wire
from tests.conformance.test_binance_faults import TOKEN, press
from tests.conformance.venue import FUTURES, Venue, serve
from tradewind.data.book import Depth
from tradewind.domain.market import BookDelta, BookSnapshot
from tradewind.venues._net.offset import VenueClock
from tradewind.venues.binance import hosts
from tradewind.venues.binance.history import Books
from tradewind.venues.binance.policy import Patience
from tradewind.venues.binance.product import Product, our_id, routes_of
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.stream import BinanceMarket

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
CHECKS, SPEED = 15, 60


async def hear(venue: Venue, product: Product) -> tuple[int, int]:
    """Return how many books were held against the exchange's, and how many whole ones were asked for."""
    name, base = our_id("BTCUSDT", product), f"http://127.0.0.1:{venue.port}"
    clock = VenueClock(time.time_ns, 0)
    ((path, streams),) = routes_of(["btcusdt@depth@100ms"], product).items()
    market = BinanceMarket(
        f"{hosts.at(base, product).stream}{path}", streams, {"BTCUSDT": name}, clock, klines=None,
        patience=Patience(), book_of=Books(Rest(base, product), {name: "BTCUSDT"}, clock.now),
    )  # fmt: skip
    theirs: dict[int, Any] = {}
    ours: dict[int, Any] = {}
    whole = 0

    async def look(session: aiohttp.ClientSession) -> None:
        """Break the stream in some way, then ask for the book, over and over."""
        wire, kinds = Wire(session, venue), ("drop", "duplicate", "reorder")
        for number in range(400):
            await press(session, wire, kinds[number % 3], count=1, link="market")
            for _ in range(4):
                path = "/api/v3/depth" if product is Product.SPOT else "/fapi/v1/depth"
                _, found = await wire.ask("GET", path, symbol="BTCUSDT", limit=100)
                theirs[found["lastUpdateId"]] = found
                await asyncio.sleep(0.03)

    async with aiohttp.ClientSession() as session, asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(look(session))
        book = Depth()
        async with contextlib.aclosing(market.stream()) as events:  # type: ignore[type-var] # it is a generator
            async for event in events:
                if isinstance(event, BookSnapshot):
                    whole += 1
                    book.start(event)
                elif isinstance(event, BookDelta):
                    book.change(event)
                if book.valid:
                    ours[book.last_id] = (list(book.bids.levels()), list(book.asks.levels()))
                if len(ours.keys() & theirs.keys()) >= CHECKS and whole >= 3:
                    break
        looking.cancel()
    both = ours.keys() & theirs.keys()
    for number in both:
        found = theirs[number]
        sides = ([(float(price), float(size)) for price, size in found[side]] for side in ("bids", "asks"))
        assert [side[:100] for side in ours[number]] == list(sides), number
    return len(both), whole


@pytest.mark.parametrize("product", Product)
def test_the_book_is_the_exchanges_through_drops_and_swaps(product: Product, tmp_path: Path) -> None:
    options = ("--speed", str(SPEED), "--faults", "--admin-token", TOKEN)
    for venue in serve(tmp_path, *options, **({} if product is Product.SPOT else {"config": FUTURES})):
        checked, whole = asyncio.run(hear(venue, product))
        assert checked >= CHECKS
        assert whole >= 3, "the stream was broken, and mended by whole books"
