"""Bars at which nothing can happen but what a strategy does: taken in runs, without a step for each.

`Engine.process` asks of every bar what it may cause. In a backtest without a journal most bars cause nothing, and a
block (`domain/blocks.py`) says of its bars beforehand what `Series.take` would find out one by one. What is left of a
bar is then: it is the last of its series, it is the price, and the hooks hear it. A run ends before a bar that needs
more, and with one at which a strategy wished for something; the wishes are answered as always.

Who drives sees to it that nothing is due before the end of a run, and that the venue has nothing to do with its bars.
What comes of a run is what comes of its bars one by one, which `tests/parity/test_quiet_bars.py` holds it to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.step import QUIET

if TYPE_CHECKING:
    from collections.abc import Collection

    from tradewind.domain.blocks import BarBlock
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine


class QuietBars:
    """Takes runs of quiet bars for an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._exposed = engine.portfolio.exposed
        self._lanes = engine.lanes.own

    @property
    def are_possible(self) -> bool:
        """Whether any bar can be quiet: nothing is recorded, and nobody watches prices but strategies and breakers."""
        engine = self._engine
        if engine.recording or engine.exits is not None or engine.recalled is not None:
            return False
        return engine.breakers is None or engine.breakers.settings.clock_skew is None

    def take(self, block: BarBlock, start: int, end: int, attended: Collection[InstrumentId]) -> tuple[int, Step]:
        """Take the bars from `start` on, up to `end` or the first of an instrument `attended` to, or after a hole.

        Returns the place of the first bar that was not taken, and the step of the last one that was.
        """
        engine = self._engine
        if block.interval != engine.lanes.interval:
            return start, QUIET
        view, words, lanes, exposed = engine.view, engine.words, self._lanes, self._exposed
        bars, at, breakers, name = block.bars, start, engine.breakers, None
        while at < end:
            bar = bars[at]
            if bar.instrument is not name:  # of one instrument alone, what its bars go by is looked up once
                name = bar.instrument
                lane = lanes.get(name)
                if lane is None or name in attended:
                    break
                series, hear, aggregators, trips = lane.series, lane.hear, lane.aggregators, exposed.get(name, ())
                state, history, watch, watch_ns = series.state, series.bars, lane.watch, lane.watch_ns
            if bar.ts_open != series.next_open:
                break
            at += 1
            view.now = bar.ts_recv
            history.append(bar)
            state.last_price = bar.close
            series.next_open = state.priced_at = bar.ts_venue
            for trip in trips:
                if trip.low is None or trip.high is None or bar.low < trip.low or bar.high > trip.high:
                    trip.see(bar)
            if hear is not None:
                hear(bar)
            for aggregator in aggregators:
                for longer in aggregator.update(bar):
                    engine.on_bar(longer)
            if watch_ns and watch is not None and not bar.ts_venue % watch_ns:
                watch(bar)
            if breakers is not None:
                breakers.priced(bar.ts_recv)
            if words:
                break
        engine.seq += at - start
        return at, (engine.answer(bars[at - 1]) if words else QUIET)
