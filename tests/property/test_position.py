from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.position import Position
from tradewind.testing import BTC

D = Decimal
AMOUNTS = st.decimals("-50", "50", places=5).filter(bool)
PRICES = st.decimals("0.01", "99999", places=2)
FILLS = st.lists(st.tuples(AMOUNTS, PRICES), min_size=1, max_size=40)


@given(FILLS, PRICES)
def test_what_was_realised_and_what_is_open_is_what_the_fills_add_up_to(
    fills: list[tuple[Decimal, Decimal]], mark: Decimal
) -> None:
    position = Position(BTC)
    profits = [position.apply(quantity, price, ts) for ts, (quantity, price) in enumerate(fills)]
    assert position.quantity == sum(quantity for quantity, _ in fills)
    assert position.realized == sum(profits)
    assert position.realized + position.unrealized(mark) == sum(q * (mark - p) for q, p in fills)


@given(FILLS)
def test_quantity_cost_and_time_agree(fills: list[tuple[Decimal, Decimal]]) -> None:
    position = Position(BTC)
    for ts, (quantity, price) in enumerate(fills):
        before = position.quantity
        position.apply(quantity, price, ts)
        assert position.is_flat is (position.opened_at is None) is (position.quantity == 0)
        assert position.cost * position.quantity >= 0
        if before * position.quantity < 0:
            assert abs(position.average_price - price) < D("1e-40")
            assert position.opened_at == ts


@given(FILLS)
def test_the_average_lies_between_the_prices(fills: list[tuple[Decimal, Decimal]]) -> None:
    position, slack = Position(BTC), D("1e-12")
    for ts, (quantity, price) in enumerate(fills):
        position.apply(quantity, price, ts)
    if position.quantity:
        prices = [price for _, price in fills]
        assert min(prices) - slack <= position.average_price <= max(prices) + slack


@given(FILLS, st.integers(1, 7))
def test_closed_in_parts_or_at_once_is_the_same(fills: list[tuple[Decimal, Decimal]], parts: int) -> None:
    whole, sliced = Position(BTC), Position(BTC)
    for position in (whole, sliced):
        for quantity, price in fills:
            position.apply(quantity, price, 0)
    held = whole.quantity
    whole.apply(-held, D(77), 1)
    for _ in range(parts - 1):
        sliced.apply((-held / parts).quantize(D("1e-7")), D(77), 1)
    sliced.apply(-sliced.quantity, D(77), 1)
    assert sliced.realized == whole.realized
