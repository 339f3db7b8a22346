"""A book that is kept by what the local exchange tells is its book at every number, through all that gets lost.

The exchange's book is noted whenever it tells a number, by the stream or by a whole book; ours is held against that
after each message, with orders of an account in it, and messages lost, doubled, swapped and cut off by seed.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.unit.exchange.binance.rig import CONFIG, CONTRACTS, Rig
from tradewind.data.book import Depth
from tradewind.domain.market import BookDelta, BookSnapshot
from tradewind.exchange.binance.symbols import amount
from tradewind.venues._net.offset import VenueClock
from tradewind.venues.binance import in_order
from tradewind.venues.binance.answers import snapshot
from tradewind.venues.binance.in_order import InOrder
from tradewind.venues.binance.parse_market import MarketParser
from tradewind.venues.binance.product import Product, our_id
from tradewind.venues.binance.wire_book import PartialDepth

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.domain.ids import InstrumentId

pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")
STREAM, BEATS = "btcusdt@depth@100ms", 500
Sides = tuple[list[Any], list[Any]]


class Exchange:
    """The exchange's side: what it tells on a connection, and its book at each number."""

    def __init__(self, folder: Path, product: Product, dice: random.Random) -> None:
        futures = product is Product.USDM
        self._rig = Rig(folder, CONTRACTS if futures else CONFIG)
        self._path = "/fapi/v1" if futures else "/api/v3"
        self._floor = self._rig.floor(futures=futures)
        self._market = self._floor.markets["BTCUSDT"]
        self._book = self._market.book
        self._rig.wait(120)
        self._name, self._dice = our_id("BTCUSDT", product), dice
        self._wholes: list[BookSnapshot] = []
        self.states: dict[int, Sides] = {}
        self.asked = 0
        self.said: list[bytes] = []
        self.connect()

    def connect(self) -> None:
        """Begin a connection anew; what was said on the one before and not heard is lost."""
        self._floor.hub.leave(self)
        self.said.clear()
        self._floor.hub.subscribe(STREAM, self, self._rig.now)

    def hear(self, raw: bytes, combined: bytes) -> None:
        """Be told what the stream says, and note the book of that moment."""
        self.states[msgspec.json.decode(raw)["u"]] = self._shown()
        self.said.append(combined)

    def beat(self) -> None:
        """Let time go on, and an order come or go."""
        self._rig.wait(self._dice.uniform(0.05, 3.0))
        rest = self._rig.ask("GET", f"{self._path}/openOrders", symbol="BTCUSDT")
        if rest and self._dice.random() < 0.5:
            number = self._dice.choice(rest)["orderId"]
            self._rig.ask("DELETE", f"{self._path}/order", symbol="BTCUSDT", orderId=number)
        elif len(rest) < 20:
            assert self._market.last is not None
            price = round(self._market.last * self._dice.uniform(0.97, 0.995))
            asked = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01"}
            self._rig.ask("POST", f"{self._path}/order", price=price, **asked)

    def __call__(self, instrument: InstrumentId) -> BookSnapshot:
        """Return a whole book, which may be some moments old."""
        assert instrument == self._name
        self.asked += 1
        body = self._rig.ask("GET", f"{self._path}/depth", symbol="BTCUSDT", limit=1000)
        whole = snapshot(instrument, msgspec.convert(body, PartialDepth), 0)
        self.states[whole.last_id] = self._shown()
        self._wholes = [*self._wholes[-2:], whole]
        return self._dice.choice(self._wholes)

    def close(self) -> None:
        """Nothing is open."""

    def _shown(self) -> Sides:
        bids, asks = ([(p, float(amount(q))) for p, q in self._book.levels(of_asks=of)] for of in (False, True))
        return bids, asks


async def kept(exchange: Exchange, product: Product, dice: random.Random) -> int:
    """Keep a book by what arrives; return how often it was valid and held against the exchange's."""
    name = our_id("BTCUSDT", product)
    parser, ours, checked = MarketParser({"BTCUSDT": name}), Depth(), 0
    order = InOrder(None, VenueClock(lambda: 1, 0), lambda _: True, exchange)
    for _ in range(BEATS):
        await asyncio.to_thread(exchange.beat)
        if dice.random() < 0.02:
            exchange.connect()
        if dice.random() < 0.3:
            continue  # some messages wait for those after them
        frames = [frame for frame in exchange.said if dice.random() > 0.04]
        exchange.said.clear()
        frames += [frame for frame in frames if dice.random() < 0.05]
        if dice.random() < 0.05:
            dice.shuffle(frames)
        for frame in frames:
            change = parser.read(frame, 1)
            assert isinstance(change, BookDelta)
            async for event in order.pass_on(change, STREAM):
                if isinstance(event, BookSnapshot):
                    ours.start(event)
                elif isinstance(event, BookDelta):
                    ours.change(event)
                if ours.valid:
                    sides = list(ours.bids.levels()), list(ours.asks.levels())
                    assert sides == exchange.states[ours.last_id], ours.last_id
                    checked += 1
    assert ours.valid
    return checked


@pytest.mark.parametrize("product", Product)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_book_is_the_exchanges_at_every_number(
    product: Product, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_order, "BOOK_PAUSE_SECONDS", 0.0)
    dice = random.Random(seed)
    exchange = Exchange(tmp_path, product, dice)
    checked = asyncio.run(kept(exchange, product, dice))
    assert checked > 0.7 * BEATS
    assert exchange.asked > 10, "holes were mended by whole books"
