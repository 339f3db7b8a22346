"""Order books kept in sync on what was recorded: with changes lost, doubled and swapped, never a wrong one."""

from __future__ import annotations

import asyncio
import gzip
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.conformance.venue import ROOT
from tradewind.data.book import Depth
from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import BookDelta, BookSnapshot
from tradewind.venues._net.offset import VenueClock
from tradewind.venues.binance import in_order
from tradewind.venues.binance.answers import snapshot
from tradewind.venues.binance.in_order import InOrder
from tradewind.venues.binance.parse_market import MarketParser
from tradewind.venues.binance.wire_book import PartialDepth

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.data]
PAYLOADS = Path(os.environ.get("TRADEWIND_DATA", ROOT.parent / "shared" / "data")) / "payloads"
RECORDED = ("binance_spot/recorded/ws_btcusdt_20240808T2354.raw.gz",
            "binance_usdm/recorded/ws_btcusdt_20240808T2354_first15000.raw.gz")  # fmt: skip
BTC = InstrumentId("binance:BTCUSDT")
CHANGES = 400


def recorded(path: Path) -> Iterator[BookDelta | BookSnapshot]:
    """Yield the changes of a recording, and the book that was asked for meanwhile."""
    parser = MarketParser({"BTCUSDT": BTC})
    with gzip.open(path, "rt") as lines:
        for line in lines:
            ts, _, frame = line.partition(" ")
            if '"lastUpdateId"' in frame:
                body = msgspec.json.decode(frame)
                whole = msgspec.convert(body.get("result", body), PartialDepth)
                yield snapshot(BTC, whole, int(ts))
            elif "@depth" in frame[:60]:
                event = parser.read(frame.replace("@depth@0ms", "@depth@100ms"), int(ts))
                assert isinstance(event, BookDelta)
                yield event


def told(book: Depth) -> tuple[Any, ...]:
    return book.last_id, tuple(book.bids.levels()), tuple(book.asks.levels())


@pytest.mark.parametrize("name", RECORDED)
@pytest.mark.parametrize("seed", [1])
def test_a_book_is_the_venues_at_every_number_or_none(name: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    path = PAYLOADS / name
    if not path.exists():
        pytest.skip(f"no payloads at {PAYLOADS}: set TRADEWIND_DATA")
    monkeypatch.setattr(in_order, "BOOK_PAUSE_SECONDS", 0.0)
    events = list(recorded(path))
    first = next(event for event in events if isinstance(event, BookSnapshot))
    changes = [event for event in events if isinstance(event, BookDelta) and event.last_id > first.last_id][:CHANGES]
    truth, wholes = Depth(), [first]
    truth.start(first)
    states = {first.last_id: told(truth)}
    for change in changes:
        truth.change(change)
        assert truth.valid, "the recording itself has a hole"
        states[truth.last_id] = told(truth)
        wholes.append(BookSnapshot(BTC, 0, 0, *states[truth.last_id]))
    dice, asked = random.Random(seed), [0]
    now = [0]

    class Books:
        def __call__(self, instrument: InstrumentId) -> BookSnapshot:
            asked[0] += 1
            return wholes[max(now[0] + dice.choice((-1, 0, 1)), 0)]  # it may be older than what the stream told

        def close(self) -> None:
            pass

    async def run() -> int:
        order, ours, checked = InOrder(None, VenueClock(lambda: 1, 0), lambda _: True, Books()), Depth(), 0
        feed = [(place, change) for place, change in enumerate(changes, 1) if dice.random() > 0.02]
        for place in range(1, len(feed)):
            if dice.random() < 0.01:
                feed[place - 1 : place + 1] = [feed[place], feed[place - 1]]
        for place, change in [each for each in feed for _ in range(1 + (dice.random() < 0.02))]:
            now[0] = min(max(place, now[0]), len(wholes) - 2)
            async for event in order.pass_on(change, "btcusdt@depth@100ms"):
                assert isinstance(event, BookDelta | BookSnapshot)
                if isinstance(event, BookSnapshot):
                    ours.start(event)
                else:
                    ours.change(event)
                if ours.valid:
                    assert told(ours) == states[ours.last_id]
                    checked += 1
        return checked

    assert asyncio.run(run()) > 0.9 * CHANGES
    assert asked[0] > 3
