"""What Binance answers to requests, over REST and the WebSocket API alike.

https://developers.binance.com/docs/binance-spot-api-docs/rest-api and .../docs/derivatives/usds-margined-futures.
Amounts are texts, times milliseconds. USD-M and spot share what looks the same; what only one has, has a default.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Answer(msgspec.Struct, frozen=True, rename="camel"):
    """The manners of every answer: names in camel case."""


class ErrorBody(Answer, frozen=True):
    """`{"code":-1121,"msg":"Invalid symbol."}`; `data` for what failed by halves, or says how long to wait."""

    code: int
    msg: str = ""
    data: dict[str, Any] | None = None


class RateLimit(Answer, frozen=True):
    """`{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000,"count":70}`."""

    rate_limit_type: str
    interval: str
    interval_num: int
    limit: int
    count: int | None = None


class ServerTime(Answer, frozen=True):
    """`{"serverTime":1719360000012}`."""

    server_time: int


class SymbolInfo(Answer, frozen=True):
    """One symbol of `ExchangeInfo`; `filters` are read by `filters.py`, each is an object with its `filterType`."""

    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    order_types: tuple[str, ...]
    filters: tuple[dict[str, Any], ...]
    contract_type: str = ""
    margin_asset: str = ""
    quote_order_qty_market_allowed: bool = False
    allow_trailing_stop: bool = False
    cancel_replace_allowed: bool = False
    amend_allowed: bool = False
    oto_allowed: bool = False
    oco_allowed: bool = False
    time_in_force: tuple[str, ...] = ()
    """USD-M alone says it."""


class ExchangeInfo(Answer, frozen=True):
    """`{"timezone":"UTC","serverTime":…,"rateLimits":[…],"exchangeFilters":[],"symbols":[…]}`."""

    rate_limits: tuple[RateLimit, ...]
    symbols: tuple[SymbolInfo, ...]
    exchange_filters: tuple[dict[str, Any], ...] = ()
    server_time: int = 0


KlineRow = tuple[int, str, str, str, str, str, int, str, int, str, str, str]
"""`[openTime, o, h, l, c, volume, closeTime, quoteVolume, trades, takerBase, takerQuote, "0"]`"""


class Balance(Answer, frozen=True):
    """`{"asset":"BTC","free":"4723846.89208129","locked":"0.00000000"}`."""

    asset: str
    free: str
    locked: str


class Commissions(Answer, frozen=True):
    """`{"maker":"0.00150000","taker":"0.00150000","buyer":"0","seller":"0"}`, as fractions."""

    maker: str
    taker: str


class Account(Answer, frozen=True):
    """`GET account` on spot."""

    can_trade: bool
    balances: tuple[Balance, ...]
    can_withdraw: bool | None = None
    account_type: str = "SPOT"
    permissions: tuple[str, ...] = ()
    update_time: int = 0
    commission_rates: Commissions | None = None


class KeyRights(Answer, frozen=True):
    """What a key may do: `GET /sapi/v1/account/apiRestrictions`, on the live servers of spot."""

    ip_restrict: bool = False
    enable_reading: bool = False
    enable_withdrawals: bool = False
    enable_spot_and_margin_trading: bool = False
    enable_futures: bool = False


class OrderFillRow(Answer, frozen=True):
    """`{"price":"4000.00","qty":"1.00","commission":"4.00","commissionAsset":"USDT","tradeId":56}`."""

    price: str
    qty: str
    commission: str
    commission_asset: str
    trade_id: int = -1


class Order(Answer, frozen=True):
    """An order, as every answer about one tells it; what an answer leaves out has its default.

    `{"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"tw-000001","price":"0.1","origQty":"1.0",
    "executedQty":"0.0","cummulativeQuoteQty":"0.0","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY",
    "stopPrice":"0.0","time":1499827319559,"updateTime":1499827319559,"isWorking":true}`
    """

    symbol: str
    order_id: int
    client_order_id: str
    order_list_id: int = -1
    orig_client_order_id: str = ""
    transact_time: int = 0
    time: int = 0
    update_time: int = 0
    price: str = "0"
    orig_qty: str = "0"
    executed_qty: str = "0"
    cummulative_quote_qty: str = "0"
    status: str = ""
    time_in_force: str = ""
    type: str = ""
    side: str = ""
    stop_price: str = "0"
    is_working: bool | None = None
    fills: tuple[OrderFillRow, ...] = ()
    avg_price: str = "0"
    reduce_only: bool = False
    close_position: bool = False
    position_side: str = "BOTH"
    orig_type: str = ""


class Amended(Answer, frozen=True):
    """What `order/amend/keepPriority` answers."""

    transact_time: int
    execution_id: int
    amended_order: AmendedOrder


class AmendedOrder(Answer, frozen=True):
    """The order of `Amended`; its quantity has another name there."""

    symbol: str
    order_id: int
    orig_client_order_id: str
    client_order_id: str
    price: str
    qty: str
    executed_qty: str
    status: str


class MyTrade(Answer, frozen=True):
    """A row of `GET myTrades` (spot) and `GET userTrades` (USD-M).

    `{"symbol":"BTCUSDT","id":28457,"orderId":100234,"price":"4.00000100","qty":"12.00","commission":"10.1",
    "commissionAsset":"BNB","time":1499865549590,"isBuyer":true,"isMaker":false}`
    """

    symbol: str
    id: int
    order_id: int
    price: str
    qty: str
    commission: str
    commission_asset: str
    time: int
    is_maker: bool | None = None
    is_buyer: bool | None = None
    maker: bool | None = None
    buyer: bool | None = None
    """USD-M calls the two so."""
    position_side: str = "BOTH"
