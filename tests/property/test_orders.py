from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain import events as ev
from tradewind.domain.errors import UnlistedTransition
from tradewind.domain.fill import Fill
from tradewind.domain.ids import ClientOrderId
from tradewind.domain.order import OrderType, Side
from tradewind.domain.signal import AmendIntent, CancelIntent
from tradewind.execution.lifecycle import TERMINAL
from tradewind.execution.orders import Orders
from tradewind.testing import BTC, STRATEGY, accepted, cancelled, filled, order_spec, rejected

D = Decimal
IDS = ("a", "b", "a-stop")


@st.composite
def words(draw: st.DrawFn) -> Any:
    """Draw anything that a venue or we may say about one of a few orders."""
    name = draw(st.sampled_from(IDS))
    order = ClientOrderId(name)
    quantity = draw(st.decimals("0.1", "3", places=1))
    trade = draw(st.sampled_from(["x", "y", "z"]))
    return draw(
        st.sampled_from([
            accepted(name), cancelled(name), rejected(name), filled(name, quantity, trade_id=trade),
            filled(name, quantity, trade_id=trade), ev.OrderExpired(order, "", 0, 0), ev.OrderTriggered(order, 0, 0),
            ev.OrderAmended(order, quantity, D(99), None, 0, 0), ev.OutcomeUnknown(order, "", 0),
            ev.OrderNotFound(order, 0, 0), ev.CancelRejected(order, "", 0, 0), ev.AmendRejected(order, "", 0, 0),
            CancelIntent(STRATEGY, order), AmendIntent(STRATEGY, order, quantity),
        ])
    )  # fmt: skip


def say(orders: Orders, word: Any) -> Any:
    if isinstance(word, CancelIntent):
        return None if orders.by_id[word.order].is_closed else orders.cancel(word)
    if isinstance(word, AmendIntent):
        return None if orders.by_id[word.order].is_closed else orders.amend(word)
    return orders.apply(word)


def sent() -> Orders:
    orders = Orders()
    stop = order_spec(Side.SELL, 2, id="a-stop", parent="a", reduce_only=True, type=OrderType.STOP, trigger=90)
    orders.submit(order_spec(quantity=2, id="a", type=OrderType.LIMIT, price=99), (stop,))
    orders.submit(order_spec(Side.SELL, 1, id="b", type=OrderType.LIMIT, price=101))
    return orders


@given(st.lists(words(), max_size=30))
def test_no_sequence_of_words_ends_a_session_or_loses_a_fill(said: list[Any]) -> None:
    orders, booked = sent(), dict.fromkeys(IDS, D(0))
    for word in said:
        outcome = say(orders, word)
        if isinstance(outcome, Fill):
            booked[outcome.order] += outcome.quantity
    for name in IDS:
        order = orders.by_id[ClientOrderId(name)]
        assert order.filled == booked[name]
        assert order.is_closed is (order.state in TERMINAL)
        assert (order in orders.open()) is not order.is_closed
        assert order.open_quantity >= 0


@given(st.lists(words(), max_size=30))
def test_every_word_said_twice_books_no_more(said: list[Any]) -> None:
    once, twice = sent(), sent()
    for word in said:
        say(once, word)
    fills = [word for word in said if isinstance(word, ev.OrderFilled)]
    for word in said:
        say(twice, word)
        if isinstance(word, ev.OrderFilled):
            assert not isinstance(say(twice, word), Fill)
    for name in IDS:
        keys = {(f.order, f.trade_id) for f in fills if f.order == name}
        assert len(twice.by_id[ClientOrderId(name)].trade_ids) == len(keys)
        assert once.by_id[ClientOrderId(name)].filled == twice.by_id[ClientOrderId(name)].filled


@given(st.lists(words(), max_size=30))
def test_pending_is_what_living_entries_may_still_execute(said: list[Any]) -> None:
    orders = sent()
    for word in said:
        say(orders, word)
    for side in Side:
        left = [
            max([o.spec.quantity, *(asked.quantity for asked in o.amending if asked.quantity is not None)]) - o.filled
            for o in orders.by_id.values()
            if o.spec.side is side and not o.is_closed and not o.spec.is_resting_exit
        ]
        assert orders.pending(BTC, side) == sum(max(q, D(0)) for q in left)


@given(st.sampled_from(IDS))
def test_what_raises_changes_nothing(name: str) -> None:
    orders = sent()
    order = orders.by_id[ClientOrderId(name)]
    orders.apply(cancelled(name))
    before = order.state, order.filled, order.spec
    for ask in (
        lambda: orders.cancel(CancelIntent(STRATEGY, order.spec.id)),
        lambda: orders.amend(AmendIntent(STRATEGY, order.spec.id)),
    ):
        try:
            ask()
        except UnlistedTransition:
            assert (order.state, order.filled, order.spec) == before
        else:
            raise AssertionError("it should have raised")
