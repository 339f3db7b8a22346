"""A hundred thousand trades through inbox, engine and a durable journal that commits once a turn."""

from __future__ import annotations

import asyncio
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from bench.bars import instrument
from bench.figures import Figure, interleaved
from bench.session import PromptVenue, run
from bench.steps import header
from tradewind import Strategy
from tradewind.domain.market import Trade
from tradewind.domain.time import NS_PER_MS
from tradewind.record.journal.writer import SqliteJournal
from tradewind.runtime.clock import WallClock
from tradewind.runtime.outbox import Outbox
from tradewind.venues.replay.venue import ReplayClock, ReplayData

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind import Context

COUNT = 100_000
START = 1_700_000_000_000_000_000


class Listener(Strategy):
    """Hear every trade and keep the volume."""

    def on_start(self, ctx: Context) -> None:  # noqa: ARG002 - a hook
        """Begin with nothing."""
        self.volume = 0.0

    def on_trade(self, ctx: Context, trade: Trade) -> None:  # noqa: ARG002 - a hook
        """Add it up."""
        self.volume += trade.size


def figures() -> Iterator[Figure]:
    """Measure."""
    trades = list(_trades())
    with tempfile.TemporaryDirectory() as place:
        numbers = count()
        (best,) = interleaved(lambda: _session(trades, Path(place) / f"{next(numbers)}.sqlite"))
    yield Figure(name="trades through inbox, engine, journal", value=COUNT / best, unit="events/s", at_least=100_000)


def _session(trades: list[Trade], path: Path) -> None:
    journal = SqliteJournal(path, header())
    clock = ReplayClock(None)
    venue = PromptVenue(WallClock())
    steps = asyncio.run(run(ReplayData(trades, clock), Listener(), journal, Outbox(venue), venue))
    journal.close()
    assert steps >= COUNT, f"{steps} steps"


def _trades() -> Iterator[Trade]:
    name = instrument().id
    for number in range(COUNT):
        ts = START + number * NS_PER_MS
        yield Trade(name, ts, ts, 40_000.0 + number % 100 / 10, 0.01 + number % 7 / 100, number % 2 == 0, str(number))
