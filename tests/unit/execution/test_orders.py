from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, SubmitOrder
from tradewind.domain.fill import Fill
from tradewind.domain.ids import ClientOrderId, InstrumentId
from tradewind.domain.order import OrderType, Side
from tradewind.domain.signal import AmendIntent, CancelIntent
from tradewind.domain.step import OrderIgnored
from tradewind.execution import orders as module
from tradewind.execution.lifecycle import OrderState
from tradewind.execution.order_ids import OrderIds
from tradewind.execution.orders import Orders
from tradewind.testing import BTC, STRATEGY, accepted, cancelled, filled, order_spec, rejected

D = Decimal
ID = ClientOrderId("t-1")
UNKNOWN = ev.OutcomeUnknown(ID, "timeout", 0)


def sent(*events: ev.OrderEvent, **terms: Any) -> Orders:
    orders = Orders()
    orders.submit(order_spec(**{"quantity": 2, **terms}))
    for event in events:
        orders.apply(event)
    return orders


def asked_late(orders: Orders, order: ClientOrderId = ID) -> None:
    """Ask about an order when nothing can be under way any more, and hear that it is not there."""
    orders.ask(order, 10**15)
    orders.apply(ev.OrderNotFound(order, 10**15, 10**15))


def test_ids_are_counted() -> None:
    ids = OrderIds("tw7")
    assert [ids.next(), ids.next()] == ["tw7-000001", "tw7-000002"]
    assert ids.count == 2


def test_an_id_is_used_once() -> None:
    with pytest.raises(AssertionError, match="used twice"):
        sent().submit(order_spec())


def test_an_order_is_in_flight_before_it_leaves() -> None:
    orders = Orders()
    spec, child = order_spec(quantity=2), order_spec(Side.SELL, id="t-2", parent="t-1")
    assert orders.submit(spec, (child,)) == SubmitOrder(spec, (child,))
    assert [(o.spec.id, o.state) for o in orders.open()] == [("t-1", OrderState.IN_FLIGHT), ("t-2", OrderState.ASLEEP)]
    assert orders.pending(BTC, Side.BUY) == 2
    assert orders.pending(BTC, Side.SELL) == 0


def test_fills_add_up_to_an_end() -> None:
    orders = sent(accepted())
    first = orders.apply(filled(quantity="0.5", price=100, trade_id="a", fee="0.1"))
    assert isinstance(first, Fill)
    assert (first.trade_id, first.order, first.strategy, first.side) == ("a", "t-1", STRATEGY, Side.BUY)
    order = orders.by_id[ID]
    assert (order.state, str(order.open_quantity), order.venue_order) == (OrderState.OPEN, "1.5", "v-t-1")
    orders.apply(filled(quantity="1.5", price=104, trade_id="b"))
    assert (order.state, order.is_closed) == (OrderState.FILLED, True)
    assert order.average_price == 103
    assert orders.open() == []


def test_before_a_fill_there_is_no_average() -> None:
    assert sent().by_id[ID].average_price == 0


def test_a_fill_is_booked_once_however_often_it_comes() -> None:
    orders = sent(filled(trade_id="a"))
    again = orders.apply(filled(trade_id="a"))
    assert again == OrderIgnored(ID, "fill a was booked before")
    assert orders.by_id[ID].filled == 1


def test_a_fill_of_nothing_is_none() -> None:
    orders = sent()
    assert isinstance(orders.apply(filled(quantity=0)), OrderIgnored)
    assert orders.by_id[ID].state is OrderState.IN_FLIGHT


@pytest.mark.parametrize("end", [cancelled(), ev.OrderExpired(ID, "day", 0, 0)])
def test_a_late_fill_is_booked_and_the_order_stays_ended(end: ev.OrderEvent) -> None:
    orders = sent(accepted(), end)
    state = orders.by_id[ID].state
    assert isinstance(orders.apply(filled(quantity=1)), Fill)
    assert (orders.by_id[ID].state, orders.by_id[ID].is_closed) == (state, True)
    orders.apply(filled(quantity=1, trade_id="b"))
    assert orders.by_id[ID].state is OrderState.FILLED


def test_more_than_was_asked_for_is_booked_too() -> None:
    orders = sent()
    assert isinstance(orders.apply(filled(quantity=3)), Fill)
    assert orders.by_id[ID].open_quantity == 0
    assert isinstance(orders.apply(filled(quantity=1, trade_id="b")), Fill)
    assert orders.by_id[ID].filled == 4


