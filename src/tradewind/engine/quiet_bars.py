"""Bars at which nothing can happen but what a strategy does: taken in runs, without a step for each.

`Engine.process` asks of every bar what it may cause. In a backtest without a journal most bars cause nothing, and a
block (`domain/blocks.py`) says of its bars beforehand what `Series.take` would find out one by one. What is left of a
bar is then: it is the last of its series, it is the price, and the hooks hear it. A run ends before a bar that needs
more, and with one at which a strategy wished for something; the wishes are answered as always.

Who drives sees to it that nothing is due before the end of a run, and that the venue has nothing to do with its bars.
What comes of a run is what comes of its bars one by one, which `tests/parity/test_quiet_bars.py` holds it to.
"""

from __future__ import annotations

from operator import length_hint
from typing import TYPE_CHECKING

from tradewind.domain.step import QUIET

if TYPE_CHECKING:
    from collections.abc import Collection

    from tradewind.domain.blocks import BarBlock
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine
    from tradewind.engine.lanes import Lane


class QuietBars:
    """Takes runs of quiet bars for an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._exposed = engine.portfolio.exposed
        self._lanes = engine.lanes.own

    @property
    def are_possible(self) -> bool:
        """Whether any bar can be quiet: nothing is recorded, and nobody watches prices but the strategies."""
        engine = self._engine
        return not engine.recording and engine.breakers is None and engine.exits is None and engine.recalled is None

    def take(self, block: BarBlock, start: int, end: int, attended: Collection[InstrumentId]) -> tuple[int, Step]:
        """Take the bars from `start` on, at most to `end`, that are not of an instrument that is `attended` to.

        Returns the place of the first bar that was not taken, and the step of the last one that was.
        """
        if block.interval != self._engine.lanes.interval:
            return start, QUIET
        if block.names:
            return self._of_many(block, start, end, attended)
        first = block.bars[start]
        lane = self._lanes.get(first.instrument)
        if lane is None or first.instrument in attended or first.ts_open != lane.series.next_open:
            return start, QUIET
        return self._of_one(lane, block, start, end)

    def _of_one(self, lane: Lane, block: BarBlock, start: int, end: int) -> tuple[int, Step]:
        """Take bars of one series, each right after the one before it."""
        engine, view, series = self._engine, self._engine.view, lane.series
        words, hooks, aggregators = engine.words, lane.hooks, lane.aggregators
        state, append, fail = series.state, series.bars.append, engine.roster.fail
        trips = self._exposed.get(block.bars[start].instrument, ())
        bars = iter(block.bars[start:end])
        engine.roster.was_called = True
        for bar in bars:
            view.now = bar.ts_recv
            append(bar)
            state.last_price = bar.close
            series.next_open = state.priced_at = bar.ts_venue
            for trip in trips:
                if trip.low is None or trip.high is None or bar.low < trip.low or bar.high > trip.high:
                    trip.see(bar)
            for hook, ctx in hooks:
                try:
                    hook(ctx, bar)
                except Exception as error:  # noqa: BLE001 - whatever a strategy raises is its own failure
                    fail(ctx, error)
            for aggregator in aggregators:
                for longer in aggregator.update(bar):
                    engine.on_bar(longer)
            if words:
                break
        return self._ended(block, start, end - length_hint(bars))

    def _of_many(self, block: BarBlock, start: int, end: int, attended: Collection[InstrumentId]) -> tuple[int, Step]:
        """Take bars of many series."""
        engine, view = self._engine, self._engine.view
        words, fail, lanes, exposed = engine.words, engine.roster.fail, self._lanes, self._exposed
        engine.roster.was_called = True
        bars = iter(block.bars[start:end])
        at = end
        for bar in bars:
            name, opened = bar.instrument, bar.ts_open
            lane = lanes.get(name)
            if lane is None or name in attended or opened != (series := lane.series).next_open:
                at = end - length_hint(bars) - 1
                break
            view.now = bar.ts_recv
            series.bars.append(bar)
            state = series.state
            state.last_price = bar.close
            series.next_open = state.priced_at = bar.ts_venue
            if name in exposed:
                for trip in exposed[name]:
                    if trip.low is None or trip.high is None or bar.low < trip.low or bar.high > trip.high:
                        trip.see(bar)
            for hook, ctx in lane.hooks:
                try:
                    hook(ctx, bar)
                except Exception as error:  # noqa: BLE001 - whatever a strategy raises is its own failure
                    fail(ctx, error)
            for aggregator in lane.aggregators:
                for longer in aggregator.update(bar):
                    engine.on_bar(longer)
            if words:
                at = end - length_hint(bars)
                break
        return self._ended(block, start, at)

    def _ended(self, block: BarBlock, start: int, at: int) -> tuple[int, Step]:
        engine = self._engine
        engine.seq += at - start
        return at, (engine.answer(block.bars[at - 1]) if engine.words else QUIET)
