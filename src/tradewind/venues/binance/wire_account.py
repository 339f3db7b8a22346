"""What Binance says of an account on spot: the events of its stream, as they come over the WebSocket API.

https://developers.binance.com/docs/binance-spot-api-docs/user-data-stream. Amounts are texts, times milliseconds.
"""

from __future__ import annotations

import msgspec


class Subscribed(msgspec.Struct, frozen=True, gc=False, rename={"subscription": "subscriptionId"}):
    """What every event of an account comes in.

    `{"subscriptionId":0,"event":{"e":"…"}}`
    """

    subscription: int
    event: msgspec.Raw


class ExecutionReport(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "event_time": "E", "symbol": "s", "client_id": "c", "side": "S", "type": "o", "tif": "f", "quantity": "q",
        "price": "p", "stop_price": "P", "iceberg": "F", "list_id": "g", "original_id": "C", "execution": "x",
        "status": "X", "reject_reason": "r", "order_id": "i", "last_quantity": "l", "filled": "z", "last_price": "L",
        "fee": "n", "fee_asset": "N", "time": "T", "trade_id": "t", "execution_id": "I", "on_book": "w", "maker": "m",
        "created": "O", "filled_quote": "Z", "last_quote": "Y", "quote_quantity": "Q", "working_time": "W",
        "stp_mode": "V", "trailing_delta": "d", "prevented": "A", "expiry_reason": "eR",
    },
):  # fmt: skip
    """One event in the life of an order; `x` says what happened, `X` where the order is now.

    On a cancel `C` is the order's id and `c` that of the request.

    `{"e":"executionReport","E":1719360000012,"s":"BTCUSDT","c":"tw-000001","S":"BUY","o":"LIMIT","f":"GTC",
    "q":"0.01","p":"61805.98","P":"0","F":"0","g":-1,"C":"","x":"TRADE","X":"FILLED","r":"NONE","i":42,"l":"0.01",
    "z":"0.01","L":"61805.98","n":"0.00001","N":"BTC","T":1719360000011,"t":77,"I":99,"w":false,"m":false,"M":true,
    "O":1719360000001,"Z":"618.0598","Y":"618.0598","Q":"0","W":1719360000001,"V":"NONE"}`
    """

    event_time: int
    symbol: str
    client_id: str
    side: str
    type: str
    tif: str
    quantity: str
    price: str
    stop_price: str
    execution: str
    status: str
    order_id: int
    last_quantity: str
    filled: str
    last_price: str
    fee: str
    fee_asset: str | None
    time: int
    trade_id: int
    on_book: bool
    maker: bool
    original_id: str = ""
    reject_reason: str = "NONE"
    list_id: int = -1
    execution_id: int = 0
    created: int = 0
    iceberg: str = "0"
    filled_quote: str = "0"
    last_quote: str = "0"
    quote_quantity: str = "0"
    working_time: int | None = None
    stp_mode: str = "NONE"
    trailing_delta: int | None = None
    prevented: str | None = None
    """What self-trade prevention took away in this event."""
    expiry_reason: int | str | None = None


class AssetBalance(msgspec.Struct, frozen=True, gc=False, rename={"asset": "a", "free": "f", "locked": "l"}):
    """One asset of an `AccountPosition`."""

    asset: str
    free: str
    locked: str


class AccountPosition(
    msgspec.Struct, frozen=True, gc=False, rename={"event_time": "E", "updated": "u", "balances": "B"}
):
    """`outboundAccountPosition`: the assets that an event may have changed, as they are now.

    `{"e":"outboundAccountPosition","E":1719360000012,"u":1719360000011,"B":[{"a":"BTC","f":"0.5","l":"0.01"}]}`
    """

    event_time: int
    updated: int
    balances: tuple[AssetBalance, ...]


class BalanceUpdate(
    msgspec.Struct, frozen=True, gc=False, rename={"event_time": "E", "asset": "a", "delta": "d", "time": "T"}
):
    """`balanceUpdate`: a deposit, a withdrawal, or a transfer between accounts.

    `{"e":"balanceUpdate","E":1719360000012,"a":"BTC","d":"-0.1","T":1719360000011}`
    """

    event_time: int
    asset: str
    delta: str
    time: int


class ExternalLock(
    msgspec.Struct, frozen=True, gc=False, rename={"event_time": "E", "asset": "a", "delta": "d", "time": "T"}
):
    """`externalLockUpdate`: something else has locked some of an asset, or let go of it.

    `{"e":"externalLockUpdate","E":1719360000012,"a":"BTC","d":"0.1","T":1719360000011}`
    """

    event_time: int
    asset: str
    delta: str
    time: int


class ListMember(msgspec.Struct, frozen=True, gc=False, rename={"symbol": "s", "order_id": "i", "client_id": "c"}):
    """One order of a `ListStatus`."""

    symbol: str
    order_id: int
    client_id: str


class ListStatus(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "event_time": "E", "symbol": "s", "list_id": "g", "kind": "c", "status": "l", "order_status": "L",
        "reject_reason": "r", "client_id": "C", "time": "T", "orders": "O",
    },
):  # fmt: skip
    """`listStatus`: an order list (OCO and its like) begins or ends; each order's own story comes beside it.

    `{"e":"listStatus","E":1719360000012,"s":"BTCUSDT","g":2,"c":"OCO","l":"EXEC_STARTED","L":"EXECUTING","r":"NONE",
    "C":"tw-list","T":1719360000011,"O":[{"s":"BTCUSDT","i":17,"c":"tw-000002"}]}`
    """

    event_time: int
    symbol: str
    list_id: int
    kind: str
    status: str
    order_status: str
    reject_reason: str
    client_id: str
    time: int
    orders: tuple[ListMember, ...]


class StreamEnded(msgspec.Struct, frozen=True, gc=False, rename={"event_time": "E"}):
    """`eventStreamTerminated`, `serverShutdown`, `listenKeyExpired`: nothing more comes over this connection.

    `{"e":"eventStreamTerminated","E":1719360000012}`
    """

    event_time: int
