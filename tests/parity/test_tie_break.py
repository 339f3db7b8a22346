"""Parity has teeth: a tie broken the other way in the backtest alone gives another journal.

The session is made so that everything falls together: with no latency, reports and timers come at the very
time of the bars of two symbols. Each pair of ranks that can meet is swapped in turn.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.parity import worlds
from tests.parity.worlds import Scenario, run_backtest, run_live
from tradewind import Strategy
from tradewind.domain import events
from tradewind.domain.ids import StrategyId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.record.journal.reader import digest_of

if TYPE_CHECKING:
    from tradewind import Fill
    from tradewind.strategy.context import Context

SCENARIO = Scenario(
    seed=3, bars=12, symbols=2, strategies=1, latency_ns=(0, 0, NS_PER_MINUTE), kind=InstrumentKind.SPOT
)

REPORTS = (events.OrderAccepted, events.OrderFilled)
SWAPS: dict[str, dict[type, int]] = {
    "timers after bars": {events.TimerFired: events.RANK[Bar], Bar: events.RANK[events.TimerFired]},
    "reports after bars": dict.fromkeys(REPORTS, events.RANK[Bar] + 1),
    "reports after timers": {
        **dict.fromkeys(REPORTS, events.RANK[events.TimerFired]),
        events.TimerFired: events.RANK[events.OrderFilled],
    },
    "fills before acceptances": {events.OrderFilled: events.RANK[events.OrderAccepted] - 1},
}


class Busy(Strategy):
    """Acts at every bar and whenever a timer fires; the reports of both arrive with the bars to come."""

    def on_start(self, ctx: Context) -> None:
        ctx.set_timer("minute", after=NS_PER_MINUTE)

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        ctx.buy(0.01, bar.instrument)
        ctx.log(f"bar: {ctx.position(bar.instrument).quantity}")

    def on_timer(self, ctx: Context, timer: str) -> None:
        ctx.set_timer("minute", after=NS_PER_MINUTE)
        ctx.log(f"timer: {ctx.position().quantity}")

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        ctx.log(f"fill: {ctx.position(fill.instrument).quantity}")


@pytest.fixture(autouse=True)
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "strategies_of", lambda _: {StrategyId("busy"): Busy()})


def test_ranks_are_not_swapped_here() -> None:
    """What the others are compared with: without a swap there is no difference."""
    assert digest_of(run_backtest(SCENARIO).steps) == digest_of(run_live(SCENARIO).steps)


@pytest.mark.parametrize("swap", SWAPS)
def test_a_swapped_rank_in_the_backtest_alone_is_seen(swap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    live = run_live(SCENARIO)
    for kind, rank in SWAPS[swap].items():
        monkeypatch.setitem(events.RANK, kind, rank)
    assert digest_of(run_backtest(SCENARIO).steps) != digest_of(live.steps)


def test_the_session_has_ties_of_all_kinds() -> None:
    """What the swaps are worth: bars, timers and reports do meet at one time."""
    at: defaultdict[int, set[type]] = defaultdict(set)
    for step in run_backtest(SCENARIO).steps:
        at[step.event.ts_recv].add(type(step.event))
    assert any(kinds >= {events.OrderAccepted, events.OrderFilled, events.TimerFired, Bar} for kinds in at.values())
