"""Bars in runs ≡ bars one by one: the short way of bars at which nothing is at stake changes nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.parity.test_random_sessions import many, scenarios
from tests.parity.worlds import (
    SETTLE_NS,
    START,
    CheckedVenue,
    Scenario,
    events_of,
    instruments_of,
    models_of,
    settings_of,
    start_of,
    strategies_of,
)
from tradewind.domain.ids import StrategyId
from tradewind.domain.market import Bar
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR, Interval
from tradewind.engine.engine import Engine
from tradewind.engine.quiet_bars import QuietBars
from tradewind.engine.timeline import Timeline
from tradewind.record.market_data import streams
from tradewind.record.market_data.streams import BarTable, stream_bars
from tradewind.risk.breakers.settings import AccountLimits, BreakerSettings, DailyLoss, Window
from tradewind.risk.limits import Limits
from tradewind.risk.parameters import RiskParameters
from tradewind.runtime import backtest
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import Loop
from tradewind.strategy.base import Strategy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.step import Step
    from tradewind.strategy.context import Context

MINUTE = Interval.parse("1m")
LIMITS = Limits(
    parameters=RiskParameters(one_entry=False, max_concurrent_positions=None), leverage_max=Decimal(2),
    data_age_max_ns=NS_PER_HOUR,
)  # fmt: skip
BREAKERS = BreakerSettings(
    account=AccountLimits(Decimal("0.004"), Decimal("0.008"), Decimal("0.002")),
    daily_loss=DailyLoss(Decimal(30), warning=Decimal(5), caution=Decimal(10)), mark_age_ns=NS_PER_HOUR,
    consecutive_losses=Window(3, cool_ns=NS_PER_HOUR // 4), order_rate=Window(9), day_end_ns=START % NS_PER_DAY + 1,
)  # fmt: skip
COLUMNS = ("ts_open", "open", "high", "low", "close", "volume")


class Seldom(Strategy):
    """Trades once in a while on what it has seen, keeps brackets and timers, hears longer bars, and may fail."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.heard: list[object] = []

    def on_start(self, ctx: Context) -> None:
        ctx.subscribe("3m")
        self.count = self.seed

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        self.count += 1
        last = ctx.bars(2, bar.instrument, bar.interval)
        self.heard.append((ctx.now, bar, ctx.price(bar.instrument), tuple(last), ctx.forming(bar.instrument, "3m")))
        match self.count % 13:
            case 3:
                ctx.target_fraction(0.2, bar.instrument)
            case 5 if ctx.price(bar.instrument):
                ctx.buy(1, bar.instrument, stop_fraction=0.004, target_fraction=0.004)
            case 8:
                ctx.set_timer("later", after=self.count * 7_000_000_000)
            case 11:
                ctx.close(bar.instrument)
        if self.count % 401 == 400:
            raise ValueError("now and then")

    def on_timer(self, ctx: Context, name: str) -> None:
        self.heard.append((ctx.now, name, ctx.equity))
        ctx.cancel_all()


def tables_of(scenario: Scenario, spoil: int) -> list[BarTable]:
    """Return the bars of a scenario as tables: with holes and repetitions, and some with impossible values."""
    rows: dict[InstrumentId, list[tuple[float, ...]]] = {i.id: [] for i in instruments_of(scenario)}
    for place, bar in enumerate(event for event in events_of(scenario) if isinstance(event, Bar)):
        high = bar.low / 2 if spoil and place % 17 == spoil else bar.high
        rows[bar.instrument].append((bar.ts_open, bar.open, high, bar.low, bar.close, bar.volume))
    schema = {"ts_open": pl.Int64, **dict.fromkeys(COLUMNS[1:], pl.Float64)}
    return [
        BarTable(instrument, MINUTE, pl.DataFrame(rows[instrument.id], schema=schema, orient="row"))
        for instrument in instruments_of(scenario)
    ]


class Outcome:
    """A session without a journal, and all that can be seen of it."""

    def __init__(self, scenario: Scenario, *, seldom: bool) -> None:
        self.steps: list[Step] = []
        self.samples: list[object] = []
        self.scenario = scenario
        names = [StrategyId(f"s{n}") for n in range(scenario.strategies)]
        self.strategies = {n: Seldom(k) for k, n in enumerate(names)} if seldom else strategies_of(scenario)
        instruments, self.timeline = instruments_of(scenario), Timeline()
        self.engine = Engine(instruments, self.strategies, settings_of(scenario), recording=False)
        self.venue = CheckedVenue(
            instruments, models_of(scenario), self.timeline,
            base=start_of(scenario).balances[0].asset, opening=start_of(scenario).balances, calendar=AlwaysOpen(),
        )  # fmt: skip
        self.venue.journal = self.steps

    def run(self, events: Iterable[Bar]) -> None:
        loop = Loop(self.engine, self.timeline, self.venue, sink=self.steps.append)
        backtest.run(
            self.engine, loop, start_of(self.scenario), events, stop=self.scenario.stop, settle_ns=SETTLE_NS,
            watch=self.watch,
        )  # fmt: skip

    def watch(self, ts: int) -> int:
        self.samples.append((ts, self.engine.view.equity(), self.engine.seq, self.venue.snapshot(ts)))
        return ts - ts % NS_PER_HOUR + NS_PER_HOUR // 6

    def told(self) -> list[object]:
        heard = [s.heard for s in self.strategies.values() if isinstance(s, Seldom)]
        books = self.engine.portfolio
        return [
            self.steps, self.samples, heard, self.engine.state(), self.venue.state(), list(books.trips),
            self.engine.market.states.keys(), self.engine.seq,
        ]  # fmt: skip


def both(scenario: Scenario, spoil: int, *, seldom: bool) -> tuple[Outcome, Outcome]:
    tables = tables_of(scenario, spoil)
    with money_context():
        outcomes = Outcome(scenario, seldom=seldom), Outcome(scenario, seldom=seldom)
        outcomes[0].run(iter(stream_bars(tables)))
        outcomes[1].run(stream_bars(tables))
        for one, other in zip(outcomes[0].told(), outcomes[1].told(), strict=True):
            assert one == other
    return outcomes


@settings(many)
@given(
    scenario=scenarios,
    rows=st.sampled_from((1, 2, 7, 4_096)),
    spoil=st.sampled_from((0, 0, 3)),
    seldom=st.booleans(),
    guarded=st.booleans(),
)
def test_runs_of_bars_are_the_bars_one_by_one(
    scenario: Scenario, rows: int, spoil: int, seldom: bool, guarded: bool
) -> None:
    if guarded:
        scenario = replace(scenario, limits=LIMITS, breakers=BREAKERS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "BLOCK_ROWS", rows)
        both(scenario, spoil, seldom=seldom)


@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("symbols", [1, 3])
def test_most_bars_go_in_runs(monkeypatch: pytest.MonkeyPatch, symbols: int, guarded: bool) -> None:
    taken = 0
    take = QuietBars.take

    def counted(self: QuietBars, block: object, start: int, end: int, attended: Sequence[InstrumentId]) -> object:
        nonlocal taken
        at, step = take(self, block, start, end, attended)  # type: ignore[arg-type] # as it is called
        taken += at - start
        return at, step

    monkeypatch.setattr(QuietBars, "take", counted)
    scenario = Scenario(bars=600, symbols=symbols, strategies=1, breakers=BREAKERS if guarded else None)
    _, quiet = both(scenario, 0, seldom=True)
    assert taken > 0.5 * sum(len(table.frame) for table in tables_of(scenario, 0))
    assert any(step.effects for step in quiet.steps)
