"""A market that is held in memory, and a strategy that is made anew for each run over a part of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING

import msgspec

from tradewind.app.bootstrap import Input, input_of, world_of
from tradewind.app.strategy_check.trace import Recording
from tradewind.app.strategy_parameters import strategies_of
from tradewind.domain.errors import DataNotFoundError
from tradewind.domain.ids import StrategyId
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.domain.time import Interval
from tradewind.runtime import backtest
from tradewind.runtime.loop import Loop
from tradewind.strategy.base import Strategy

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.app.config import Config
    from tradewind.app.strategy_check.trace import Trace
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs

Maker = Callable[[], Mapping[StrategyId, Strategy]]


@dataclass(frozen=True)
class Trial:
    """Times are counted as a strategy counts them: `times[i]` is when its i-th bar (of all symbols) was there.

    A market may be finer than the strategy's bars; what makes a bar belongs to that bar's time.
    """

    config: Config
    given: Input
    make: Maker
    events: tuple[MarketEvent, ...]
    times: tuple[TimeNs, ...]

    @property
    def bars_only(self) -> bool:
        """Whether the market is nothing but bars."""
        return all(isinstance(event, Bar) for event in self.events)

    def run(self, begin: int = 0, end: int | None = None, *, trade_from: int | None = None) -> Trace:
        """Run a new strategy over the times `[begin, end)`; with `trade_from`, what comes before it warms up."""
        last = len(self.times) if end is None else end
        assert 0 <= begin < last <= len(self.times), "a run needs something to run over"
        trade = begin if trade_from is None else trade_from
        from_ts, trade_ts = self.times[begin], self.times[trade]
        before, warm = (self.times[place - 1] if place else -1 for place in (begin, trade))
        shown = [event for event in self.events if before < event.ts_recv <= self.times[last - 1]]
        first = shown[0]
        given = replace(
            self.given,
            start=first.ts_open if isinstance(first, Bar) else first.ts_recv,
            trades_from=trade_ts,
            warms_up=trade_ts > from_ts,
        )
        recording = Recording()
        with money_context():
            world = world_of(self.config, given, self.make(), recording=False)
            loop = Loop(world.engine, world.timeline, world.venue, sink=recording.take)
            backtest.run(
                world.engine, loop, world.start, (event for event in shown if event.ts_recv > warm),
                warmup=(event for event in shown if event.ts_recv <= warm), stop=world.stop, settle_ns=0,
            )  # fmt: skip
        return recording.trace()

    def on(self, events: tuple[MarketEvent, ...]) -> Trial:
        """Return the same strategy on another market."""
        return replace(self, events=events)


def trial_of(config: Config, catalog: Path, bars: int, now_ns: int, make: Maker | None = None) -> Trial:
    """Read a configuration's market up to the so manieth bar of its own interval; without bars, of its own times.

    The strategies are those of the configuration unless `make` has others.
    """
    given = input_of(config, catalog, now_ns)
    events: list[MarketEvent] = []
    own: list[TimeNs] = []
    every: list[TimeNs] = []
    interval = Interval.parse(config.engine.interval)
    for event in islice(chain(given.warmup(), given.events()), bars * 1000):
        if len(own) >= bars and event.ts_recv > own[bars - 1]:
            break
        if not every or event.ts_recv > every[-1]:
            every.append(event.ts_recv)
        if _closes(event, interval) and (not own or event.ts_recv > own[-1]):
            own.append(event.ts_recv)
        events.append(event)
    times = (own or every)[:bars]
    events = [event for event in events if times and event.ts_recv <= times[-1]]
    if len(times) < 2:
        raise DataNotFoundError(f"{given.described}: no bars to check a strategy on")
    return Trial(config, given, make or (lambda: strategies_of(config)), tuple(events), tuple(times))


def _closes(event: MarketEvent, interval: Interval) -> bool:
    """Tell whether an event is a bar of an interval, or the last of the shorter ones that make it."""
    return isinstance(event, Bar) and (
        event.interval == interval.label or interval.floor(event.ts_venue) == event.ts_venue
    )


def mirrored(trial: Trial) -> tuple[MarketEvent, ...]:
    """Return a market that falls where this one rises: each price p becomes p₀²/p, on the instrument's ticks."""
    instruments = {instrument.id: instrument for instrument in trial.given.instruments}
    scale: dict[str, float] = {}
    made = []
    for bar in trial.events:
        assert isinstance(bar, Bar), "only bars are mirrored"
        square = scale.setdefault(bar.instrument, bar.open**2)
        opened, low, high, close = (
            float(instruments[bar.instrument].price(square / price))
            for price in (bar.open, bar.high, bar.low, bar.close)
        )
        made.append(
            msgspec.structs.replace(
                bar, open=opened, high=max(high, opened, close), low=min(low, opened, close), close=close
            )
        )
    return tuple(made)
