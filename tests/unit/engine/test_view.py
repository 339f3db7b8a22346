from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tradewind.domain.account import AccountKind
from tradewind.domain.events import OutcomeUnknown
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, Side
from tradewind.testing import BTC, bar, engine, filled, instrument, order_spec, script

D = Decimal
USDT = Asset("USDT")


def session(kind: InstrumentKind = InstrumentKind.SPOT, *, price: float | None = 100.0, **facts: Any) -> Any:
    made = engine(script(), instruments=[instrument(kind=kind, **facts)], account=AccountKind.MARGIN)
    if price is not None:
        made.process(bar(price))
    return made


def hold(made: Any, side: Side, quantity: Any) -> None:
    made.orders.submit(order_spec(side, quantity, id=f"held-{side}"))
    made.process(filled(f"held-{side}", quantity, 100, ts=made.view.now))


@pytest.mark.parametrize(
    ("terms", "reserved"),
    [
        ({}, "200.2"), ({"type": OrderType.LIMIT, "price": 90}, "180.18"),
        ({"type": OrderType.STOP, "trigger": 110}, "220.22"),
        ({"side": Side.SELL}, "0"), ({"reduce_only": True}, "0"), ({"parent": "x"}, "0"),
    ],
)  # fmt: skip
def test_free_cash_is_what_no_order_has_reserved(terms: dict, reserved: str) -> None:
    made = session()
    made.orders.submit(order_spec(**{"quantity": 2, **terms}))
    assert made.view.free_cash(USDT) == 100_000 - D(reserved)
    assert made.view.cash(USDT) == 100_000
    assert made.view.free_cash(Asset("EUR")) == 0


def test_contracts_reserve_margin_and_no_cash() -> None:
    made = session(InstrumentKind.PERPETUAL, margin_initial="0.1")
    made.orders.submit(order_spec(quantity=2))
    assert made.view.free_cash(USDT) == 100_000
    assert made.view.gross_exposure() == 200
    assert made.view.free_margin() == 100_000 - 20


@pytest.mark.parametrize(
    ("held", "orders", "gross"),
    [
        (0, [], 0), (2, [], 200), (-2, [], 200), (2, [(Side.BUY, 1)], 300), (2, [(Side.SELL, 1)], 200),
        (2, [(Side.SELL, 5)], 300), (0, [(Side.BUY, 1), (Side.SELL, 3)], 300), (-2, [(Side.BUY, 3)], 200),
    ],
)  # fmt: skip
def test_exposure_counts_what_is_on_its_way_on_the_worse_side(held: int, orders: list, gross: int) -> None:
    made = session(InstrumentKind.PERPETUAL)
    if held:
        hold(made, Side.BUY if held > 0 else Side.SELL, abs(held))
    for number, (side, quantity) in enumerate(orders):
        made.orders.submit(order_spec(side, quantity, id=str(number)))
    assert made.view.gross_exposure() == gross


def test_without_a_price_values_are_unknown() -> None:
    made = session(InstrumentKind.PERPETUAL, price=None)
    assert made.view.gross_exposure() == 0
    made.orders.submit(order_spec())
    assert (made.view.gross_exposure(), made.view.free_margin()) == (None, None)


def test_orders_can_be_asked_for() -> None:
    made = session()
    made.orders.submit(order_spec(id="a"))
    assert [order.spec.id for order in made.view.open_orders()] == ["a"]
    assert made.view.order(ClientOrderId("a")) is made.orders.by_id["a"]
    assert made.view.order(ClientOrderId("b")) is None
    assert not made.view.has_unknown(BTC)
    made.process(OutcomeUnknown(ClientOrderId("a"), "", made.view.now))
    assert made.view.has_unknown(BTC)


def test_an_instrument_that_is_not_ours_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        session().view.instrument(InstrumentId("x:Y"))
    assert session().view.last_price(InstrumentId("x:Y")) is None


def test_an_order_without_any_price_reserves_no_made_up_amount() -> None:
    made = session(price=None)
    made.orders.submit(order_spec(id="a"))
    with pytest.raises(AssertionError, match="a was let through without a price"):
        made.view.free_cash(USDT)
