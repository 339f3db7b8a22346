"""Exits that wait at our side, where the venue has no orders attached to others."""

from __future__ import annotations

from tests.unit.execution.test_reconcile import SECOND, Books
from tradewind.domain.order import Side
from tradewind.testing import accepted, filled, order_spec


def test_a_time_limit_that_sleeps_here_is_no_lost_order() -> None:
    """Where the engine sends exits itself, no venue knows of one whose time has not come."""
    books = Books(held=2)
    entry = order_spec(Side.BUY, 2, id="t-1")
    late = order_spec(Side.SELL, 2, id="t-2", parent="t-1", reduce_only=True, after_ns=60 * SECOND)
    books.orders.submit(entry, (late,))
    books.orders.apply(accepted("t-1"))
    books.orders.apply(filled("t-1", 2))
    assert not books.twice(orders=()).report.has_discrepancies
