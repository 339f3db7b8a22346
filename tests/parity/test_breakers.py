"""Sessions with breakers that trip: backtest ≡ live, and whoever goes on or follows stands where they stand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.parity.restarts import go
from tests.parity.test_state import same
from tests.parity.worlds import Ran, Scenario, run_backtest, run_live
from tradewind.domain.account import AccountKind
from tradewind.domain.breakers import BreakerAction, BreakerChanged
from tradewind.domain.reconciliation import Mode
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.execution.comparison import Reconciliation
from tradewind.record.journal.reader import digest_of
from tradewind.risk.breakers.settings import (
    AccountLimits,
    Bound,
    BreakerSettings,
    DailyLoss,
    Drawdown,
    DrawdownGuard,
    Window,
)

D = Decimal
MINUTE = NS_PER_MINUTE
A = BreakerAction
TIGHT = BreakerSettings(
    account=AccountLimits(D("0.01"), D("0.006"), D("0.003"), action=A.CANCEL),
    max_drawdown=DrawdownGuard(D("0.08"), repeat_ns=5 * MINUTE, action=A.REDUCE),
    daily_loss=DailyLoss(amount=D(250), warning=D(20), caution=D(40), action=A.FLATTEN),
    drawdown=Drawdown(D("0.05"), lookback_days=2),
    order_rate=Window(3, MINUTE),
    error_rate=Window(2, 10 * MINUTE, cool_ns=3 * MINUTE),
    consecutive_losses=Window(2, cool_ns=4 * MINUTE),
    stale_data=Bound(D(2 * MINUTE), cool_ns=MINUTE),
    clock_skew=Bound(D(NS_PER_SECOND)),
    reconciliation=Bound(D(2)),
    day_end_ns=22 * 3_600 * NS_PER_SECOND + 45 * MINUTE,
)  # fmt: skip
WORLD = Scenario(bars=70, strategies=2, symbols=2, breakers=TIGHT, latency_ns=(NS_PER_SECOND,) * 3)
FAULTS = replace(WORLD, faults=(0.1, 0.1, 0.1, 0.3), ticks=True, account=AccountKind.MARGIN)
ROUNDS = Reconciliation(Mode.AUTO_ADJUST, interval_ns=40 * NS_PER_SECOND)


def tripped(ran: Ran) -> set[str]:
    return {each.breaker for step in ran.steps for each in step.notices if isinstance(each, BreakerChanged)}


def test_cb_7_the_same_trips_at_the_same_events_in_backtest_and_live() -> None:
    seen: set[str] = set()
    for seed in range(4):
        scenario = replace(WORLD if seed % 2 else FAULTS, seed=seed)
        past, live = run_backtest(scenario), run_live(scenario, inbox_max=7, stutter=0.5)
        assert digest_of(past.steps) == digest_of(live.steps)
        seen |= tripped(past)
    assert {"account_drawdown", "order_rate", "stale_data"} <= seen, seen


@pytest.mark.parametrize("seed", range(3))
def test_lesson_31_who_goes_on_trips_and_comes_back_as_who_was_never_interrupted(seed: int) -> None:
    scenario = replace(WORLD if seed % 2 else FAULTS, seed=seed)
    same(go(scenario), go(scenario, {7, 30, 31, 90, 120}, replays=True))


@pytest.mark.parametrize("seed", range(3))
def test_who_follows_the_steps_has_the_same_breakers(seed: int) -> None:
    scenario = replace(FAULTS, seed=seed, reconciliation=ROUNDS, lost_word=0.1)
    assert go(scenario, {60}, follows=True).steps
