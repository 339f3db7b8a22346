"""Orders of ours as parameters of Binance's calls; what Binance cannot do is refused in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.commands import AmendOrder
from tradewind.domain.errors import VenueRefused
from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId
from tradewind.domain.order import OrderSpec, OrderType, Side, TimeInForce
from tradewind.domain.time import NS_PER_SECOND
from tradewind.venues.binance.product import Product, Route, kline_stream, our_id, route_of, wire_symbol
from tradewind.venues.binance.requests import amended, draft_of, is_algo, named, new_order

D = Decimal
NOW = 1_719_360_000 * NS_PER_SECOND
ID = ClientOrderId("tw-000001")


def spec(kind: OrderType = OrderType.MARKET, **more: Any) -> OrderSpec:
    facts: dict[str, Any] = {
        "id": ID, "strategy": StrategyId("s"), "instrument": InstrumentId("binance:BTCUSDT"), "side": Side.BUY,
        "type": kind, "quantity": D("0.0100"),
    }  # fmt: skip
    return OrderSpec(**facts | more)


LIMIT = spec(OrderType.LIMIT, price=D("61000.10"))
SPOT_TAIL = {"newClientOrderId": ID, "newOrderRespType": "RESULT"}


@pytest.mark.parametrize(
    ("order", "params"),
    [
        (spec(), {"type": "MARKET", "quantity": "0.01"}),
        (spec(side=Side.SELL), {"side": "SELL", "type": "MARKET", "quantity": "0.01"}),
        (LIMIT, {"type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "61000.1"}),
        (
            spec(OrderType.LIMIT, price=D(61000), tif=TimeInForce.IOC),
            {"type": "LIMIT", "timeInForce": "IOC", "quantity": "0.01", "price": "61000"},
        ),
        (
            spec(OrderType.LIMIT, price=D(61000), tif=TimeInForce.DAY),  # the engine ends it
            {"type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "61000"},
        ),
        (
            spec(OrderType.LIMIT, price=D(61000), post_only=True),
            {"type": "LIMIT_MAKER", "quantity": "0.01", "price": "61000"},
        ),
        (spec(OrderType.STOP, trigger=D("62000.5")), {"type": "STOP_LOSS", "quantity": "0.01", "stopPrice": "62000.5"}),
        (
            spec(OrderType.STOP_LIMIT, trigger=D(62000), price=D(62100), tif=TimeInForce.FOK),
            {
                "type": "STOP_LOSS_LIMIT", "timeInForce": "FOK", "quantity": "0.01", "price": "62100",
                "stopPrice": "62000",
            },
        ),
        (
            spec(OrderType.TRAILING_STOP, trail_fraction=D("0.015")),
            {"type": "STOP_LOSS", "quantity": "0.01", "trailingDelta": 150},
        ),
    ],
)  # fmt: skip
def test_a_spot_order(order: OrderSpec, params: dict[str, Any]) -> None:
    assert new_order(order, "BTCUSDT", Product.SPOT, NOW) == {"symbol": "BTCUSDT", "side": "BUY", **params, **SPOT_TAIL}


USDM_PLAIN = {"newClientOrderId": ID, "newOrderRespType": "RESULT"}
USDM_ALGO = {"algoType": "CONDITIONAL", "clientAlgoId": ID, "newOrderRespType": "RESULT"}


@pytest.mark.parametrize(
    ("order", "params"),
    [
        (spec(), {"type": "MARKET", **USDM_PLAIN}),
        (spec(reduce_only=True), {"type": "MARKET", "reduceOnly": "true", **USDM_PLAIN}),
        (spec(reduce_only=True, netted=True), {"type": "MARKET", **USDM_PLAIN}),
        (LIMIT, {"type": "LIMIT", "timeInForce": "GTC", "price": "61000.1", **USDM_PLAIN}),
        (
            spec(OrderType.LIMIT, price=D(61000), post_only=True),
            {"type": "LIMIT", "timeInForce": "GTX", "price": "61000", **USDM_PLAIN},
        ),
        (
            spec(OrderType.LIMIT, price=D(61000), tif=TimeInForce.GTD, expire_at=1_719_370_000_500_000_000),
            {"type": "LIMIT", "timeInForce": "GTD", "goodTillDate": 1_719_370_000_000, "price": "61000", **USDM_PLAIN},
        ),
        (
            spec(OrderType.LIMIT, price=D(61000), tif=TimeInForce.GTD, expire_at=NOW + 660 * NS_PER_SECOND),
            {"type": "LIMIT", "timeInForce": "GTD", "goodTillDate": 1_719_360_660_000, "price": "61000", **USDM_PLAIN},
        ),
        (
            spec(OrderType.LIMIT, price=D(61000), tif=TimeInForce.GTD, expire_at=NOW + 659 * NS_PER_SECOND),
            {"type": "LIMIT", "timeInForce": "GTC", "price": "61000", **USDM_PLAIN},
        ),
        (spec(OrderType.STOP, trigger=D(62000)), {"type": "STOP_MARKET", "triggerPrice": "62000", **USDM_ALGO}),
        (
            spec(OrderType.STOP_LIMIT, trigger=D(62000), price=D(62100)),
            {"type": "STOP", "triggerPrice": "62000", "price": "62100", "timeInForce": "GTC", **USDM_ALGO},
        ),
        (
            spec(OrderType.TRAILING_STOP, trail_fraction=D("0.015")),
            {"type": "TRAILING_STOP_MARKET", "callbackRate": "1.5", **USDM_ALGO},
        ),
    ],
)
def test_a_contract_order(order: OrderSpec, params: dict[str, Any]) -> None:
    common = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.01"}
    assert new_order(order, "BTCUSDT", Product.USDM, NOW) == common | params
    assert is_algo(order, Product.USDM) == ("algoType" in params)
    assert not is_algo(order, Product.SPOT)


@pytest.mark.parametrize(
    ("order", "product", "word"),
    [
        (spec(OrderType.TRAILING_STOP, trail_amount=D(5)), Product.SPOT, "fraction"),
        (spec(OrderType.TRAILING_STOP, trail_fraction=D("0.00015")), Product.SPOT, "whole basis points"),
        (spec(OrderType.TRAILING_STOP, trail_fraction=D("0.2")), Product.USDM, "0.1 % to 10 %"),
        (spec(OrderType.TRAILING_STOP, trail_fraction=D("0.0015")), Product.USDM, "steps of 0.1"),
        (spec(id=ClientOrderId("x" * 37)), Product.SPOT, "client order id"),
        (spec(id=ClientOrderId("a.b")), Product.SPOT, "client order id"),
        (spec(id=ClientOrderId("")), Product.USDM, "client order id"),
    ],
)
def test_what_binance_cannot_do_is_refused_in_words(order: OrderSpec, product: Product, word: str) -> None:
    with pytest.raises(VenueRefused, match=word):
        new_order(order, "BTCUSDT", product, NOW)


def test_an_order_is_named_by_our_id() -> None:
    assert named(ID, "BTCUSDT", Product.SPOT) == {"symbol": "BTCUSDT", "origClientOrderId": ID}
    assert named(ID, "BTCUSDT", Product.USDM, algo=True) == {"clientAlgoId": ID}


def amend(**more: Any) -> AmendOrder:
    return AmendOrder(ID, InstrumentId("binance:BTCUSDT"), **more)


def test_spot_makes_an_order_smaller_and_nothing_else() -> None:
    call, params = amended(amend(quantity=D("0.005")), LIMIT, "BTCUSDT", Product.SPOT)
    assert call == "order.amend.keepPriority"
    assert params == {"symbol": "BTCUSDT", "origClientOrderId": ID, "newQty": "0.005", "newClientOrderId": ID}
    for wish in (amend(quantity=D("0.02")), amend(price=D(5)), amend(trigger=D(5)), amend()):
        with pytest.raises(VenueRefused, match="cancel it and place another"):
            amended(wish, LIMIT, "BTCUSDT", Product.SPOT)


def test_contracts_change_price_and_quantity_of_limit_orders() -> None:
    call, params = amended(amend(price=D("60999.9")), LIMIT, "BTCUSDT", Product.USDM)
    assert call == "order.modify"
    assert params == {
        "symbol": "BTCUSDT", "origClientOrderId": ID, "side": "BUY", "quantity": "0.01", "price": "60999.9",
    }  # fmt: skip
    with pytest.raises(VenueRefused, match="limit orders alone"):
        amended(amend(quantity=D(1)), spec(OrderType.STOP, trigger=D(5)), "BTCUSDT", Product.USDM)


@given(st.decimals(D("1e-8"), D(10**9), places=8), st.sampled_from(list(Product)))
def test_amounts_are_written_exactly_and_without_an_exponent(amount: D, product: Product) -> None:
    params = new_order(spec(OrderType.LIMIT, quantity=amount, price=amount), "BTCUSDT", product, NOW)
    for name in ("quantity", "price"):
        text = str(params[name])
        assert D(text) == amount
        assert "e" not in text.lower()
        assert not ("." in text and text.endswith("0"))


def test_the_filters_see_what_is_sent() -> None:
    draft = draft_of(spec(OrderType.STOP, trigger=D(5), side=Side.SELL, reduce_only=True))
    assert draft.is_market
    assert draft.is_conditional
    assert not draft.is_buy
    assert draft.reduce_only
    assert not draft_of(LIMIT).is_market
    assert draft_of(spec(OrderType.TRAILING_STOP, trail_fraction=D("0.01"))).trailing_bips == 100


@pytest.mark.parametrize(
    ("text", "product", "symbol"),
    [
        ("BTCUSDT", Product.SPOT, "BTCUSDT"), ("btcusdt", Product.USDM, "BTCUSDT"),
        ("BTC/USDT", Product.SPOT, "BTCUSDT"), ("BTC/USDT:USDT", Product.USDM, "BTCUSDT"),
        ("BTCUSDT_250627", Product.USDM, "BTCUSDT_250627"), ("1000SATSUSDT", Product.SPOT, "1000SATSUSDT"),
    ],
)  # fmt: skip
def test_symbols_may_be_written_as_people_do(text: str, product: Product, symbol: str) -> None:
    assert wire_symbol(text, product) == symbol


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("BTC/USDT", Product.USDM), ("BTC/USDT:USDT", Product.SPOT), ("BTC/USDT:BTC", Product.USDM),
        ("", Product.SPOT), ("BTC USDT", Product.SPOT), ("BTC-USDT", Product.SPOT),
    ],
)  # fmt: skip
def test_a_symbol_of_the_other_product_is_refused(text: str, product: Product) -> None:
    with pytest.raises(ValueError, match=r".+"):
        wire_symbol(text, product)


def test_coin_and_contract_have_ids_of_their_own() -> None:
    assert our_id("BTCUSDT", Product.SPOT) == "binance:BTCUSDT"
    assert our_id("BTCUSDT", Product.USDM) == "binance_usdm:BTCUSDT"


@pytest.mark.parametrize(
    ("stream", "route"),
    [
        ("btcusdt@depth@100ms", Route.PUBLIC), ("btcusdt@depth5", Route.PUBLIC), ("btcusdt@rpiDepth", Route.PUBLIC),
        ("btcusdt@bookTicker", Route.PUBLIC), ("!bookTicker", Route.PUBLIC), ("btcusdt@trade", Route.PUBLIC),
        ("btcusdt@kline_1m", Route.MARKET), ("btcusdt@aggTrade", Route.MARKET), ("btcusdt@markPrice@1s", Route.MARKET),
        ("!ticker@arr", Route.MARKET), ("btcusdt@forceOrder", Route.MARKET),
    ],
)  # fmt: skip
def test_a_contracts_stream_is_asked_for_where_it_is_served(stream: str, route: Route) -> None:
    assert route_of(stream) is route


def test_streams_have_the_symbol_in_lower_case() -> None:
    assert kline_stream("BTCUSDT", "1M") == "btcusdt@kline_1M"


@pytest.mark.parametrize(
    ("order", "product", "kind"),
    [
        (spec(OrderType.STOP, trigger=D(1), if_touched=True), Product.SPOT, "TAKE_PROFIT"),
        (spec(OrderType.STOP_LIMIT, trigger=D(1), price=D(1), if_touched=True), Product.SPOT, "TAKE_PROFIT_LIMIT"),
        (spec(OrderType.STOP, trigger=D(1), if_touched=True), Product.USDM, "TAKE_PROFIT_MARKET"),
        (spec(OrderType.STOP_LIMIT, trigger=D(1), price=D(1), if_touched=True), Product.USDM, "TAKE_PROFIT"),
    ],
)
def test_a_trigger_on_the_other_side_of_the_market_is_no_stop(order: OrderSpec, product: Product, kind: str) -> None:
    assert new_order(order, "BTCUSDT", product, NOW)["type"] == kind


@pytest.mark.parametrize("product", Product)
@pytest.mark.parametrize(
    ("order", "why"),
    [
        (spec(OrderType.LIMIT, price=D(1), oco="pair"), "cancel each other"),
        (spec(OrderType.STOP_LIMIT, trigger=D(1), price=D(1), post_only=True), "no post-only order"),
        (spec(OrderType.TRAILING_STOP, trail_fraction=D("0.01"), if_touched=True), "other side"),
    ],
)
def test_what_would_leave_as_another_order_is_refused(order: OrderSpec, product: Product, why: str) -> None:
    with pytest.raises(VenueRefused, match=why):
        new_order(order, "BTCUSDT", product, NOW)
