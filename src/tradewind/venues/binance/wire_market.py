"""Market data as Binance sends it: streams of spot and of USD-M. Nothing is made of it here.

Numbers with a point come as texts and stay texts: one that comes as a number is no message of Binance's, and is
refused. Fields that are not named are passed over. Times are milliseconds.
https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
"""

from __future__ import annotations

import msgspec


class Combined(msgspec.Struct, frozen=True, gc=False):
    """What every frame of a combined connection is.

    `{"stream":"btcusdt@trade","data":{…}}`
    """

    stream: str
    data: msgspec.Raw


class Control(msgspec.Struct, frozen=True, gc=False):
    """The answer to SUBSCRIBE and its like: `result` is null, or the trouble is told in one of two shapes.

    `{"result":null,"id":3}` `{"code":2,"msg":"Invalid request","id":3}` `{"error":{"code":2,"msg":"…"},"id":3}`
    """

    id: int | str | None = None
    code: int | None = None
    msg: str = ""
    error: ControlError | None = None
    result: list[str] | bool | None = None


class ControlError(msgspec.Struct, frozen=True, gc=False):
    """The trouble, in the second shape."""

    code: int
    msg: str = ""


class Named(msgspec.Struct, frozen=True, gc=False, rename={"event": "e"}):
    """Any event, as far as its name."""

    event: str


class KlineBody(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "open_time": "t", "close_time": "T", "symbol": "s", "interval": "i", "first_trade": "f", "last_trade": "L",
        "open": "o", "close": "c", "high": "h", "low": "l", "volume": "v", "trades": "n", "closed": "x",
        "quote_volume": "q", "taker_volume": "V", "taker_quote_volume": "Q",
    },
):  # fmt: skip
    """The bar of a `KlineEvent`."""

    open_time: int
    close_time: int
    """Its last millisecond: the next bar opens one later."""
    symbol: str
    interval: str
    open: str
    close: str
    high: str
    low: str
    volume: str
    closed: bool
    trades: int = 0
    first_trade: int = -1
    last_trade: int = -1
    quote_volume: str = "0"
    taker_volume: str = "0"
    taker_quote_volume: str = "0"


class KlineEvent(msgspec.Struct, frozen=True, gc=False, rename={"event_time": "E", "symbol": "s", "bar": "k"}):
    """`<symbol>@kline_<interval>`: every two seconds, and once with `x` true when the bar is closed.

    `{"e":"kline","E":1719360000012,"s":"BTCUSDT","k":{"t":1719359940000,"T":1719359999999,"s":"BTCUSDT","i":"1m",
    "f":1,"L":9,"o":"61805.98","c":"61810.01","h":"61812.00","l":"61800.00","v":"3.5","n":9,"x":true,"q":"216000.1",
    "V":"2.1","Q":"129600.2","B":"0"}}`
    """

    event_time: int
    symbol: str
    bar: KlineBody


class TradeEvent(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "event_time": "E", "symbol": "s", "id": "t", "price": "p", "quantity": "q", "trade_time": "T",
        "buyer_is_maker": "m", "kind": "X",
    },
):  # fmt: skip
    """`<symbol>@trade`; USD-M says in `X` what kind it was, and those that are no MARKET are of its insurance fund.

    `{"e":"trade","E":1719360000012,"s":"BTCUSDT","t":12345,"p":"61805.98","q":"0.01","T":1719360000011,"m":true,
    "M":true}`
    """

    event_time: int
    symbol: str
    id: int
    price: str
    quantity: str
    trade_time: int
    buyer_is_maker: bool
    kind: str = "MARKET"


class AggTradeEvent(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "event_time": "E", "symbol": "s", "id": "a", "price": "p", "quantity": "q", "first_trade": "f",
        "last_trade": "l", "trade_time": "T", "buyer_is_maker": "m",
    },
):  # fmt: skip
    """`<symbol>@aggTrade`: executions of one taker at one price.

    `{"e":"aggTrade","E":1719360000012,"s":"BTCUSDT","a":555,"p":"61805.98","q":"0.01","f":12345,"l":12346,
    "T":1719360000011,"m":true,"M":true}`
    """

    event_time: int
    symbol: str
    id: int
    price: str
    quantity: str
    first_trade: int
    last_trade: int
    trade_time: int
    buyer_is_maker: bool


class MarkPriceEvent(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "event_time": "E", "symbol": "s", "mark": "p", "index": "i", "settle": "P", "rate": "r", "next_funding": "T",
    },
):  # fmt: skip
    """`<symbol>@markPrice`: the mark price, and the funding rate of the next time.

    `{"e":"markPriceUpdate","E":1719360000012,"s":"BTCUSDT","p":"61805.9","i":"61810.1","P":"61800.0","r":"0.0001",
    "T":1719388800000}`
    """

    event_time: int
    symbol: str
    mark: str
    rate: str
    """Empty for contracts without funding."""
    next_funding: int
    index: str = ""
    settle: str = ""
