"""An order that the venue had and knows of no more: it ends by the account, and by nothing less."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.execution.test_reconcile import SECOND, Books
from tradewind.domain import events as ev
from tradewind.domain.ids import ClientOrderId
from tradewind.domain.money import exact
from tradewind.domain.order import Side
from tradewind.testing import BTC, filled


def forgotten(books: Books, *, asked_at: int = 100) -> None:
    """Ask about an order that the venue had, when nothing of it can be under way, and hear that it knows of none."""
    name = ClientOrderId("t-1")
    books.orders.apply(ev.OutcomeUnknown(name, "no answer", 0))
    books.orders.ask(name, asked_at * SECOND)
    books.orders.apply(ev.OrderNotFound(name, asked_at * SECOND, asked_at * SECOND))


def test_an_order_that_the_venue_had_and_has_forgotten_ends_when_the_account_has_told_its_executions() -> None:
    books = Books()
    books.rest()
    forgotten(books)
    done = filled("t-1", quantity=1)
    (missed,) = books.look(200, orders=(), fills=(done,)).corrections
    assert isinstance(missed, ev.OrderFilled), "what it has executed is booked before"
    books.orders.apply(missed)
    assert not books.orders.doubts, "it lived later than we knew, so all is asked anew"
    forgotten(books, asked_at=300)
    assert not books.look(400, orders=(), fills=(done,)).corrections
    (over,) = books.look(405, orders=(), fills=(done,)).corrections
    why, at = "the venue knows of it no more", 405 * SECOND
    assert over == ev.OrderCancelled(ClientOrderId("t-1"), why, at, at, exact(1))
    books.orders.apply(over)
    order = books.orders.by_id[ClientOrderId("t-1")]
    assert (order.state.value, order.filled) == ("cancelled", Decimal(1))
    assert not books.orders.doubts


@pytest.mark.parametrize(
    "theirs", [{"orders": None}, {"orders": (), "fills": None}, {}], ids=["orders unread", "fills unread", "listed"]
)
def test_an_order_that_a_look_up_did_not_find_lives_while_the_account_does_not_prove_its_end(
    theirs: dict[str, Any],
) -> None:
    books = Books()
    books.rest()
    forgotten(books)
    for at in (200, 205, 300):
        assert not books.look(at, **theirs).corrections
    assert books.orders.pending(BTC, Side.BUY) == 2


def test_an_early_answer_that_it_is_not_there_ends_nothing() -> None:
    books = Books()
    books.rest()
    forgotten(books, asked_at=5)
    for at in (6, 11, 300):
        assert not books.look(at, orders=()).corrections
