"""What may be sent when: no window is overdrawn, entries leave a reserve to exits, silence is kept."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.time import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tradewind.venues.binance.costs import calls_of, weight_of
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.weights import ORDERS, SPOT_LIMITS, USDM_LIMITS, WEIGHT, Budget, Limit, header_counts

T0 = 1_719_360_000 * NS_PER_SECOND
SMALL = (Limit(WEIGHT, NS_PER_MINUTE, 100), Limit(ORDERS, 10 * NS_PER_SECOND, 10))


def spend(budget: Budget, now: int, weight: int, orders: int = 0, *, protective: bool = False) -> bool:
    wait = budget.wait_ns(now, weight, orders, protective=protective)
    assert budget.take(now, weight, orders, protective=protective) == wait
    return wait == 0


def test_lesson_118_entries_stop_at_nine_tenths_and_exits_at_all() -> None:
    budget = Budget(SMALL)
    assert [spend(budget, T0, 1, 1) for _ in range(10)] == [True] * 9 + [False]
    assert spend(budget, T0, 1, 1, protective=True)
    assert not spend(budget, T0, 1, 1, protective=True)


def test_a_request_waits_until_its_window_begins_anew() -> None:
    budget = Budget(SMALL)
    assert spend(budget, T0 + NS_PER_SECOND, 90)
    assert budget.wait_ns(T0 + NS_PER_SECOND, 1) == NS_PER_MINUTE - NS_PER_SECOND
    assert spend(budget, T0 + NS_PER_MINUTE, 1)


def test_the_venues_count_is_the_truth_where_it_is_higher_and_for_orders_always() -> None:
    budget = Budget(SMALL)
    budget.used(T0, WEIGHT, NS_PER_MINUTE, 95)
    assert budget.wait_ns(T0, 1) > 0
    budget.used(T0, WEIGHT, NS_PER_MINUTE, 3)
    assert budget.wait_ns(T0, 1) > 0, "what we sent may not have been counted yet"
    for _ in range(9):
        assert spend(budget, T0, 0, 1)
    assert budget.wait_ns(T0, 0, 1) > 0
    budget.used(T0, ORDERS, 10 * NS_PER_SECOND, 2)
    assert budget.wait_ns(T0, 0, 1) == 0, "fills give orders back"
    budget.used(T0, ORDERS, NS_PER_DAY, 5)  # a window that nobody told us of


def test_after_a_429_nothing_leaves_not_even_an_exit() -> None:
    budget = Budget(SMALL)
    budget.be_silent(T0 + 30 * NS_PER_SECOND, T0)
    budget.be_silent(T0 + 5 * NS_PER_SECOND, T0)
    assert budget.wait_ns(T0, 1, protective=True) == 30 * NS_PER_SECOND
    assert budget.wait_ns(T0 + 30 * NS_PER_SECOND, 1) == 0
    assert budget.silent_until == T0 + 30 * NS_PER_SECOND


def test_the_venues_own_limits_take_the_place_of_ours() -> None:
    budget = Budget(SMALL)
    assert spend(budget, T0, 80)
    budget.learn([Limit(WEIGHT, NS_PER_MINUTE, 200)])
    assert spend(budget, T0, 90)
    assert not spend(budget, T0, 20)


def test_a_clock_that_steps_back_gives_nothing_back() -> None:
    budget = Budget(SMALL)
    assert spend(budget, T0, 90)
    assert not spend(budget, T0 - NS_PER_MINUTE, 5)


@given(
    st.lists(
        st.tuples(st.integers(0, 20 * NS_PER_SECOND), st.integers(0, 40), st.integers(0, 3), st.booleans()),
        max_size=60,
    )
)
def test_no_window_is_ever_overdrawn(asked: list[tuple[int, int, int, bool]]) -> None:
    budget, now = Budget(SMALL), T0
    sent: list[tuple[int, int, int, bool]] = []
    for pause, weight, orders, protective in asked:
        now += pause
        wait = budget.wait_ns(now, weight, orders, protective=protective)
        if weight > 90 or orders > 9:
            continue
        if wait:
            later = copy.deepcopy(budget)
            assert later.wait_ns(now + wait, weight, orders, protective=protective) == 0, "the wait is enough"
            continue
        assert budget.take(now, weight, orders, protective=protective) == 0
        sent.append((now, weight, orders, protective))
    for limit, place in zip(SMALL, (1, 2), strict=True):
        windows: dict[int, int] = {}
        for event in sent:
            windows[event[0] // limit.length_ns] = windows.get(event[0] // limit.length_ns, 0) + event[place]
        assert all(used <= limit.most for used in windows.values())


def test_headers_tell_what_was_spent() -> None:
    headers = {
        "x-mbx-used-weight": "7", "x-mbx-used-weight-1m": "70", "x-mbx-order-count-10s": "3",
        "x-mbx-order-count-1d": "12", "content-type": "application/json", "x-mbx-used-weight-1x": "1",
    }  # fmt: skip
    assert header_counts(headers) == [
        (WEIGHT, NS_PER_MINUTE, 70),
        (ORDERS, 10 * NS_PER_SECOND, 3),
        (ORDERS, NS_PER_DAY, 12),
    ]


@pytest.mark.parametrize(
    ("product", "call", "params", "weight"),
    [
        (Product.SPOT, "GET depth", {"symbol": "X"}, 5),
        (Product.SPOT, "GET depth", {"symbol": "X", "limit": 500}, 25),
        (Product.SPOT, "GET depth", {"symbol": "X", "limit": "5000"}, 250),
        (Product.SPOT, "GET openOrders", {}, 80),
        (Product.SPOT, "GET openOrders", {"symbol": "X"}, 6),
        (Product.SPOT, "GET myTrades", {"symbol": "X"}, 20),
        (Product.SPOT, "GET myTrades", {"symbol": "X", "orderId": 1}, 5),
        (Product.SPOT, "GET klines", {"symbol": "X", "limit": 1000}, 2),
        (Product.SPOT, "GET exchangeInfo", {"symbols": "[]"}, 20),
        (Product.USDM, "GET klines", {"symbol": "X"}, 5),
        (Product.USDM, "GET klines", {"symbol": "X", "limit": 99}, 1),
        (Product.USDM, "GET klines", {"symbol": "X", "limit": 1500}, 10),
        (Product.USDM, "GET depth", {"symbol": "X", "limit": 1000}, 20),
        (Product.USDM, "GET openAlgoOrders", {}, 40),
    ],
)
def test_what_a_call_costs(product: Product, call: str, params: dict[str, object], weight: int) -> None:
    assert weight_of(product, call, params) == weight


def test_a_call_that_nobody_knows_has_no_price() -> None:
    with pytest.raises(KeyError):
        weight_of(Product.SPOT, "GET everything", {})
    for product, limits in ((Product.SPOT, SPOT_LIMITS), (Product.USDM, USDM_LIMITS)):
        most = next(limit.most for limit in limits if limit.kind == WEIGHT)
        assert all(weight_of(product, call, {"symbol": "X"}) <= most // 10 for call in calls_of(product))
