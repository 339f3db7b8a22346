"""Lines of spec/lessons.md about restarts: what an engine that resumes another has, does, and leaves alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.unit.engine.test_account import SECOND, USDT, session, snapshot
from tests.unit.engine.test_account_exits import STOP, guarded, sent
from tests.unit.engine.test_account_guard import fired
from tests.unit.engine.test_going_on import OPTIONS, buyer, gone_on, stopped
from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind, Balance, VenuePosition
from tradewind.domain.checkpoint import EngineState
from tradewind.domain.commands import Correct, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.control import CancelRequested, Halted, Paused, Resumed, StopRequested
from tradewind.domain.order import OrderType, Purpose, Side
from tradewind.domain.reconciliation import Kind, Mode, ReconciliationReport
from tradewind.domain.signal import AmendIntent
from tradewind.domain.step import RefusalCode
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.engine.engine import Engine
from tradewind.execution.comparison import Reconciliation
from tradewind.execution.lifecycle import OrderState
from tradewind.risk.limits import Limits
from tradewind.testing import (
    BTC,
    STRATEGY,
    accepted,
    bar,
    cancelled,
    engine,
    filled,
    instrument,
    intent,
    order_spec,
    quote,
    rejected,
    script,
    settings,
    started,
)

D = Decimal
HOURS_72 = 72 * 60 * NS_PER_MINUTE


def again(state: EngineState, *strategies: Any, late: int = 0, **options: Any) -> Any:
    """Return an engine that goes on from a state, so many nanoseconds later, by what is read from the disk."""
    read = msgspec.msgpack.decode(msgspec.msgpack.encode(msgspec.structs.replace(state, places=())), type=EngineState)
    start = msgspec.structs.replace(started(), restored=read, ts_recv=state.ts + late)
    return engine(*strategies or (script(),), start=start, **OPTIONS, **options)


@pytest.mark.parametrize(("minutes", "stale"), [(59, False), (60, False), (61, True)])
def test_books_that_stood_still_for_more_than_an_hour_are_called_stale_once(minutes: int, stale: bool) -> None:
    """Whatever their age, no order leaves before the comparison."""
    made = engine(script(), **OPTIONS)
    made.process(bar(100))
    late = again(made.state(), late=minutes * NS_PER_MINUTE)
    for seconds, expected in ((1, stale), (60, False)):
        told = snapshot(minutes * 60 + 120 + seconds)
        (report,) = (each for each in late.process(told).notices if isinstance(each, ReconciliationReport))
        assert report.stale is expected


def test_who_follows_from_a_checkpoint_after_a_stop_knows_that_no_exit_is_put_back() -> None:
    """Seed 19159: a stop that had lapsed when all orders were taken back was forgotten by who wrote alone."""
    made = guarded()
    made.process(cancelled(STOP, made.view.now))
    made.process(StopRequested(made.view.now, cancel="all"))
    follower = Engine([instrument()], {}, settings(**OPTIONS), recording=True)
    follower.restore(made.state())
    follower.follow(fired(made))
    assert follower.state().reconciliation == made.state().reconciliation
    assert not made.state().reconciliation.lapsed


def test_who_goes_on_after_a_session_that_was_ending_puts_a_stop_back() -> None:
    made = guarded()
    made.process(cancelled(STOP, made.view.now))
    made.process(StopRequested(made.view.now, cancel="all"))
    late = again(made.state())
    assert [each.trigger for each in sent(fired(late))] == [90]


def submits(step: Any) -> list[Any]:
    return [effect for effect in step.effects if isinstance(effect, SubmitOrder)]


def test_lesson_5_a_restart_has_the_same_positions_and_ids_and_sends_nothing() -> None:
    before = guarded()
    made = again(before.state())
    assert not submits(made.process(quote(99, 101, ts=made.view.now)))
    assert made.portfolio.state() == before.portfolio.state()
    assert list(made.orders.living) == [STOP]
    assert made.ids.count == before.ids.count


def test_lesson_6_over_any_restarts_the_balance_is_the_same_to_the_last_unit() -> None:
    made = session()
    made.process(ev.BalanceTransferred("x", USDT, D("-0.123456789012345678"), made.view.now))
    wallet = dict(made.portfolio.ledger.wallet())
    for _ in range(3):
        made = again(made.state())
        assert dict(made.portfolio.ledger.wallet()) == wallet
    assert wallet[USDT] == D("99799.876543210987654322")


def test_lesson_8_after_three_days_a_position_is_there_and_protected() -> None:
    rounds = Reconciliation(interval_ns=300 * SECOND)
    made = again(guarded().state(), late=HOURS_72, reconciliation=rounds)
    assert made.view.position(BTC).quantity == 2
    assert [each.spec.id for each in made.view.open_orders()] == [STOP]
    at = HOURS_72 / SECOND
    looks = [made.process(msgspec.structs.replace(snapshot(at + late), orders=())) for late in (0, 1)]
    assert [each.trigger for each in sent(looks[1])] == [90], "and if it is not, it is put back"


def test_lesson_10_a_start_with_ten_thousand_old_orders_asks_one_question() -> None:
    made = engine(script(), **OPTIONS)
    made.process(bar(100))
    for number in range(10_000):
        name = f"old-{number}"
        made.orders.submit(order_spec(id=name, type=OrderType.LIMIT, price=50, quantity="0.1"))
        made.orders.apply(rejected(name, made.view.now))
    late = again(made.state(), reconciliation=Reconciliation(interval_ns=300 * SECOND, holds_at_start=True))
    assert len(late.orders.by_id) == 10_000
    step = late.process(bar(100, 5))
    asked = [effect for effect in step.effects if isinstance(effect, QueryAccount | QueryOrder)]
    assert not asked, "the question of the start went out with the start"
    assert late.account.state().number == 1


def test_lesson_10_stale_orders_are_looked_up_together_and_told_of_in_one_report_and_trading_begins() -> None:
    """Two hundred orders that a session believes to rest, beside ten thousand old ones; the venue has none of them."""
    made = engine(script(), **OPTIONS)
    made.process(bar(100))
    for number in range(10_200):
        name = f"old-{number}"
        made.orders.submit(order_spec(id=name, type=OrderType.LIMIT, price=50, quantity="0.1"))
        made.orders.apply(accepted(name, made.view.now) if number >= 10_000 else rejected(name, made.view.now))
    late = again(made.state(), reconciliation=Reconciliation(interval_ns=300 * SECOND, holds_at_start=True))
    begun, asked = late.view.now, list[str]()
    found: list[int] = []
    waiting: list[Any] = [told_nothing(late)]
    while late.orders.living or not late.risk.is_ready:
        if not waiting:
            timer, at = min(late.timers.items(), key=lambda each: each[1])
            waiting.append(ev.TimerFired(timer, max(at, late.view.now)))
        step = late.process(waiting.pop(0))
        found += [len(each.confirmed) for each in step.notices if isinstance(each, ReconciliationReport)]
        for effect in step.effects:
            if isinstance(effect, Correct):
                waiting.append(msgspec.structs.replace(effect.event, ts_recv=late.view.now))
            elif isinstance(effect, QueryAccount):
                waiting.append(told_nothing(late))
            elif isinstance(effect, QueryOrder):
                asked.append(effect.order)
                waiting.append(ev.OrderNotFound(effect.order, late.view.now, late.view.now))
        assert late.view.now - begun < 120 * SECOND
    assert set(asked) == {f"old-{number}" for number in range(10_000, 10_200)}, "of the old ones nobody asks"
    assert len(asked) <= 200 * 7, "at growing distances"
    assert [count for count in found if count] == [200, 200], "one report of all that is missing, and one of its end"


def told_nothing(made: Any) -> ev.AccountSnapshot:
    """Return an account that owns what we own, and has no order."""
    owned, ts = tuple(Balance(asset, amount) for asset, amount in made.portfolio.ledger.wallet()), made.view.now
    return ev.AccountSnapshot("binance", owned, (), ts, ts, (), ())


def test_lesson_33_what_is_in_flight_counts_after_a_restart_too() -> None:
    """Four shorts on one symbol within a minute, a bar apart, with a restart between; none of them is answered."""
    limits = Limits(position_value_max=D(150), allow_short=True)
    options: Any = {"limits": limits, "account": AccountKind.MARGIN}
    seller = script(on_bar=lambda ctx, _: ctx.sell(1))
    made = engine(seller, **OPTIONS, **options)
    sold = [submits(made.process(bar(100, number))) for number in range(2)]
    made = again(made.state(), script(on_bar=lambda ctx, _: ctx.sell(1)), **options)
    steps = [made.process(bar(100, number)) for number in range(2, 4)]
    assert [len(each) for each in (*sold, *(submits(step) for step in steps))] == [1, 0, 0, 0]
    codes = [refusal.code for step in steps for refusal in step.refusals]
    assert codes == [RefusalCode.MAX_POSITION] * 2


def test_lesson_21_a_halt_by_the_operator_outlives_the_process() -> None:
    made = session()
    made.process(Halted(made.view.now, "by hand"))
    made.process(Paused(made.view.now))
    late = again(made.state(), script(on_bar=lambda ctx, _: ctx.buy(1)))
    for number in (5, 6):
        (refusal,) = late.process(bar(100, number)).refusals
        assert refusal.code is RefusalCode.PAUSED
    late.process(Resumed(late.view.now))
    assert submits(late.process(bar(100, 7)))


def test_lesson_43_six_restarts_after_a_fill_are_one_order() -> None:
    state, orders = stopped(fills=0), 1
    made = gone_on(state, warming=False)
    made.process(filled("tw-000001", 2, 90, ts=made.view.now, trade_id="x1"))
    for number in range(1, 7):
        made = again(made.state(), buyer())
        orders += len(submits(made.process(bar(100, number))))
    assert orders == 1
    assert made.view.position(BTC).quantity == 2


def test_lesson_46_between_the_request_and_its_answer_there_is_no_position() -> None:
    made = engine(script(on_bar=lambda ctx, _: ctx.buy(1)), **OPTIONS)
    (effect,) = submits(made.process(bar(100)))
    late = again(made.state())
    assert late.view.position(BTC).is_flat
    assert [order.state for order in late.view.open_orders()] == [OrderState.IN_FLIGHT]
    assert late.view.open_orders()[0].spec.id == effect.order.id, "and it is known, so it can be asked about"


def test_lesson_57_an_order_of_the_session_before_can_be_taken_back() -> None:
    late = again(guarded().state())
    (effect,) = late.process(CancelRequested(late.view.now, STOP)).effects
    assert effect.order == STOP


def test_lesson_71_a_stop_that_was_moved_is_where_it_was_moved_to_after_a_restart() -> None:
    made = guarded()
    made.orders.amend(AmendIntent(STRATEGY, STOP, trigger=D(95)))
    made.process(ev.OrderAmended(STOP, D(2), None, D(95), made.view.now, made.view.now, 1))
    late = again(made.state())
    (order,) = late.view.open_orders()
    assert order.spec.trigger == 95


def test_lesson_74_a_position_whose_close_was_refused_at_the_end_is_there_after_a_restart() -> None:
    made = guarded()
    step = made.process(StopRequested(made.view.now, cancel="none", flatten=True))
    (close,) = sent(step)
    assert close.purpose is Purpose.SHUTDOWN
    made.process(rejected(close.id, ts=made.view.now))
    assert made.view.position(BTC).quantity == 2
    late = again(made.state())
    assert late.view.position(BTC).quantity == 2


def test_lesson_62_and_71_a_stop_that_ended_while_nobody_was_here_is_put_back() -> None:
    late = again(guarded().state())
    late.process(ev.OrderCancelled(STOP, "by the venue", late.view.now, late.view.now))
    assert [each.trigger for each in sent(fired(late))] == [90]


def test_lesson_102_a_short_of_somebody_else_has_its_side_quantity_and_average() -> None:
    made = engine(script(), reconciliation=Reconciliation(Mode.AUTO_ADJUST), account=AccountKind.MARGIN)
    made.process(bar(100))
    theirs = ev.AccountSnapshot("binance", None, (VenuePosition(BTC, D(-2), D(105)),), 0, made.view.now, (), ())
    made.process(theirs)
    step = made.process(msgspec.structs.replace(theirs, ts_venue=6 * SECOND))
    for effect in step.effects:
        event = getattr(effect, "event", None)
        if event is not None:
            made.process(event)
    held: Any = made.view.position(BTC)
    assert (held.quantity, held.average_price) == (-2, 105)


def test_lesson_103_half_the_price_is_half_the_equity_at_once() -> None:
    made = session(held=10)
    assert made.view.equity() == 100_000
    made.process(bar(50, 2))
    assert made.view.equity() == 99_500


def test_lesson_105_profit_is_of_what_was_executed() -> None:
    made = session(held=1)
    made.orders.submit(*made.risk.review(intent(Side.SELL, 1, id="out", reduce_only=True)))
    made.process(filled("out", 1, D("109.45"), ts=made.view.now, trade_id="o", fee=D("0.11")))
    (trip,) = made.portfolio.trips
    assert (trip.exit_price, trip.gross, trip.fees, trip.net) == (D("109.45"), D("9.45"), D("0.11"), D("9.34"))


def test_an_account_that_differs_after_a_restart_is_seen_as_before() -> None:
    made = session()
    made.process(snapshot(0, held=1))
    late = again(made.state())
    step = late.process(snapshot(70, held=1))
    report = next(notice for notice in step.notices if hasattr(notice, "confirmed"))
    assert [each.kind for each in report.confirmed if each.subject == BTC] == [Kind.QUANTITY_MISMATCH], (
        "the first look counts"
    )


def test_a_difference_goes_by_the_same_report_after_a_restart_also_where_all_was_sold_at_its_price() -> None:
    made = engine(script(), reconciliation=Reconciliation(Mode.MANUAL_APPROVAL), **OPTIONS)
    for name, side in (("in", Side.BUY), ("out", Side.SELL)):
        made.orders.submit(order_spec(id=name, side=side, quantity="0.10"))
        made.process(filled(name, D("0.10"), 100, ts=made.view.now))
    late = again(made.state(), reconciliation=Reconciliation(Mode.MANUAL_APPROVAL))
    told = [[msgspec.json.encode(each.process(snapshot(at, held=1)).notices) for at in (0, 5)] for each in (made, late)]
    assert told[0] == told[1], "an operator approves a report by its id, and that is made of every digit in it"
