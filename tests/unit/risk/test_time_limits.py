"""Exits with a time limit at the gate: always attached, and in nobody's way while they wait."""

from __future__ import annotations

from typing import Any

from tests.unit.risk.gate import BUY, OTHER, SELL, C, contracts, review, session
from tradewind.domain.commands import CancelOrder, SubmitOrder
from tradewind.domain.control import StopRequested
from tradewind.domain.ids import ClientOrderId
from tradewind.domain.order import Purpose
from tradewind.domain.step import Refusal
from tradewind.testing import accepted, filled, intent, order_spec

TIMED: dict[str, Any] = {"time_limit_ns": 10**15, "time_limit_id": ClientOrderId("t-2")}


def held_for_a_time() -> Any:
    """A session that holds 1, with an exit that waits for its time and one that waits for its price."""
    made = session()
    verdict = made.risk.review(intent(BUY, 1, stop_loss="50", stop_loss_id=ClientOrderId("t-3"), **TIMED))
    assert not isinstance(verdict, Refusal), verdict
    made.orders.submit(*verdict)
    now = made.view.now
    for event in (accepted(ts=now), filled(ts=now), accepted("t-2", ts=now), accepted("t-3", ts=now)):
        made.process(event)
    return made


def test_a_market_order_without_other_terms_has_its_time_limit() -> None:
    verdict = session().risk.review(intent(BUY, 1, **TIMED))
    assert not isinstance(verdict, Refusal), verdict
    [timed] = verdict[1]
    assert (timed.id, timed.purpose, timed.after_ns) == ("t-2", Purpose.TIME_LIMIT, 10**15)


def test_a_position_with_a_time_limit_can_be_closed_before() -> None:
    made = held_for_a_time()
    assert review(made, SELL, 1, id="t-4", reduce_only=True) is None
    assert review(made, SELL, "1.1", id="t-5", reduce_only=True) is C.REDUCE_ONLY


def test_a_stop_that_flattens_closes_it() -> None:
    step = held_for_a_time().process(StopRequested(10**15, "all", flatten=True))
    assert not step.refusals
    assert [type(effect) for effect in step.effects] == [CancelOrder, CancelOrder, SubmitOrder]


def test_where_strategies_net_its_exit_is_sent_as_a_plain_order() -> None:
    made = contracts()
    made.orders.submit(order_spec(SELL, 5, id="other", strategy=OTHER))
    made.process(filled("other", 5, ts=made.view.now))
    verdict = made.risk.review(intent(BUY, 1, **TIMED))
    assert not isinstance(verdict, Refusal), verdict
    assert [timed.netted for timed in verdict[1]] == [True]


def test_a_time_limit_lies_after_an_entry() -> None:
    assert review(session(), BUY, 1, **(TIMED | {"time_limit_ns": 0})) is C.INVALID_ORDER
    assert review(session(held=2), SELL, 1, reduce_only=True, **TIMED) is C.INVALID_ORDER
