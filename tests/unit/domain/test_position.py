from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tradewind.domain.position import Position
from tradewind.testing import BTC

D = Decimal


def held(*fills: tuple[str, str], lot: str = "0", multiplier: str = "1") -> Position:
    position = Position(BTC, D(multiplier), D(lot))
    for ts, (quantity, price) in enumerate(fills, start=1):
        position.apply(D(quantity), D(price), ts)
    return position


def state(position: Position) -> Any:
    return position.quantity, position.average_price, position.realized


def test_additions_move_the_average() -> None:
    position = held(("1", "100"), ("3", "200"))
    assert state(position) == (4, 175, 0)


def test_a_reduction_realises_and_leaves_the_average() -> None:
    position = held(("4", "175"), ("-1", "200"))
    assert state(position) == (3, 175, 25)


def test_a_short_profits_from_a_fall() -> None:
    position = held(("-2", "100"), ("1", "90"))
    assert state(position) == (-1, 100, 10)
    assert position.unrealized(D(80)) == 20


def test_a_reversal_closes_all_and_opens_the_rest_at_the_price() -> None:
    position = held(("2", "100"), ("-5", "110"))
    assert state(position) == (-3, 110, 20)
    assert position.opened_at == 2


def test_flat_forgets_price_and_time() -> None:
    position = held(("1", "100"), ("-1", "90"))
    assert state(position) == (0, 0, -10)
    assert position.opened_at is None
    assert position.is_flat


def test_apply_returns_what_it_realised() -> None:
    position = held(("2", "100"))
    assert [position.apply(D(q), D(p), 9) for q, p in (("1", "130"), ("-3", "140"))] == [0, 90]


def test_thirds_lose_nothing_when_all_is_closed() -> None:
    position = held(("1", "10"), ("2", "11"), ("-1", "12"), ("-1", "13"), ("-1", "14"))
    assert position.realized == 7
    assert position.cost == 0


def test_contracts_are_multiplied() -> None:
    position = held(("2", "100"), ("-1", "110"), multiplier="10")
    assert position.realized == 100
    assert position.unrealized(D(120)) == 200


@pytest.mark.parametrize(("left", "flat"), [("0.009", True), ("-0.009", True), ("0.01", False)])
def test_what_is_less_than_a_lot_is_flat(left: str, flat: bool) -> None:
    assert held((left, "100"), lot="0.01").is_flat is flat


def test_an_entry_upon_dust_opens_anew() -> None:
    position = held(("1", "100"), ("-0.999", "110"), ("1", "120"), lot="0.01")
    assert position.opened_at == 3