def test_a_rejected_order_that_trades_lives_after_all() -> None:
    orders = sent(rejected())
    assert orders.open() == []
    orders.apply(filled(quantity=1))
    assert [o.state for o in orders.open()] == [OrderState.OPEN]
    orders.apply(filled(quantity=1, trade_id="b"))
    assert orders.open() == []


def test_the_unknown_counts_as_pending_until_the_venue_has_spoken() -> None:
    orders = sent(UNKNOWN)
    assert orders.has_unknown(BTC)
    assert not orders.has_unknown(InstrumentId("x:Y"))
    assert orders.pending(BTC, Side.BUY) == 2
    asked_late(orders)
    assert not orders.has_unknown(BTC)
    assert orders.pending(BTC, Side.BUY) == 0


def test_exits_end_with_an_order_that_the_venue_never_had() -> None:
    orders = Orders()
    exits = (order_spec(Side.SELL, id="t-2", parent="t-1"), order_spec(Side.SELL, id="t-3", parent="t-1"))
    orders.submit(order_spec(), exits)
    orders.apply(UNKNOWN)
    asked_late(orders)
    assert orders.open() == []
    assert orders.apply(cancelled("t-2")) is None


def test_exits_of_another_order_live_on() -> None:
    orders = Orders()
    orders.submit(order_spec(), (order_spec(Side.SELL, id="t-2", parent="t-1"),))
    orders.submit(order_spec(id="t-3"))
    orders.apply(rejected("t-3"))
    assert [o.spec.id for o in orders.open()] == ["t-1", "t-2"]


def test_a_word_about_a_stranger_is_ignored() -> None:
    assert sent().apply(filled("t-9")) == OrderIgnored(ClientOrderId("t-9"), "not an order of this session")


def test_cancel_and_amend_ask_and_change_nothing_yet() -> None:
    orders = sent(accepted(), type=OrderType.LIMIT, price=100)
    amend = orders.amend(AmendIntent(STRATEGY, ID, D(3), D(101)))
    assert amend == AmendOrder(ID, BTC, D(3), D(101), number=1)
    assert orders.by_id[ID].spec.quantity == 2
    assert orders.cancel(CancelIntent(STRATEGY, ID)) == CancelOrder(ID, BTC)
    assert orders.by_id[ID].state is OrderState.CANCELLING
    orders.apply(ev.CancelRejected(ID, "too late", 0, 0))
    assert orders.by_id[ID].state is OrderState.OPEN


@pytest.mark.parametrize("events", [(), (UNKNOWN,), (accepted(),)])
def test_an_order_may_be_amended_in_flight(events: tuple) -> None:
    orders = sent(*events, type=OrderType.LIMIT, price=100)
    state = orders.by_id[ID].state
    orders.amend(AmendIntent(STRATEGY, ID, D(3)))
    orders.apply(ev.AmendRejected(ID, "not yet", 0, 0))
    assert orders.by_id[ID].state is state


def test_an_amendment_takes_hold_when_the_venue_says_so() -> None:
    orders = sent(accepted(), filled(quantity=1), type=OrderType.LIMIT, price=100)
    orders.apply(ev.OrderAmended(ID, D(3), D(99), None, 0, 0))
    assert orders.by_id[ID].open_quantity == 2
    assert orders.by_id[ID].spec.price == 99
    orders.apply(ev.OrderAmended(ID, D(1), D(99), None, 0, 0))
    assert orders.by_id[ID].state is OrderState.FILLED


def test_what_an_amendment_asks_for_is_in_flight_until_it_is_answered() -> None:
    orders = sent(accepted(), type=OrderType.LIMIT, price=100)
    order = orders.by_id[ID]
    for quantity in (D(5), D(3), None):
        orders.amend(AmendIntent(STRATEGY, ID, quantity))
    assert order.open_quantity == orders.pending(BTC, Side.BUY) == 5
    orders.apply(ev.AmendRejected(ID, "no", 0, 0))
    assert order.open_quantity == 3
    orders.apply(ev.OutcomeUnknown(ID, "timeout", 0))
    assert order.open_quantity == 3, "nobody knows whether the venue took it"
    orders.apply(ev.OrderAmended(ID, D(3), D(100), None, 0, 0))
    orders.amend(AmendIntent(STRATEGY, ID, D(1)))
    assert order.open_quantity == 3, "it may still execute in full"
    orders.apply(cancelled())
    assert order.open_quantity == 0


