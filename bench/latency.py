"""From an event in the inbox to its order in the outbox: a live session, a strategy that orders on every bar.

Events come one at a time into a session that is idle, so that the wake-up of its loop is in the figure. In
the outbox means: committed, and free to leave. When the venue is given the order is told as well.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from bench.backtest import EveryBar
from bench.bars import instrument
from bench.figures import Figure, percentile, progress
from bench.session import PromptVenue, TimedOutbox, run
from bench.steps import header
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.record.journal.writer import NullJournal, SqliteJournal
from tradewind.runtime.clock import WallClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tradewind import Context, Fill
    from tradewind.ports import Clock, Journal

COUNT, WARM = 3_000, 300
PAUSE_SECONDS = 0.001


class Ordering(EveryBar):
    """Order on every bar, and tell the source when the order has filled, or the next could not be paid."""

    filled: ClassVar[asyncio.Event]

    def on_fill(self, ctx: Context, fill: Fill) -> None:  # noqa: ARG002 - a hook
        """Let the next bar come."""
        self.filled.set()


class OneByOne:
    """A source that says one thing and waits (port `MarketData`); `said` holds when each left it."""

    def __init__(self, clock: Clock, ready: asyncio.Event) -> None:
        self.said: list[int] = []
        self._clock = clock
        self._ready = ready

    async def stream(self) -> AsyncIterator[Bar]:
        """Yield a bar a millisecond after the one before has had its fill."""
        name = instrument().id
        start = self._clock.now() - COUNT * NS_PER_MINUTE
        for number in range(COUNT):
            opened = start + number * NS_PER_MINUTE
            await asyncio.sleep(PAUSE_SECONDS)
            now = self._clock.now()
            self.said.append(now)
            yield Bar(name, "1m", opened, opened + NS_PER_MINUTE, now, 40_000.0, 40_010.0, 39_990.0, 40_000.0, 1.0)
            await self._ready.wait()
            self._ready.clear()


def figures() -> Iterator[Figure]:
    """Measure."""
    with tempfile.TemporaryDirectory() as place:
        without = _taken(NullJournal(), "without a journal")
        path = Path(place) / "journal.sqlite"
        kept = SqliteJournal(path, header())
        durable = _taken(kept, "with a durable journal")
        kept.close()
    yield from _told("without a journal", without, 100)
    yield from _told("with a durable commit", durable, 500)


def _told(kind: str, taken: tuple[list[float], list[float]], goal: float) -> Iterator[Figure]:
    free, there = taken
    yield Figure(name=f"{kind}, event to outbox, median", value=percentile(free, 0.5), unit="µs", at_most=goal)
    yield Figure(name=f"{kind}, event to outbox, p99", value=percentile(free, 0.99), unit="µs")
    yield Figure(name=f"{kind}, event to venue, median", value=percentile(there, 0.5), unit="µs")


def _taken(journal: Journal, what: str) -> tuple[list[float], list[float]]:
    """Return how long each order took to be free to leave, and to be at the venue."""
    progress(f"{COUNT:,} bars, one by one, {what}")
    clock = WallClock()
    Ordering.filled = asyncio.Event()
    source, venue = OneByOne(clock, Ordering.filled), PromptVenue(clock)
    outbox = TimedOutbox(venue, clock)
    asyncio.run(run(source, Ordering(), journal, outbox, venue))
    progress("")
    assert len(venue.sent) == len(source.said), f"{len(source.said)} bars, {len(venue.sent)} orders"
    return _between(source.said, outbox.released), _between(source.said, venue.sent)


def _between(begins: list[int], ends: list[int]) -> list[float]:
    """Return how long each took, in microseconds, without the first ones."""
    return [(end - begin) / 1000 for begin, end in zip(begins, ends, strict=True)][WARM:]
