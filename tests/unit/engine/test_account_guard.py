"""Stops that end without our wish are put back; what cannot be protected is closed, and stays in the books until then.

The venue's word about the stop is what begins it here; what its list of orders says is test_account_exits.py.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.unit.engine.test_account import SECOND, T0, session, snapshot, wish
from tests.unit.engine.test_account_exits import STOP, guarded, sent
from tradewind.domain import events as ev
from tradewind.domain.commands import QueryAccount, SetTimer
from tradewind.domain.control import CancelRequested, Resumed
from tradewind.domain.ids import EXTERNAL, ClientOrderId, TimerId
from tradewind.domain.order import OrderType, Purpose, Side, TimeInForce
from tradewind.domain.step import ExitMissing, RefusalCode
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.engine.account_guard import LAPSED, STOPS
from tradewind.execution.comparison import Reconciliation
from tradewind.record.recorder.comparisons import told_of_account
from tradewind.testing import BTC, STRATEGY, accepted, cancelled, filled, intent, order_spec, rejected, script
from tradewind.testing import engine as fresh

D = Decimal


def gone(order: str = STOP) -> list[ev.OrderEvent]:
    """Return the ways in which a venue ends an order by itself."""
    name = ClientOrderId(order)
    return [
        ev.OrderCancelled(name, "by the venue", T0, T0),
        ev.OrderExpired(name, "by the venue", T0, T0),
        ev.OrderRejected(name, "by the venue", T0, T0),
    ]


def fired(made: Any, after: float = 1.0, timer: Any = LAPSED) -> Any:
    return made.process(ev.TimerFired(timer, made.view.now + int(after * SECOND)))


@pytest.mark.parametrize("word", gone(), ids=lambda word: type(word).__name__)
def test_lesson_62_a_stop_that_the_venue_ends_is_put_back_within_five_seconds(word: ev.OrderEvent) -> None:
    made = guarded()
    first = made.process(word)
    assert SetTimer(LAPSED, T0 + SECOND) in first.effects
    step = fired(made)
    (instead,) = sent(step)
    assert (instead.type, instead.trigger, instead.quantity, instead.side) == (OrderType.STOP, 90, 2, Side.SELL)
    assert (instead.reduce_only, instead.purpose, instead.strategy) == (True, Purpose.PROTECTION, STRATEGY)
    assert step.notices == (ExitMissing(STRATEGY, BTC, STOP, D(2), T0, T0 + SECOND, instead.id),)
    made.process(accepted(instead.id, made.view.now))
    assert not fired(made, 60, STOPS).effects, "it is put back once"


def test_lesson_62_a_stop_that_never_arrived_is_put_back_too() -> None:
    made = session()
    made.orders.submit(
        *made.risk.review(intent(Side.SELL, 2, id=STOP, type=OrderType.STOP, trigger="90", reduce_only=True))
    )
    made.process(ev.OutcomeUnknown(STOP, "timeout", T0))
    made.process(ev.TimerFired(TimerId(f"/ask/{STOP}"), T0 + 40 * SECOND))
    made.process(ev.OrderNotFound(STOP, T0 + 41 * SECOND, T0 + 41 * SECOND))
    assert [each.trigger for each in sent(fired(made))] == [90]


def test_what_we_have_asked_back_stays_away() -> None:
    made = guarded()
    made.process(CancelRequested(T0, STOP))
    assert not made.process(cancelled(STOP, T0)).effects


def test_a_stop_of_a_day_ends_with_it() -> None:
    made = guarded(tif=TimeInForce.DAY)
    assert not made.process(gone()[1]).effects


def test_a_stop_that_ended_with_its_position_is_not_missed() -> None:
    made = guarded()
    made.process(filled("t-9", 2, ts=T0))  # of nobody
    made.orders.submit(*made.risk.review(intent(Side.SELL, 2, id="t-9", reduce_only=True)))
    made.process(filled("t-9", 2, ts=T0, trade_id="c"))
    assert not made.process(cancelled(STOP, T0)).effects


def test_the_execution_may_come_after_the_end() -> None:
    made = guarded()
    made.process(cancelled(STOP, T0))
    made.process(filled(STOP, 2, 90, ts=T0, trade_id="late"))
    assert not fired(made).effects
    assert made.view.position(BTC).is_flat


def test_a_part_that_was_executed_needs_no_stop() -> None:
    made = guarded()
    made.process(filled(STOP, D("0.8"), 90, ts=T0, trade_id="part"))
    made.process(cancelled(STOP, T0))
    assert [each.quantity for each in sent(fired(made))] == [D("1.2")]


def test_a_strategy_that_puts_it_back_itself_is_not_helped() -> None:
    made = guarded()
    made.process(cancelled(STOP, T0))
    again = intent(Side.SELL, 2, id="own", type=OrderType.STOP, trigger="91", reduce_only=True)
    made.orders.submit(*made.risk.review(again))
    assert not sent(fired(made))


def test_the_stop_of_a_bracket_that_reached_its_target_is_not_missed_beside_another_position() -> None:
    made = session(held=1)
    entry = order_spec(Side.BUY, 1, id="e")
    target = order_spec(Side.SELL, 1, id="e-t", type=OrderType.LIMIT, price=110, parent="e", reduce_only=True)
    stop = order_spec(Side.SELL, 1, id="e-s", type=OrderType.STOP, trigger=90, parent="e", reduce_only=True)
    made.orders.submit(entry, (stop, target))
    for word in (filled("e", 1, ts=T0, trade_id="e1"), accepted("e-s", T0), accepted("e-t", T0)):
        made.process(word)
    made.process(filled("e-t", 1, 110, ts=T0, trade_id="e2"))
    assert not made.process(cancelled("e-s", T0)).effects
    assert made.view.position(BTC).quantity == 1


def test_of_a_bracket_as_much_is_protected_as_its_entry_has_opened() -> None:
    made = session(held=0.5)
    entry = order_spec(Side.BUY, 2, id="e", type=OrderType.LIMIT, price=100)
    made.orders.submit(entry, (order_spec(Side.SELL, 2, id="s", type=OrderType.STOP, trigger=90, parent="e"),))
    made.process(accepted("e", T0))
    made.process(filled("e", D("0.3"), ts=T0, trade_id="e1"))
    made.process(rejected("s", T0))
    (first,) = sent(fired(made))
    assert first.quantity == D("0.3")
    made.process(accepted(first.id, made.view.now))
    made.process(filled("e", D("0.2"), ts=made.view.now, trade_id="e2"))
    assert [each.quantity for each in sent(fired(made, 60, STOPS))] == [D("0.2")], "what came later, a minute later"


def test_a_stop_that_somebody_else_takes_back_is_theirs() -> None:
    made = session()
    theirs = order_spec(Side.SELL, 2, id="web", strategy=EXTERNAL, type=OrderType.STOP, trigger=90, reduce_only=True)
    made.orders.submit(theirs)
    made.process(accepted("web", T0))
    assert not made.process(cancelled("web", T0)).effects


def refuse(made: Any, order: Any, times: int) -> Any:
    """Have the venue refuse one stop after the other; return the last step."""
    step = None
    for tried in range(1, times + 1):
        step = made.process(rejected(order.id, ts=made.view.now))
        if tried < 3:
            assert not sent(step), "not at once"
            assert not sent(fired(made, tried - 0.001)), "but after 1 s, then after 2"
            (order,) = sent(fired(made, 0.001))
            assert order.type is OrderType.STOP
    return step


def test_lesson_63_and_4_5_a_stop_that_is_always_refused_is_one_exit_and_no_entry_after_it() -> None:
    made = guarded()
    made.process(gone()[0])
    (instead,) = sent(fired(made))
    last = refuse(made, instead, 3)
    (close,) = sent(last)
    assert (close.type, close.quantity, close.reduce_only) == (OrderType.MARKET, 2, True)
    (told,) = last.notices
    assert (told.tries, told.is_closed, told_of_account(told)[0]) == (3, True, "critical")
    assert wish(made) is RefusalCode.CLOSE_ONLY
    made.process(filled(close.id, 2, 89, ts=made.view.now, trade_id="out"))
    assert made.view.position(BTC).is_flat
    assert not sent(fired(made, 60)), "one exit"
    assert wish(made, id="t-2") is RefusalCode.CLOSE_ONLY, "and no entry after it"
    made.process(Resumed(made.view.now))
    assert wish(made, id="t-3") is None


def test_4_5_one_that_is_refused_on_arrival_was_the_first_of_three() -> None:
    made = session()
    made.orders.submit(
        *made.risk.review(intent(Side.SELL, 2, id=STOP, type=OrderType.STOP, trigger="90", reduce_only=True))
    )
    (close,) = sent(refuse(made, made.orders.by_id[STOP].spec, 3))
    assert close.type is OrderType.MARKET
    assert made.view.now == T0 + 3 * SECOND


def test_one_that_has_rested_for_a_minute_is_the_first_again() -> None:
    made = guarded()
    made.process(gone()[0])
    (instead,) = sent(fired(made))
    made.process(accepted(instead.id, made.view.now))
    assert not sent(fired(made, 60))
    made.process(cancelled(instead.id, made.view.now))
    step = fired(made)
    assert [each.type for each in sent(step)] == [OrderType.STOP]
    assert step.notices[0].tries == 0


def test_three_that_the_venue_takes_and_ends_at_once_are_enough() -> None:
    made = guarded()
    made.process(gone()[0])
    (order,) = sent(fired(made))
    for wait in (1, 2):
        made.process(accepted(order.id, made.view.now))
        made.process(cancelled(order.id, made.view.now))
        (order,) = sent(fired(made, wait))
        assert order.type is OrderType.STOP
    made.process(accepted(order.id, made.view.now))
    (order,) = sent(made.process(cancelled(order.id, made.view.now)))
    assert order.type is OrderType.MARKET


def test_a_second_one_that_lapses_does_not_put_the_first_off() -> None:
    made = guarded()
    other = intent(Side.SELL, 1, id="other", type=OrderType.STOP, trigger="80", reduce_only=True)
    made.orders.submit(*made.risk.review(other))
    made.process(accepted("other", T0))
    made.process(cancelled("other", T0))
    made.process(ev.OrderCancelled(STOP, "by the venue", T0, T0 + SECOND // 2))
    assert made.timers[LAPSED] == T0 + SECOND


def test_lesson_44_a_refused_close_is_tried_each_minute_and_the_position_stays() -> None:
    made = guarded()
    made.process(gone()[0])
    (instead,) = sent(fired(made))
    (close,) = sent(refuse(made, instead, 3))
    for _ in range(5):
        step = made.process(rejected(close.id, ts=made.view.now))
        assert not sent(step)
        assert made.view.position(BTC).quantity == 2
        assert not sent(fired(made, 59)), "one attempt a minute"
        step = fired(made, 1)
        (close,) = sent(step)
        (told,) = step.notices
        assert (close.type, told.quantity, told.replaced_by) == (OrderType.MARKET, 2, close.id)


def test_a_refusal_of_the_gate_is_tried_again() -> None:
    made = guarded()
    made.process(gone()[0])
    made.risk.warming = True
    assert not sent(fired(made)), "history comes"
    made.risk.warming = False
    assert [each.trigger for each in sent(fired(made, 60))] == [90]


def test_what_has_lapsed_outlives_a_restart() -> None:
    made = guarded()
    made.process(gone()[0])
    state = made.state()
    after = session()
    after.orders.restore(state.orders)
    after.account.restore(state.reconciliation)
    assert after.account.state().lapsed == state.reconciliation.lapsed
    assert [each.trigger for each in sent(fired(after, 2))] == [90]


def test_lesson_73_stops_are_looked_at_each_minute_whatever_the_rounds() -> None:
    made = guarded(session_options={"interval_ns": 300 * SECOND})
    step = fired(made, 60, STOPS)
    assert [type(effect) for effect in step.effects] == [SetTimer, QueryAccount]
    assert step.effects[0] == SetTimer(STOPS, made.view.now + NS_PER_MINUTE)
    for at in (61, 62):  # the word of its end was lost
        step = made.process(msgspec.structs.replace(snapshot(at), orders=()))
    assert [each.trigger for each in sent(step)] == [90]


def test_a_session_with_rounds_begins_to_look_at_its_start() -> None:
    made = fresh(script(), reconciliation=Reconciliation(interval_ns=300 * SECOND))
    assert made.timers[STOPS] == NS_PER_MINUTE
    assert STOPS not in fresh(script()).timers


def test_without_a_stop_the_venue_is_not_asked_each_minute() -> None:
    made = session(interval_ns=300 * SECOND)
    assert [type(effect) for effect in fired(made, 60, STOPS).effects] == [SetTimer]


def test_rounds_that_are_as_frequent_look_at_stops_themselves() -> None:
    made = guarded(session_options={"interval_ns": NS_PER_MINUTE})
    assert not fired(made, 60, STOPS).effects