def test_an_order_that_may_have_been_amended_to_more_is_not_over_when_what_it_was_is_filled() -> None:
    """Seed 65 of the simulated worlds: the word of the amendment was lost, and the venue went on with the rest."""
    orders = sent(accepted(), type=OrderType.LIMIT, price=100)
    order = orders.by_id[ID]
    orders.amend(AmendIntent(STRATEGY, ID, D(4)))
    orders.apply(filled(quantity=3))
    assert (order.state, order.open_quantity) == (OrderState.OPEN, D(1))
    orders.apply(ev.OrderAmended(ID, D(4), D(100), None, 0, 0))
    orders.apply(filled(quantity=1, trade_id="b"))
    assert order.state is OrderState.FILLED


@pytest.mark.parametrize("asks", [False, True], ids=["refused", "found"])
def test_an_order_is_over_when_the_amendment_to_more_came_to_nothing(asks: bool) -> None:
    orders = sent(accepted(), type=OrderType.LIMIT, price=100)
    amended = orders.amend(AmendIntent(STRATEGY, ID, D(4)))
    orders.apply(filled(quantity=2))
    if asks:
        orders.apply(UNKNOWN)
        orders.ask(ID, 10**15)
        orders.apply(ev.OrderFound(ID, 10**15, 10**15))
    else:
        orders.apply(ev.AmendRejected(ID, "too late", 0, 0, amended.number))
    assert orders.by_id[ID].state is OrderState.FILLED
    assert not orders.doubts


def test_a_late_amendment_does_not_wake_or_fill_the_dead() -> None:
    orders = sent(accepted(), filled(quantity=1), cancelled(), type=OrderType.LIMIT, price=100)
    orders.apply(ev.OrderAmended(ID, D(1), D(99), None, 0, 0))
    assert orders.by_id[ID].state is OrderState.CANCELLED
    assert orders.by_id[ID].spec.quantity == 2


def test_open_orders_by_instrument_and_strategy() -> None:
    orders = Orders()
    orders.submit(order_spec(id="a"))
    orders.submit(order_spec(id="b", strategy="other"))
    orders.submit(order_spec(id="c", instrument="x:Y"))
    assert [o.spec.id for o in orders.open()] == ["a", "b", "c"]
    assert [o.spec.id for o in orders.open(BTC)] == ["a", "b"]
    assert [o.spec.id for o in orders.open(BTC, STRATEGY)] == ["a"]
    assert [o.spec.id for o in orders.open(strategy=STRATEGY)] == ["a", "c"]
    assert orders.open(InstrumentId("no:NE")) == []
    assert orders.pending(BTC, Side.BUY, STRATEGY) == 1


def test_open_orders_come_oldest_first_whatever_their_instrument() -> None:
    orders = Orders()
    for name, instrument in (("a", BTC), ("b", "x:Y"), ("c", BTC), ("d", "x:Y")):
        orders.submit(order_spec(id=name, instrument=instrument))
    assert [o.spec.id for o in orders.open()] == ["a", "b", "c", "d"]
    orders.apply(rejected("a"))
    orders.apply(accepted("a"))
    assert [o.spec.id for o in orders.open()] == ["a", "b", "c", "d"]
    assert [o.spec.id for o in orders.open(BTC)] == ["a", "c"]


def test_the_ended_are_forgotten_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSED_KEPT_MAX", 2)
    orders = Orders()
    orders.submit(order_spec(id="back"))
    for event in (rejected("back"), accepted("back"), cancelled("back")):
        orders.apply(event)
    for name in "abcd":
        orders.submit(order_spec(id=name))
        orders.apply(cancelled(name))
    assert list(orders.by_id) == ["c", "d"]
    assert isinstance(orders.apply(filled("a")), OrderIgnored)


def test_one_that_lives_again_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSED_KEPT_MAX", 1)
    orders = Orders()
    orders.submit(order_spec(id="back"))
    orders.apply(rejected("back"))
    orders.apply(accepted("back"))
    for name in "ab":
        orders.submit(order_spec(id=name))
        orders.apply(cancelled(name))
    assert list(orders.by_id) == ["back", "b"]
