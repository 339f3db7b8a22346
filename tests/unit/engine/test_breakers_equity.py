"""Breakers of equity: spec/risk-and-positions.md 15 and 16, spec/live-controls.md 9, at, below and above each limit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.unit.engine.breaking import (
    NEITHER,
    ONLY_15,
    ONLY_16,
    account,
    again,
    changes,
    entry,
    exit_,
    state,
    worth,
)
from tradewind.domain import events as ev
from tradewind.domain.breakers import BreakerAction, BreakerState, BreakerWarned, EquityAnchored
from tradewind.domain.commands import CancelOrder, SubmitOrder
from tradewind.domain.control import BreakerResetRequested, Resumed
from tradewind.domain.ids import Asset
from tradewind.domain.order import OrderType, Side
from tradewind.domain.time import NS_PER_DAY, NS_PER_MINUTE
from tradewind.risk.breakers.board import EquityState
from tradewind.risk.breakers.settings import AccountLimits, BreakerSettings, DailyLoss, Drawdown, DrawdownGuard
from tradewind.testing import accepted, bar, engine, filled, intent, order_spec, script, started

if TYPE_CHECKING:
    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine

S = BreakerState
D = Decimal
USDT = Asset("USDT")


def transfer(amount: str, ts: int) -> ev.BalanceTransferred:
    return ev.BalanceTransferred("binance", USDT, D(amount), ts)


def known(made: Engine) -> str:
    assert made.breakers is not None
    return made.breakers.board.equity_state.value


def warnings(step: Step) -> list[str]:
    return [notice.level for notice in step.notices if isinstance(notice, BreakerWarned)]


def test_rp_15_1_a_day_that_lost_a_fortieth_takes_no_entry() -> None:
    made = account(ONLY_15)
    assert not changes(worth(made, 9_751))
    assert entry(made) == ""
    (tripped,) = changes(worth(made, 9_750))
    assert (tripped.breaker, tripped.state, tripped.limit, tripped.value) == (
        "account_daily", S.TRIPPED, D("0.025"), D("0.025"),
    )  # fmt: skip
    assert entry(made) == "daily_loss"
    assert exit_(made) == ""
    worth(made, 9_900)
    assert entry(made) == "daily_loss", "it lasts until the day ends"


def test_rp_15_1_it_comes_back_with_the_first_equity_of_the_next_day() -> None:
    made = account(ONLY_15)
    worth(made, 9_700)
    until = NS_PER_DAY // NS_PER_MINUTE
    made.process(bar(94.0, until - 2))
    assert entry(made) == "daily_loss", "a minute before midnight"
    step = made.process(bar(94.0, until - 1))
    assert [each.state for each in changes(step)] == [S.CLOSED]
    assert EquityAnchored("day", D(10_000), D(9_700)) in step.notices
    assert entry(made) == ""


def test_rp_15_2_and_lesson_86_open_losses_count_before_each_entry_in_the_same_event() -> None:
    made = engine(
        script(on_bar=lambda ctx, bar: ctx.buy("0.1") if bar.close < 100 else None), start=started(USDT=10_000),
        breakers=ONLY_15,
    )  # fmt: skip
    made.process(bar(100.0))
    made.orders.submit(order_spec(quantity=50, id="held"))
    made.process(filled("held", 50, 100, ts=made.view.now))
    step = worth(made, 9_750)
    assert not [effect for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert [refusal.code.value for refusal in step.refusals] == ["daily_loss"]


def test_rp_1_2_a_stop_that_takes_the_account_over_its_limit_is_seen_by_the_next_entry() -> None:
    made = account(ONLY_15)
    made.orders.submit(order_spec(Side.SELL, 50, id="stop", reduce_only=True))
    step = made.process(filled("stop", 50, 95, ts=made.view.now, trade_id="x2"))
    assert [each.breaker for each in changes(step)] == ["account_daily"]
    assert entry(made) == "daily_loss"


@pytest.mark.parametrize(
    ("equities", "refused"),
    [
        ((8_501,), ""),
        ((8_500,), "breaker_drawdown"),
        ((8_500, 9_499), "breaker_drawdown"),
        ((8_500, 9_500), ""),
    ],
)
def test_rp_15_3_a_fall_from_the_peak_holds_until_most_is_made_good(equities: tuple[int, ...], refused: str) -> None:
    made = account(BreakerSettings(account=AccountLimits(daily_loss=D(1)), max_drawdown=None))
    for equity in equities:
        worth(made, equity)
    assert entry(made) == refused
    assert exit_(made) == ""


def test_rp_15_4_and_lesson_12_a_restart_keeps_peak_baseline_and_latch() -> None:
    made = account(BreakerSettings(account=AccountLimits(drawdown_halt=D("0.5")), max_drawdown=None))
    worth(made, 10_500)
    worth(made, 9_240)  # 12 % below the peak, 7.6 % below the day
    assert made.breakers is not None
    before = made.breakers.board.state(made.view.now)
    gone_on = again(made, made.settings.breakers)
    assert gone_on.breakers is not None
    assert gone_on.breakers.board.state(gone_on.view.now) == before
    assert gone_on.breakers.board.worth.fallen(D(9_240)) == D("0.12")
    assert entry(gone_on) == "daily_loss"


@pytest.mark.parametrize("reading", [9_000, 11_000])
def test_rp_15_5_and_lesson_87_a_degraded_reading_changes_nothing(reading: int) -> None:
    """A fill comes three minutes after the last price: what equity is by then is not to be believed."""
    made = account(ONLY_15)
    assert made.breakers is not None
    before = made.breakers.board.state(made.view.now)
    later = made.view.now + 3 * NS_PER_MINUTE
    made.orders.submit(order_spec(Side.BUY, 1, id="dear"))
    step = made.process(filled("dear", 1, 100, fee=10_000 - reading, ts=later, trade_id="x2"))
    assert made.breakers.board.equity_state is EquityState.DEGRADED
    assert not changes(step)
    assert made.breakers.board.state(made.view.now) == before
    assert changes(worth(made, 6_000)), "with a price it is known again"


def test_rp_15_5_and_lesson_87_a_degraded_reading_clears_nothing() -> None:
    made = account(ONLY_15)
    worth(made, 8_000)
    made.orders.submit(order_spec(Side.BUY, 1, id="gift"))
    made.process(filled("gift", 1, 60, fee=-5_000, ts=made.view.now + 3 * NS_PER_MINUTE, trade_id="x2"))
    assert made.breakers is not None
    assert made.breakers.board.equity_state is EquityState.DEGRADED
    assert state(made, "account_drawdown") is S.TRIPPED


def test_rp_15_5_and_lesson_87_what_was_degraded_is_judged_when_it_is_known_though_it_has_not_moved() -> None:
    made = account(ONLY_15)
    made.orders.submit(order_spec(Side.BUY, 1, id="dear"))
    made.process(filled("dear", 1, 100, fee=1_000, ts=made.view.now + 3 * NS_PER_MINUTE, trade_id="x2"))
    assert known(made) == "degraded"
    made.process(ev.TimerFired("s/x", 5 * NS_PER_MINUTE))  # type: ignore[arg-type] # its name
    step = made.process(bar(100.0, 4))
    assert [each.breaker for each in changes(step)] == ["account_daily"]


def test_rp_15_6_a_dry_run_tells_and_holds_nothing_back() -> None:
    made = account(BreakerSettings(account=AccountLimits(is_dry=True), max_drawdown=None))
    told = changes(worth(made, 8_000))
    assert [(each.breaker, each.is_dry) for each in told] == [("account_daily", True), ("account_drawdown", True)]
    assert entry(made) == ""
    assert not changes(worth(made, 7_990)), "once a trip"


def test_rp_15_7_a_deposit_is_no_profit() -> None:
    made = account(ONLY_15)
    worth(made, 9_800)
    step = made.process(transfer("1000", made.view.now))
    assert made.breakers is not None
    baseline, equity = made.breakers.board.worth.baseline, made.view.equity()
    assert baseline is not None
    assert equity is not None
    assert equity == 10_800
    assert round((baseline - equity) / baseline, 12) == D("0.02")
    assert any(isinstance(notice, EquityAnchored) and notice.reason == "transfer" for notice in step.notices)
    assert entry(made) == ""


def test_rp_16_1_warnings_then_the_breach_which_latches() -> None:
    made = account(ONLY_16)
    assert not worth(made, 9_001).notices
    (warned,) = worth(made, 9_000).notices
    assert warned == BreakerWarned("max_drawdown", "warning", D("0.10"), D("0.1"))
    (warned,) = worth(made, 8_400).notices
    assert isinstance(warned, BreakerWarned)
    assert (warned.level, warned.value) == ("critical", D("0.16"))
    assert not changes(worth(made, 8_001))
    (breached,) = changes(worth(made, 8_000))
    assert breached.state is S.LATCHED
    assert entry(made) == "max_drawdown"
    worth(made, 9_900)
    assert entry(made) == "max_drawdown"
    made.process(Resumed(made.view.now))
    assert entry(made) == "max_drawdown", "to resume is not to reset"


def test_rp_16_1_a_warning_is_repeated_after_900_seconds_and_escalates_at_once() -> None:
    made = account(ONLY_16)
    assert [type(each) for each in worth(made, 9_000).notices] == [BreakerWarned]
    assert not warnings(worth(made, 8_999, minutes=14))
    assert warnings(worth(made, 8_998)) == ["warning"]
    assert warnings(worth(made, 8_300)) == ["critical"]
    assert warnings(worth(made, 8_700)) == [], "a milder level is no news"


def test_rp_16_2_and_lesson_31_a_new_session_is_latched_with_the_same_peak() -> None:
    made = account(ONLY_16)
    worth(made, 8_000)
    worth(made, 9_900)
    gone_on = again(made, ONLY_16)
    assert state(gone_on, "max_drawdown") is S.LATCHED
    assert gone_on.breakers is not None
    assert gone_on.breakers.board.worth.peak == 10_000
    assert entry(gone_on) == "max_drawdown"


def test_rp_16_3_and_lesson_84_the_peak_is_of_what_the_account_has_not_of_what_was_configured() -> None:
    made = engine(script(), start=started(USDT="84.40"), breakers=ONLY_16)
    made.process(bar(100.0))
    assert made.breakers is not None
    assert made.breakers.board.worth.peak == D("84.40")
    assert made.breakers.board.worth.fallen(D("84.40")) == 0


def test_rp_16_4_a_withdrawal_is_no_loss() -> None:
    made = account(ONLY_16)
    worth(made, 9_500)
    made.process(transfer("-1000", made.view.now))
    assert made.breakers is not None
    worth_ = made.breakers.board.worth
    assert worth_.peak is not None
    assert round(worth_.peak, 2) == D("8947.37")
    assert round(worth_.fallen(D(8_500)), 12) == D("0.05")


def test_rp_16_4_a_transfer_of_what_has_no_price_is_reckoned_with_when_it_has_one() -> None:
    made = account(ONLY_16)
    made.process(ev.BalanceTransferred("binance", Asset("GIFT"), D(1), made.view.now))
    assert made.breakers is not None
    assert not changes(worth(made, 6_000)), "equity is unknown: nothing trips"
    assert made.breakers.board.equity_state is EquityState.UNKNOWN
    made.process(ev.BalanceTransferred("binance", Asset("GIFT"), D(-1), made.view.now))
    assert made.breakers.board.worth.peak == 6_000, "all that has changed since was moved, as far as anybody knows"


def test_rp_16_5_as_long_as_equity_is_unknown_nothing_is_opened() -> None:
    made = engine(script(), start=started(USDT=100, GIFT=1), breakers=ONLY_16)
    made.process(bar(100.0))
    assert entry(made) == "max_drawdown"
    made.process(ev.BalanceTransferred("binance", Asset("GIFT"), D(-1), made.view.now))
    assert entry(made) == ""


def test_rp_16_6_on_a_breach_scale_ins_are_refused_and_exits_run() -> None:
    made = account(BreakerSettings(account=None, max_drawdown=DrawdownGuard(action=BreakerAction.FLATTEN)))
    made.orders.submit(order_spec(Side.SELL, 50, id="stop", type=OrderType.STOP, trigger=20, reduce_only=True))
    made.process(accepted("stop", made.view.now))
    step = worth(made, 7_000)
    (close,) = [effect for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert (close.order.side, close.order.quantity, close.order.reduce_only) == (Side.SELL, D(50), True)
    assert not [effect for effect in step.effects if isinstance(effect, CancelOrder)], "the stop stays"
    assert entry(made) == "max_drawdown"


def test_rp_16_1_a_reset_sets_the_peak_anew_and_waits_for_the_account() -> None:
    made = account(ONLY_16)
    worth(made, 8_000)
    step = made.process(BreakerResetRequested(made.view.now, "max_drawdown", "the cause is known", "ann"))
    (changed,) = changes(step)
    assert (changed.state, changed.operator) == (S.HALF_OPEN, "ann")
    assert entry(made) == "max_drawdown"
    assert made.breakers is not None
    assert made.breakers.board.worth.peak == 8_000
    assert not changes(worth(made, 7_990)), "it does not trip again at once"


@pytest.mark.parametrize(("equity", "refused"), [(9_501, ""), (9_500, "daily_loss"), (9_400, "daily_loss")])
@pytest.mark.parametrize("limit", [DailyLoss(amount=D(500)), DailyLoss(fraction=D("0.05"))])
def test_cb_1_a_daily_loss_trips_at_its_limit(limit: DailyLoss, equity: int, refused: str) -> None:
    made = account(BreakerSettings(account=None, max_drawdown=None, daily_loss=limit))
    worth(made, equity)
    assert entry(made) == refused


def test_cb_1_a_daily_loss_warns_then_makes_orders_smaller() -> None:
    day = DailyLoss(amount=D(500), warning=D(200), caution=D(300))
    made = account(BreakerSettings(account=None, max_drawdown=None, daily_loss=day))
    (warned,) = worth(made, 9_800).notices
    assert warned == BreakerWarned("daily_loss", "warning", D(200), D(200))
    assert _sized(made) == 1
    (warned,) = worth(made, 9_700).notices
    assert isinstance(warned, BreakerWarned)
    assert warned.level == "caution"
    assert _sized(made) == D("0.5")
    worth(made, 9_701)
    assert _sized(made) == 1


def _sized(made: object) -> object:
    verdict = made.risk.review(intent(quantity=1))  # type: ignore[attr-defined]
    return verdict[0].quantity


@pytest.mark.parametrize(("equity", "refused"), [(9_001, ""), (9_000, "breaker_drawdown"), (8_500, "breaker_drawdown")])
def test_cb_1_and_cb_2_a_drawdown_trips_on_the_mark_with_no_order_sent(equity: int, refused: str) -> None:
    settings = BreakerSettings(account=None, max_drawdown=None, drawdown=Drawdown(D("0.10")))
    made = account(settings)
    worth(made, equity)
    assert entry(made) == refused
    worth(made, 9_999)
    assert entry(made) == refused, "it latches"


def test_mw_40_the_peak_of_the_look_back_is_that_of_the_last_days() -> None:
    settings = BreakerSettings(account=None, max_drawdown=None, drawdown=Drawdown(D("0.10"), lookback_days=2))
    made = account(settings)
    days = NS_PER_DAY // NS_PER_MINUTE
    worth(made, 10_500)
    worth(made, 9_600, minutes=days)
    worth(made, 9_600, minutes=days)
    worth(made, 9_600, minutes=days)
    worth(made, 9_400)
    assert entry(made) == "", "10,500 is forgotten"
    worth(made, 8_640)
    assert entry(made) == "breaker_drawdown"


def test_lesson_85_equity_that_stands_still_for_a_day_is_no_data() -> None:
    made = account(ONLY_15)
    day = NS_PER_DAY // NS_PER_MINUTE
    for number in range(1, 25):
        made.process(bar(100.0, number * day // 24))
    assert made.breakers is not None
    assert known(made) == "degraded"
    assert made.breakers.board.worth.day_until == NS_PER_DAY, "no day begins with it"
    worth(made, 9_999)
    assert known(made) == "known"
    assert made.breakers.board.worth.baseline == 9_999


def test_15_equity_that_is_not_positive_only_lets_exposure_fall() -> None:
    made = account(BreakerSettings(account=AccountLimits(daily_loss=D(1), drawdown_halt=D(1)), max_drawdown=None))
    made.process(transfer("-5000", made.view.now))
    made.orders.submit(order_spec(Side.SELL, 50, id="sale"))
    made.process(filled("sale", 50, 50, fee=2_500, ts=made.view.now, trade_id="x2"))
    assert made.view.equity() == 0
    assert entry(made, price=D(50), type=OrderType.LIMIT) in ("daily_loss", "breaker_drawdown")


def test_without_limits_of_equity_none_is_asked_for() -> None:
    made = engine(script(), start=started(USDT=100, GIFT=1), breakers=NEITHER)
    made.process(bar(100.0))
    assert entry(made) == ""
