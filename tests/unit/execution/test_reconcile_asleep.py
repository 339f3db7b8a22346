"""Exits that wait at our side, where the venue has no orders attached to others."""

from __future__ import annotations

import pytest

from tests.unit.execution.test_reconcile import SECOND, Books, kinds
from tradewind.domain.order import Side
from tradewind.domain.reconciliation import Kind, Severity
from tradewind.testing import accepted, filled, order_spec


@pytest.mark.parametrize("here", [True, False])
def test_a_time_limit_that_sleeps_here_is_no_lost_order(here: bool) -> None:
    """Where the engine sends exits itself, no venue knows of one whose time has not come; else it is (world 3,236)."""
    books = Books(held=2, exits_here=here)
    entry = order_spec(Side.BUY, 2, id="t-1")
    late = order_spec(Side.SELL, 2, id="t-2", parent="t-1", reduce_only=True, after_ns=60 * SECOND)
    books.orders.submit(entry, (late,))
    books.orders.apply(accepted("t-1"))
    books.orders.apply(filled("t-1", 2))
    assert kinds(books.twice(orders=())) == ([] if here else [(Kind.ORPHANED_LOCAL, Severity.MODERATE)])
