"""An order's end counts what was executed: while we have heard of less, the order is not over in our books."""

from __future__ import annotations

import msgspec
import pytest

from tests.unit.execution.test_inquiry import T0, Case, timer, ts
from tradewind.domain import events as ev
from tradewind.domain.checkpoint import OrdersState
from tradewind.domain.commands import CancelTimer, QueryOrder
from tradewind.domain.ids import ClientOrderId
from tradewind.domain.money import exact
from tradewind.domain.order import Side
from tradewind.domain.step import RefusalCode
from tradewind.execution.lifecycle import OrderState
from tradewind.execution.orders import Orders
from tradewind.testing import BTC, accepted, filled

ENDS = [(ev.OrderCancelled, OrderState.CANCELLED), (ev.OrderExpired, OrderState.EXPIRED)]


def over(
    order: str, executed: float | str | None = None, at: float = 1, kind: type = ev.OrderCancelled
) -> ev.OrderEvent:
    told = None if executed is None else exact(executed)
    return kind(ClientOrderId(order), "over", ts(at), ts(at), told)


@pytest.mark.parametrize(("kind", "state"), ENDS)
def test_what_it_counts_and_nobody_told_is_pending_until_it_is_told(kind: type, state: OrderState) -> None:
    case = Case()
    case.tell(accepted(case.id, ts=T0))
    assert timer(case.id, 2) in case.tell(over(case.id, "0.5", kind=kind))
    orders = case.made.orders
    assert (case.order.state, case.order.is_closed) == (OrderState.UNKNOWN, False)
    assert orders.pending(BTC, Side.BUY) == exact("0.5")  # of the two that were ordered, no more can have been executed

    assert QueryOrder(case.id, BTC) in case.fire(2)
    case.tell(filled(case.id, "0.2", 99, trade_id="a", ts=ts(3)))
    assert (case.order.is_closed, orders.pending(BTC, Side.BUY)) == (False, exact("0.3"))
    assert case.id in orders.doubts
    effects = case.tell(filled(case.id, "0.3", 99, trade_id="b", ts=ts(3)))
    assert case.order.state is state
    assert not orders.pending(BTC, Side.BUY)
    assert not orders.doubts
    assert any(isinstance(effect, CancelTimer) for effect in effects)
    assert case.made.portfolio.position(BTC).quantity == exact("0.5")


def test_until_then_new_risk_is_refused() -> None:
    case = Case()
    case.tell(accepted(case.id, ts=T0))
    case.tell(over(case.id, "0.5"))
    step = case.wish(lambda ctx: ctx.buy(1, limit=99), at=1.5)
    assert [refusal.code for refusal in step.refusals] == [RefusalCode.OUTCOME_UNKNOWN]


@pytest.mark.parametrize("executed", [None, 0, "0.5"])
def test_one_that_counts_no_more_than_is_booked_is_an_end_at_once(executed: float | str | None) -> None:
    case = Case()
    case.tell(accepted(case.id, ts=T0))
    case.tell(filled(case.id, "0.5", 99, trade_id="a", ts=ts(0.5)))
    assert case.tell(over(case.id, executed)) == ()
    assert (case.order.state, case.made.orders.doubts) == (OrderState.CANCELLED, {})


def test_a_word_that_counts_nothing_takes_nothing_back() -> None:
    case = Case()
    case.tell(over(case.id, "0.5"))
    case.tell(over(case.id, None, at=1.2))
    assert not case.order.is_closed
    case.tell(ev.OrderNotFound(case.id, ts(40), ts(40)))  # it was there: it has traded
    assert not case.order.is_closed


def test_a_word_that_counts_less_is_believed() -> None:
    case = Case()
    case.tell(over(case.id, "0.5"))
    case.tell(over(case.id, 0, at=1.2))
    assert case.order.state is OrderState.CANCELLED


def test_nobody_takes_back_or_amends_what_is_over_at_the_venue() -> None:
    case = Case()
    case.tell(accepted(case.id, ts=T0))
    case.wish(lambda ctx: ctx.cancel(case.id), at=0.5)
    case.tell(over(case.id, "0.5"))
    for at in (2, 4, 40, 80):
        case.fire(at)
        effects = case.found(at)
        assert not any(getattr(effect, "order", None) == case.id for effect in effects), effects
    assert case.id in case.made.orders.doubts


def test_after_a_restart_it_is_still_waited_for() -> None:
    case = Case()
    case.tell(accepted(case.id, ts=T0))
    case.tell(over(case.id, "0.5", kind=ev.OrderExpired))
    again = Orders()
    again.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(case.made.orders.state()), type=OrdersState))
    assert again.pending(BTC, Side.BUY) == exact("0.5")
    assert again.has_unknown(BTC)
    again.apply(filled(case.id, "0.5", 99, trade_id="a", ts=ts(3)))
    assert (again.by_id[case.id].state, again.has_unknown(BTC)) == (OrderState.EXPIRED, False)
