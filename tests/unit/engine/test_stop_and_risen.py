"""What comes back to life after a stop that takes all orders back is taken back too (world 200,567)."""

from __future__ import annotations

import pytest

from tests.unit.execution.test_inquiry import Case, ts
from tradewind.domain import events as ev
from tradewind.domain.commands import CancelOrder
from tradewind.domain.control import StopRequested
from tradewind.testing import BTC, accepted


@pytest.mark.parametrize(("cancel", "is_taken_back"), [("all", True), ("entries", False)])
def test_an_order_that_rises_after_the_stop(*, cancel: str, is_taken_back: bool) -> None:
    case = Case()
    case.tell(ev.OrderRejected(case.id, "no", ts(1), ts(1)))
    case.tell(StopRequested(ts(2), cancel=cancel))
    effects = case.tell(accepted(case.id, ts=ts(3)))
    assert not case.order.is_closed
    assert (CancelOrder(case.id, BTC) in effects) is is_taken_back


def test_before_a_stop_it_lives_on() -> None:
    case = Case()
    case.tell(ev.OrderRejected(case.id, "no", ts(1), ts(1)))
    assert case.tell(accepted(case.id, ts=ts(3))) == ()
    assert not case.order.is_closed
