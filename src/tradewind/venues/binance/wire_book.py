"""The order book as Binance sends it: its best prices, its best levels, its changes. Times are milliseconds.

https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
"""

from __future__ import annotations

import msgspec

Pair = tuple[str, str]
"""(price, quantity); a quantity of zero takes the level away."""


class BookTickerEvent(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "update": "u", "symbol": "s", "bid": "b", "bid_size": "B", "ask": "a", "ask_size": "A", "event_time": "E",
        "trade_time": "T",
    },
):  # fmt: skip
    """`<symbol>@bookTicker`. On spot it has neither name nor time.

    `{"u":400900217,"s":"BTCUSDT","b":"61805.98","B":"1.2","a":"61805.99","A":"0.7"}`
    """

    update: int
    symbol: str
    bid: str
    bid_size: str
    ask: str
    ask_size: str
    event_time: int = 0
    trade_time: int = 0


class DepthEvent(
    msgspec.Struct,
    frozen=True,
    gc=False,
    rename={
        "event_time": "E", "trade_time": "T", "symbol": "s", "first": "U", "last": "u", "previous": "pu", "bids": "b",
        "asks": "a",
    },
):  # fmt: skip
    """`<symbol>@depth`, `@depth@100ms`; on USD-M also `depth5|10|20`. `pu` is USD-M's, and says what came before.

    `{"e":"depthUpdate","E":1719360000012,"s":"BTCUSDT","U":157,"u":160,"b":[["61805.98","10"]],"a":[]}`
    """

    event_time: int
    symbol: str
    first: int
    last: int
    bids: tuple[Pair, ...]
    asks: tuple[Pair, ...]
    trade_time: int = 0
    previous: int | None = None


class PartialDepth(msgspec.Struct, frozen=True, gc=False, rename={"last": "lastUpdateId", "event_time": "E"}):
    """`<symbol>@depth5|10|20` on spot, and what `GET depth` answers: the best levels.

    `{"lastUpdateId":160,"bids":[["61805.98","10"]],"asks":[["61805.99","2"]]}`
    """

    last: int
    bids: tuple[Pair, ...]
    asks: tuple[Pair, ...]
    event_time: int = 0
