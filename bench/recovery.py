"""What a restart waits for: a journal folded without its strategies, and a state written down and read again."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bench import bars
from bench.cross import OPENING, USDT, World, world
from bench.figures import Figure
from bench.sma_cross import Cross
from bench.steps import header
from tradewind.domain.checkpoint import EngineState
from tradewind.domain.money import money_context
from tradewind.engine.engine import Engine
from tradewind.engine.timeline import Timeline
from tradewind.record.journal.reader import read
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.market_data.streams import stream_bars
from tradewind.runtime import backtest
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import Loop
from tradewind.venues.sim.follow import VenueFollower
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tradewind.domain.step import Step

COUNT = 1_000_000
TURN = 500
"""Steps between two commits."""


def figures() -> Iterator[Figure]:
    """Measure."""
    with tempfile.TemporaryDirectory() as place, money_context():
        path = Path(place) / "journal.sqlite"
        written = _write(path)
        yield Figure(name="a journal read, nothing done", value=_rate(path, lambda _: None), unit="events/s")
        engine = Engine((bars.instrument(),), {}, header().engine, recording=True)
        rate = _rate(path, engine.follow)
        yield Figure(
            name="engine brought to its end by the journal", value=rate, unit="events/s", at_least=100_000,
            note=f"{engine.seq:,} events, {engine.ids.count:,} orders; {bars.described()}",
        )  # fmt: skip
        assert engine.state() == written.engine.state(), "who follows stands where who wrote stood"
        timeline = Timeline()
        venue = SimVenue((bars.instrument(),), SimModels(), timeline, base=USDT, opening=OPENING, calendar=AlwaysOpen())
        yield Figure(
            name="simulated venue brought there", value=_rate(path, VenueFollower(venue, timeline).follow),
            unit="events/s", at_least=100_000,
        )  # fmt: skip
        assert venue.state() == written.venue.state()
        yield from _state(engine)


def _write(path: Path) -> World:
    """Run the cross over the first million bars, and keep its journal."""
    table = bars.table(0, COUNT)
    parts = world([table], Cross(), recording=True)
    journal = SqliteJournal(path, header(), durable=False)

    def keep(step: Step) -> None:
        journal.append(step)
        if step.seq % TURN == 0:
            journal.commit()

    loop = Loop(parts.engine, parts.timeline, parts.venue, sink=keep)
    backtest.run(parts.engine, loop, parts.start, stream_bars([table]))
    journal.commit()
    journal.close()
    return parts


def _rate(path: Path, take: Callable[[Step], object]) -> float:
    began, count = time.perf_counter(), 0
    for step in read(path):
        take(step)
        count += 1
    return count / (time.perf_counter() - began)


def _state(engine: Engine) -> Iterator[Figure]:
    """Tell a state with all the orders that are remembered, write it down, read it, take it over."""
    began = time.perf_counter()
    state = engine.state()
    told = time.perf_counter()
    written = msgspec.msgpack.encode(state)
    encoded = time.perf_counter()
    again = msgspec.msgpack.decode(written, type=EngineState)
    decoded = time.perf_counter()
    Engine((bars.instrument(),), {}, header().engine, recording=True).restore(again)
    restored = time.perf_counter()
    note = f"{len(state.orders.orders):,} orders, {len(written) / 1e6:.1f} MB"
    yield Figure(name="state told", value=(told - began) * 1e3, unit="ms", at_most=500, note=note)
    yield Figure(name="state written down", value=(encoded - told) * 1e3, unit="ms")
    yield Figure(name="state read", value=(decoded - encoded) * 1e3, unit="ms")
    yield Figure(name="state taken over", value=(restored - decoded) * 1e3, unit="ms")
