"""The venue tells its account but not its executions: what they may explain is told, and not put right before."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.unit.execution.test_reconcile import SECOND, USDT, Books, D, kinds
from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenueOrder
from tradewind.domain.ids import ClientOrderId, VenueOrderId
from tradewind.domain.order import OrderType, Side
from tradewind.domain.reconciliation import Kind, Mode, Severity, Strangers
from tradewind.execution.comparison import Decided, Ours, Outcome, Suspect
from tradewind.execution.reconcile import reconcile
from tradewind.testing import BTC, accepted, cancelled, filled, order_spec

SOLD: dict[str, Any] = {"held": D("-0.07"), "cash": D(1_007)}
"""The venue's account after a sale of 0.07 that nobody told us of."""


def sold_unheard(**settings: Any) -> Books:
    """Make books in which an order has ended with nothing executed, as the word of its execution was lost."""
    books = Books(mode=Mode.AUTO_ADJUST, **settings)
    books.orders.submit(order_spec(Side.SELL, "0.1", id="t-1", type=OrderType.LIMIT, price=99))
    books.orders.apply(accepted("t-1"))
    books.orders.apply(cancelled("t-1"))
    return books


def test_an_execution_that_was_lost_is_booked_when_it_is_read_and_not_set_before() -> None:
    books = sold_unheard()
    for at in (0, 5, 100):
        outcome = books.look(at, fills=None, **SOLD)
        assert not outcome.corrections, "the difference may be an execution that is not told yet"
    assert kinds(outcome) == [(Kind.MISSING_LOCAL, Severity.CRITICAL)], "that there is one is certain all the same"
    done = filled("t-1", quantity="0.07", trade_id="x")
    assert books.look(105, fills=(done,), **SOLD).corrections == (msgspec.structs.replace(done, ts_recv=105 * SECOND),)


def test_a_position_that_no_execution_explains_is_set_as_soon_as_they_have_been_read() -> None:
    books = sold_unheard()
    for at in (0, 5):
        assert not books.look(at, fills=None, **SOLD).corrections
    (event,) = books.look(6, fills=(), **SOLD).corrections
    assert isinstance(event, ev.PositionAdjusted)
    assert [event.was, event.quantity] == [0, D("-0.07")]


def test_a_position_of_somebody_else_is_not_adopted_before_either() -> None:
    books = Books(external=Strangers.ADOPT)
    for at in (0, 5):
        assert not books.look(at, fills=None, held=3).corrections
    (event,) = books.look(6, held=3).corrections
    assert isinstance(event, ev.PositionAdjusted)
    assert event.is_external


def test_an_amount_waits_too_as_two_executions_may_have_left_the_position_as_it_was() -> None:
    books = Books(mode=Mode.AUTO_ADJUST)
    for at in (0, 5):
        outcome = books.look(at, fills=None, cash=900)
        assert not outcome.corrections
    assert kinds(outcome) == [(Kind.CASH, Severity.CRITICAL)]
    (event,) = books.look(6, cash=900).corrections
    assert isinstance(event, ev.BalanceAdjusted)
    assert [event.was, event.total] == [1_000, 900]


@pytest.mark.parametrize("done", [0, 1])
def test_an_order_of_somebody_else_is_adopted_when_what_it_has_executed_is_read(done: int) -> None:
    books = Books(external=Strangers.ADOPT)
    rest = VenueOrder(ClientOrderId("web-1"), VenueOrderId("v"), BTC, Side.BUY, D(3), D(done), D(50))
    theirs: dict[str, Any] = {"orders": (rest,), "positions": None}
    books.look(0, fills=None, **theirs)
    unread = books.look(5, fills=None, **theirs).corrections
    assert [type(each) for each in unread] == ([] if done else [ev.OrderAdopted])
    fills = (filled("web-1", quantity=1, trade_id="x"),) if done else ()
    adopted, *booked = books.look(6, fills=fills, **theirs).corrections
    assert isinstance(adopted, ev.OrderAdopted)
    assert adopted.filled == 0, "what is told is booked by itself"
    assert [each.trade_id for each in booked if isinstance(each, ev.OrderFilled)] == ["x"] * done


def test_what_an_operator_has_approved_waits_as_well() -> None:
    books = Books()

    def look(fills: tuple[ev.OrderFilled, ...] | None) -> Outcome:
        theirs = ev.AccountSnapshot("v", (Balance(USDT, D(900)),), (), 9 * SECOND, 9 * SECOND, (), fills)
        decided = Decided({}, {("cash", USDT): Suspect(0, D(-100))})
        ours = Ours(books.orders, {BTC: books.position}, books.wallet, {BTC: books.facts})
        return reconcile(ours, theirs, books.settings, decided.approved, decided)

    unread = look(None)
    assert not unread.corrections
    assert [each.can_be_cured for each in unread.certain] == [True], "it can be approved"
    (event,) = look(()).corrections
    assert isinstance(event, ev.BalanceAdjusted)
