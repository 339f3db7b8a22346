"""Steps as a session makes them, and the header of its journal: what journal and recorder are measured with."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from bench import bars
from bench.cross import NAME, world
from bench.sma_cross import Cross
from tradewind.domain.money import money_context
from tradewind.engine.engine import EngineSettings
from tradewind.record.journal.header import SessionHeader, StrategySource
from tradewind.record.market_data.streams import stream_bars
from tradewind.runtime import backtest
from tradewind.runtime.loop import Loop

if TYPE_CHECKING:
    from tradewind.domain.step import Step

COUNT = 100_000


def header() -> SessionHeader:
    """Return what a journal of the cross begins with."""
    return SessionHeader(
        session_id="bench", created="", mode="paper", engine=EngineSettings(), instruments=(bars.instrument(),),
        strategies=(StrategySource(id=NAME, name="Cross"),),
    )  # fmt: skip


@cache
def steps() -> tuple[Step, ...]:
    """Return the steps of a recorded run over the first bars: bars, orders, fills."""
    table = bars.table(0, COUNT)
    made: list[Step] = []
    with money_context():
        parts = world([table], Cross(), recording=True)
        loop = Loop(parts.engine, parts.timeline, parts.venue, sink=made.append)
        backtest.run(parts.engine, loop, parts.start, stream_bars([table]))
    return tuple(made)
