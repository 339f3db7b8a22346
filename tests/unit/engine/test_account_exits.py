"""Stops that are not at the venue as they should be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.unit.engine.test_account import SECOND, T0, session, snapshot, wish
from tradewind.domain import events as ev
from tradewind.domain.account import VenueOrder, VenuePosition
from tradewind.domain.commands import CancelOrder, Correct, SetTimer, SubmitOrder
from tradewind.domain.control import StopRequested
from tradewind.domain.ids import ClientOrderId, VenueOrderId
from tradewind.domain.order import OrderType, Purpose, Side
from tradewind.domain.reconciliation import Kind, ReconciliationReport, Severity
from tradewind.domain.step import ExitMissing, RefusalCode
from tradewind.engine.account_guard import LAPSED
from tradewind.engine.account_rounds import AGAIN
from tradewind.testing import BTC, STRATEGY, accepted, filled, intent, rejected

D = Decimal
STOP = ClientOrderId("stop-1")


def guarded(*, session_options: dict[str, Any] | None = None, **terms: Any) -> Any:
    """Return an engine that holds 2 and has a stop at 90 resting."""
    made = session(**(session_options or {}))
    terms = {"type": OrderType.STOP, "trigger": "90"} | terms
    wanted = intent(Side.SELL, 2, id=STOP, reduce_only=True, purpose=Purpose.STOP_LOSS, **terms)
    made.orders.submit(*made.risk.review(wanted))
    made.process(accepted(STOP, T0))
    return made


def stop(**changes: Any) -> VenueOrder:
    there = VenueOrder(STOP, VenueOrderId("v"), BTC, Side.SELL, D(2), D(0), trigger=D(90), type=OrderType.STOP)
    return msgspec.structs.replace(there, **changes)


def look(made: Any, at: float, *orders: VenueOrder, **changes: Any) -> Any:
    return made.process(msgspec.structs.replace(snapshot(at), **({"orders": orders} | changes)))


def sent(step: Any) -> list[Any]:
    return [effect.order for effect in step.effects if isinstance(effect, SubmitOrder)]


def report_of(step: Any) -> ReconciliationReport:
    return next(notice for notice in step.notices if isinstance(notice, ReconciliationReport))


def test_one_that_rests_as_it_should_is_left_alone() -> None:
    made = guarded()
    assert not report_of(look(made, 0, stop())).suspected
    assert not sent(look(made, 1, stop()))


def test_lesson_73_one_that_is_gone_is_replaced_within_five_seconds_by_a_look() -> None:
    made = guarded()
    first = look(made, 0)
    assert [(each.kind, each.severity) for each in report_of(first).suspected] == [
        (Kind.UNPROTECTED, Severity.CRITICAL)
    ]
    assert SetTimer(AGAIN, T0 + SECOND) in first.effects, "the second look is a second later"
    step = look(made, 1)
    (instead,) = sent(step)
    assert (instead.type, instead.trigger, instead.quantity, instead.side) == (OrderType.STOP, 90, 2, Side.SELL)
    assert (instead.reduce_only, instead.purpose, instead.strategy) == (True, Purpose.PROTECTION, STRATEGY)
    assert ExitMissing(STRATEGY, BTC, STOP, D(2), T0, T0 + SECOND, instead.id) in step.notices
    assert CancelOrder(STOP, BTC) in step.effects, "should it be there after all, it does not stay"
    assert [effect.event for effect in step.effects if isinstance(effect, Correct)] == [
        ev.OutcomeUnknown(STOP, "reconciliation: unprotected", T0 + SECOND)
    ]
    assert wish(made) is RefusalCode.CLOSE_ONLY


@pytest.mark.parametrize(("cancel", "replaced"), [("all", 0), ("entries", 1), ("none", 1)])
def test_a_session_that_ends_with_all_orders_taken_back_puts_no_exit_back(cancel: str, replaced: int) -> None:
    """Seed 26 of the simulated worlds: the cancel was refused, as the stop had ended, and a new one was left there."""
    made = guarded()
    made.process(StopRequested(T0, cancel))
    made.process(ev.CancelRejected(STOP, "it has ended", T0, T0))
    look(made, 0)
    assert len(sent(look(made, 1))) == replaced


def test_it_is_replaced_once() -> None:
    made = guarded()
    look(made, 0)
    (instead,) = sent(look(made, 1))
    made.process(ev.OutcomeUnknown(STOP, "", made.view.now))
    made.process(accepted(instead.id, made.view.now))
    there = stop(order=instead.id)
    for at in (2, 3, 8):
        assert not sent(look(made, at, there))


@pytest.mark.parametrize("wrong", [{"trigger": D(80)}, {"quantity": D(1)}, {"side": Side.BUY}])
def test_one_that_rests_otherwise_than_it_should_is_replaced(wrong: dict[str, Any]) -> None:
    made = guarded()
    look(made, 0, stop(**wrong))
    step = look(made, 1, stop(**wrong))
    assert [each.trigger for each in sent(step)] == [90]
    assert CancelOrder(STOP, BTC) in step.effects


def test_a_trailing_stop_moves_at_the_venue_and_is_replaced_with_its_distance() -> None:
    made = guarded(type=OrderType.TRAILING_STOP, trigger=None, trail_amount="5")
    assert not report_of(look(made, 0, stop(trigger=D(97)))).suspected
    look(made, 1)
    (instead,) = sent(look(made, 2))
    assert (instead.type, instead.trail_amount) == (OrderType.TRAILING_STOP, 5)


def test_lesson_68_without_a_position_at_the_venue_no_stop_is_placed() -> None:
    made = guarded()
    look(made, 0, positions=())
    assert not sent(look(made, 1, positions=()))


def test_an_execution_of_it_that_nobody_told_comes_first() -> None:
    made = guarded()
    for at in (0, 1):
        fill = filled(STOP, 1, 90, trade_id="s1")
        step = look(made, at, fills=(fill,), positions=(VenuePosition(BTC, D(1), D(100)),))
        assert not sent(step)


@pytest.mark.parametrize("unread", ["orders", "positions", "fills"])
def test_lesson_36_from_what_could_not_be_read_no_second_stop_follows(unread: str) -> None:
    made = guarded()
    look(made, 0, **{unread: None})
    assert not sent(look(made, 1, **{unread: None}))


def test_lesson_70_of_a_stop_that_filled_in_part_the_rest_is_protected() -> None:
    made = guarded()
    made.process(filled(STOP, D("0.8"), 90, trade_id="s1", ts=T0))
    left = (VenuePosition(BTC, D("1.2"), D(100)),)
    look(made, 0, positions=left)
    assert [each.quantity for each in sent(look(made, 1, positions=left))] == [D("1.2")]


def test_lesson_63_when_three_are_refused_or_gone_the_position_is_closed() -> None:
    made = guarded()
    look(made, 0)
    (instead,) = sent(look(made, 1))
    for wait in (1, 2):
        made.process(rejected(instead.id, ts=made.view.now))
        (instead,) = sent(made.process(ev.TimerFired(LAPSED, made.view.now + wait * SECOND)))
        assert instead.type is OrderType.STOP
    (close,) = sent(made.process(rejected(instead.id, ts=made.view.now)))
    assert (close.type, close.quantity, close.reduce_only) == (OrderType.MARKET, 2, True)
    again = guarded()
    types, gone = [], STOP
    for at in (0, 2, 4, 6):
        look(again, at)
        (instead,) = sent(look(again, at + 1))
        types.append(instead.type)
        again.process(ev.OutcomeUnknown(gone, "", again.view.now))
        again.process(accepted(instead.id, again.view.now))
        gone = instead.id
    assert types == [OrderType.STOP] * 3 + [OrderType.MARKET]


def test_a_replacement_goes_with_the_position() -> None:
    made = guarded()
    look(made, 0)
    (instead,) = sent(look(made, 1))
    made.process(accepted(instead.id, made.view.now))
    made.orders.submit(*made.risk.review(intent(Side.SELL, 2, id="t-9", reduce_only=True)))
    step = made.process(filled("t-9", 2, ts=made.view.now, trade_id="c"))
    assert CancelOrder(instead.id, BTC) in step.effects


def test_no_pause_and_no_halt_stand_in_its_way() -> None:
    made = guarded()
    made.risk.paused = True
    made.risk.is_ready = False
    look(made, 0)
    assert sent(look(made, 1))
