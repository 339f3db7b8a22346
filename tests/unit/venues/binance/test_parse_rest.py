"""Answers to requests become instruments, bars, orders, fills and what an account has."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.unit.venues.binance.test_filters import SPOT as FILTERS
from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenueOrder, VenuePosition
from tradewind.domain.errors import VenueProtocolError
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, TradeId, VenueOrderId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.market import Bar
from tradewind.domain.order import Liquidity, OrderType, Side
from tradewind.venues.binance.parse_rest import (
    balances_of,
    bars_of,
    fills_of,
    instrument_of,
    positions_of,
    resting,
    resting_algo,
    told_of,
)
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.wire_rest import Balance as BalanceRow
from tradewind.venues.binance.wire_rest import KlineRow, MyTrade, Order, SymbolInfo
from tradewind.venues.binance.wire_usdm_rest import AlgoOrder, ListenKey, PositionRisk

D = Decimal
TS = 1_719_360_000_050_000_000
BTC = InstrumentId("binance:BTCUSDT")
ID = ClientOrderId("tw-000001")


def info(**more: Any) -> SymbolInfo:
    facts: dict[str, Any] = {
        "symbol": "BTCUSDT", "status": "TRADING", "base_asset": "BTC", "quote_asset": "USDT",
        "order_types": ("LIMIT", "MARKET"), "filters": tuple(FILTERS),
    }  # fmt: skip
    return SymbolInfo(**facts | more)


def test_an_instrument_has_the_symbols_steps() -> None:
    coin = instrument_of(info(), Product.SPOT)
    assert (coin.id, coin.symbol, coin.venue, coin.base, coin.quote) == (BTC, "BTCUSDT", "binance", "BTC", "USDT")
    assert (coin.tick, coin.lot, coin.quantity_min, coin.quantity_max) == (D("0.01"), D("1e-5"), D("1e-5"), D(9000))
    assert (coin.notional_min, coin.kind) == (D(5), InstrumentKind.SPOT)
    assert instrument_of(info(), Product.USDM).kind is InstrumentKind.PERPETUAL


def test_filters_that_are_not_as_documented_name_the_symbol() -> None:
    with pytest.raises(VenueProtocolError, match="BTCUSDT"):
        instrument_of(info(filters=(*FILTERS, {"filterType": "LOT_SIZE", "minQty": "1"})), Product.SPOT)


def test_lesson_60_a_filter_that_is_missing_is_an_error_that_names_it() -> None:
    for name in ("PRICE_FILTER", "LOT_SIZE", "NOTIONAL"):
        rest = tuple(entry for entry in FILTERS if entry["filterType"] != name)
        with pytest.raises(VenueProtocolError, match=f"BTCUSDT are not as documented: no .*{name}"):
            instrument_of(info(filters=rest), Product.SPOT)


def rows(*opens: int) -> list[KlineRow]:
    return [(t, "1", "3", "0.5", "2", "10", t + 59_999, "20", 5, "4", "8", "0") for t in opens]


def test_only_closed_bars_are_bars() -> None:
    found = list(bars_of(rows(0, 60_000, 120_000), BTC, "1m", now_ms=120_000, ts_recv=TS))
    assert found == [
        Bar(BTC, "1m", opens * 10**6, (opens + 60_000) * 10**6, TS, 1.0, 3.0, 0.5, 2.0, 10.0) for opens in (0, 60_000)
    ]


def order(**more: Any) -> Order:
    facts: dict[str, Any] = {
        "symbol": "BTCUSDT", "order_id": 42, "client_order_id": "tw-000001", "price": "61800.00", "orig_qty": "0.02",
        "executed_qty": "0.01", "status": "NEW", "type": "LIMIT", "side": "BUY", "update_time": 1719360000011,
    }  # fmt: skip
    return Order(**facts | more)


AT = 1_719_360_000_011_000_000


def test_where_an_order_is() -> None:
    accepted = (ev.OrderAccepted(ID, VenueOrderId("42"), AT, TS),)
    assert told_of(order(), TS) == accepted
    assert told_of(order(status="PARTIALLY_FILLED"), TS) == accepted
    assert told_of(order(status="FILLED"), TS) == ()
    assert told_of(order(status="CANCELED"), TS) == (ev.OrderCancelled(ID, "cancelled", AT, TS, D("0.01")),)
    assert told_of(order(status="EXPIRED_IN_MATCH"), TS) == (
        ev.OrderExpired(ID, "expired_in_match", AT, TS, D("0.01")),
    )
    assert told_of(order(status="REJECTED"), TS) == (ev.OrderRejected(ID, "rejected", AT, TS),)
    cancelled = order(status="CANCELED", client_order_id="cancel-1", orig_client_order_id="tw-000001")
    assert told_of(cancelled, TS)[0].order == ID  # type: ignore[union-attr]
    with pytest.raises(VenueProtocolError):
        told_of(order(status="NEWER"), TS)


def test_fills_are_told_of_orders_that_have_a_name() -> None:
    row = MyTrade("BTCUSDT", 77, 42, "61800.5", "0.01", "0.6", "USDT", 1719360000011, is_maker=True)
    other = MyTrade("BTCUSDT", 78, 43, "61800.5", "0.01", "0.6", "USDT", 1719360000011, maker=False)
    assert fills_of([row, other], {42: ID}, TS) == (
        ev.OrderFilled(
            ID, TradeId("BTCUSDT-77"), D("0.01"), D("61800.5"), D("0.6"), Asset("USDT"), Liquidity.MAKER, AT, TS
        ),
    )
    assert fills_of([other], {43: ID}, TS)[0].liquidity is Liquidity.TAKER


def test_what_rests() -> None:
    assert resting(order(), Product.SPOT) == VenueOrder(
        ID, VenueOrderId("42"), BTC, Side.BUY, D("0.02"), D("0.01"), D(61800), None, OrderType.LIMIT
    )
    stop = order(type="STOP_LOSS", price="0.00", stop_price="60000", side="SELL")
    assert resting(stop, Product.SPOT) == VenueOrder(
        ID, VenueOrderId("42"), BTC, Side.SELL, D("0.02"), D("0.01"), None, D(60000), OrderType.STOP
    )
    algo = AlgoOrder(7, "tw-000003", "NEW", "BTCUSDT", "SELL", "STOP_MARKET", quantity="0.01", trigger_price="60000")
    assert resting_algo(algo) == VenueOrder(
        ClientOrderId("tw-000003"), VenueOrderId("algo-7"), InstrumentId("binance_usdm:BTCUSDT"), Side.SELL, D("0.01"),
        D(0), None, D(60000), OrderType.STOP,
    )  # fmt: skip


def test_what_an_account_has() -> None:
    found = balances_of([BalanceRow("BTC", "0.5", "0.1"), BalanceRow("ETH", "0.0", "0"), BalanceRow("BNB", "0", "2")])
    assert found == (Balance(Asset("BTC"), D("0.6"), D("0.1")), Balance(Asset("BNB"), D(2), D(2)))


def test_both_sides_of_hedge_mode_are_one_position() -> None:
    found = positions_of(
        [
            PositionRisk("BTCUSDT", "0.3", "60000", "LONG"), PositionRisk("BTCUSDT", "-0.1", "62000", "SHORT"),
            PositionRisk("ETHUSDT", "0.000", "0.0"), PositionRisk("BNBUSDT", "1", "500", "LONG"),
            PositionRisk("BNBUSDT", "-1", "510", "SHORT"),
        ]
    )  # fmt: skip
    assert found == (VenuePosition(InstrumentId("binance_usdm:BTCUSDT"), D("0.2"), D(60000)),)


def test_a_listen_key_is_not_shown() -> None:
    key = msgspec.json.decode(b'{"listenKey":"abcdefgh"}', type=ListenKey)
    assert key.listen_key == "abcdefgh"
    assert "abcdefgh" not in repr(key)
