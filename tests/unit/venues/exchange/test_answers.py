from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.ids import ClientOrderId, InstrumentId
from tradewind.domain.order import OrderSpec, OrderType, Side
from tradewind.venues.exchange.answers import REPEATED, never_sent, no_answer, refused

NAME, EXIT, WHERE = ClientOrderId("tw-1"), ClientOrderId("tw-2"), InstrumentId("sim:X")


def spec(name: ClientOrderId, **facts: Any) -> OrderSpec:
    return OrderSpec(name, "s", WHERE, Side.BUY, Decimal(1), OrderType.MARKET, **facts)  # type: ignore[arg-type]


SUBMIT = SubmitOrder(spec(NAME), (spec(EXIT),))
CASES = [
    (SUBMIT, [ev.OrderRejected, ev.OrderCancelled], [ev.OutcomeUnknown]),
    (CancelOrder(NAME, WHERE), [ev.CancelRejected], [ev.OutcomeUnknown]),
    (AmendOrder(NAME, WHERE, number=3), [ev.AmendRejected], [ev.OutcomeUnknown]),
    (QueryOrder(NAME, WHERE), [ev.LookupFailed], [ev.LookupFailed]),
    (QueryAccount(0), [ev.SnapshotFailed], [ev.SnapshotFailed]),
]


@pytest.mark.parametrize(("request_", "no", "unknown"), CASES, ids=lambda case: type(case).__name__)
def test_what_never_left_is_a_clean_no_and_what_left_is_unknown(
    request_: Any, no: list[type], unknown: list[type]
) -> None:
    assert [type(event) for event in never_sent(request_, "no link", "sim", 7)] == no
    assert [type(event) for event in no_answer(request_, "no answer", "sim", 7)] == unknown
    for event in (*never_sent(request_, "no link", "sim", 7), *no_answer(request_, "no answer", "sim", 7)):
        assert event.ts_recv == 7
        assert getattr(event, "order", NAME) in (NAME, EXIT)


def test_an_amendment_that_was_refused_is_named_by_its_number() -> None:
    [event] = never_sent(AmendOrder(NAME, WHERE, number=3), "no link", "sim", 7)
    assert isinstance(event, ev.AmendRejected)
    assert event.amendment == 3


def test_an_order_that_came_before_lives_at_the_venue_and_is_not_rejected() -> None:
    assert [type(event) for event in refused(SUBMIT, REPEATED, "it came before", "sim", 7)] == [ev.OutcomeUnknown]
    assert type(refused(SUBMIT, "id_taken", "another has it", "sim", 7)[0]) is ev.OrderRejected
