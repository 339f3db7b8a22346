"""Which requests there are, by path and by method of the WebSocket API: what they cost, and who may make them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradewind.exchange.binance import account_calls, list_calls, market_calls, order_calls

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.exchange.binance.calls import Operation
    from tradewind.exchange.binance.params import Params


class Security(enum.Enum):
    """What a request needs."""

    NONE = "none"
    KEY = "key"
    READ = "read"
    """A signature of a key that may read."""
    TRADE = "trade"
    """A signature of a key that may trade."""


@dataclass(frozen=True)
class Route:
    """One request; its weight may depend on its parameters."""

    operation: Operation
    weight: int | Callable[[Params], int]
    security: Security = Security.NONE

    def cost(self, params: Params) -> int:
        """Return the weight of a request."""
        return self.weight if isinstance(self.weight, int) else self.weight(params)


def _depth_weight(params: Params) -> int:
    limit = params.limit(100, 5000)
    return next(weight for most, weight in ((100, 5), (500, 25), (1000, 50), (5000, 250)) if limit <= most)


def _one_or_all(one: int, every: int) -> Callable[[Params], int]:
    return lambda params: one if params.has("symbol") else every


_PING = Route(market_calls.ping, 1)
_TIME = Route(market_calls.server_time, 1)
_INFO = Route(market_calls.exchange_info, 20)
_DEPTH = Route(market_calls.depth, _depth_weight)
_TRADES = Route(market_calls.trades, 25)
_OLD_TRADES = Route(market_calls.historical_trades, 25)
_AGGREGATES = Route(market_calls.aggregate_trades, 4)
_KLINES = Route(market_calls.klines, 2)
_AVERAGE = Route(market_calls.average_price, 2)
_DAY = Route(market_calls.ticker_24hr, _one_or_all(2, 80))
_PRICE = Route(market_calls.ticker_price, _one_or_all(2, 4))
_BEST = Route(market_calls.book_ticker, _one_or_all(2, 4))
_PLACE = Route(order_calls.place, 1, Security.TRADE)
_TEST = Route(order_calls.test, 1, Security.TRADE)
_CANCEL = Route(order_calls.cancel, 1, Security.TRADE)
_CANCEL_OPEN = Route(order_calls.cancel_open, 1, Security.TRADE)
_REPLACE = Route(order_calls.replace, 1, Security.TRADE)
_AMEND = Route(order_calls.amend, 4, Security.TRADE)
_STATUS = Route(order_calls.status, 4, Security.READ)
_OPEN = Route(order_calls.open_orders, _one_or_all(6, 80), Security.READ)
_ALL = Route(order_calls.all_orders, 20, Security.READ)
_ACCOUNT = Route(account_calls.account, 20, Security.READ)
_FILLS = Route(account_calls.my_trades, lambda params: 5 if params.has("orderId") else 20, Security.READ)
_COMMISSION = Route(account_calls.commission, 20, Security.READ)
_COUNTS = Route(account_calls.order_counts, 40, Security.READ)
_OCO = Route(list_calls.place_oco, 1, Security.TRADE)
_OTO = Route(list_calls.place_oto, 1, Security.TRADE)
_OTOCO = Route(list_calls.place_otoco, 1, Security.TRADE)
_OLD_OCO = Route(list_calls.place_old_oco, 1, Security.TRADE)
_CANCEL_LIST = Route(list_calls.cancel, 1, Security.TRADE)
_LIST = Route(list_calls.status, 4, Security.READ)
_OPEN_LISTS = Route(list_calls.open_lists, 6, Security.READ)
_ALL_LISTS = Route(list_calls.all_lists, 20, Security.READ)
_RESTRICTIONS = Route(account_calls.restrictions, 1, Security.READ)
_NOTHING = Route(account_calls.none_at_all, 20, Security.READ)

V3 = "/api/v3/"
PATHS: dict[tuple[str, str], Route] = {
    ("GET", V3 + "ping"): _PING,
    ("GET", V3 + "time"): _TIME,
    ("GET", V3 + "exchangeInfo"): _INFO,
    ("GET", V3 + "depth"): _DEPTH,
    ("GET", V3 + "trades"): _TRADES,
    ("GET", V3 + "historicalTrades"): _OLD_TRADES,
    ("GET", V3 + "aggTrades"): _AGGREGATES,
    ("GET", V3 + "klines"): _KLINES,
    ("GET", V3 + "uiKlines"): _KLINES,
    ("GET", V3 + "avgPrice"): _AVERAGE,
    ("GET", V3 + "ticker/24hr"): _DAY,
    ("GET", V3 + "ticker/price"): _PRICE,
    ("GET", V3 + "ticker/bookTicker"): _BEST,
    ("POST", V3 + "order"): _PLACE,
    ("POST", V3 + "order/test"): _TEST,
    ("DELETE", V3 + "order"): _CANCEL,
    ("DELETE", V3 + "openOrders"): _CANCEL_OPEN,
    ("POST", V3 + "order/cancelReplace"): _REPLACE,
    ("PUT", V3 + "order/amend/keepPriority"): _AMEND,
    ("GET", V3 + "order"): _STATUS,
    ("GET", V3 + "openOrders"): _OPEN,
    ("GET", V3 + "allOrders"): _ALL,
    ("GET", V3 + "account"): _ACCOUNT,
    ("GET", V3 + "account/commission"): _COMMISSION,
    ("GET", V3 + "myTrades"): _FILLS,
    ("GET", "/sapi/v1/account/apiRestrictions"): _RESTRICTIONS,
    ("GET", V3 + "rateLimit/order"): _COUNTS,
    ("POST", V3 + "orderList/oco"): _OCO,
    ("POST", V3 + "orderList/oto"): _OTO,
    ("POST", V3 + "orderList/otoco"): _OTOCO,
    ("POST", V3 + "order/oco"): _OLD_OCO,
    ("DELETE", V3 + "orderList"): _CANCEL_LIST,
    ("GET", V3 + "orderList"): _LIST,
    ("GET", V3 + "openOrderList"): _OPEN_LISTS,
    ("GET", V3 + "allOrderList"): _ALL_LISTS,
    ("GET", V3 + "myPreventedMatches"): _NOTHING,
    ("GET", V3 + "myAllocations"): _NOTHING,
}
GONE_PATHS = (V3 + "userDataStream",)
"""What there was once, and what says so."""

METHODS: dict[str, Route] = {
    "ping": _PING,
    "time": _TIME,
    "exchangeInfo": _INFO,
    "depth": _DEPTH,
    "trades.recent": _TRADES,
    "trades.historical": _OLD_TRADES,
    "trades.aggregate": _AGGREGATES,
    "klines": _KLINES,
    "uiKlines": _KLINES,
    "avgPrice": _AVERAGE,
    "ticker.24hr": _DAY,
    "ticker.price": _PRICE,
    "ticker.book": _BEST,
    "order.place": _PLACE,
    "order.test": _TEST,
    "order.status": _STATUS,
    "order.cancel": _CANCEL,
    "order.cancelReplace": _REPLACE,
    "order.amend.keepPriority": _AMEND,
    "openOrders.status": _OPEN,
    "openOrders.cancelAll": _CANCEL_OPEN,
    "account.status": _ACCOUNT,
    "account.commission": _COMMISSION,
    "account.rateLimits.orders": _COUNTS,
    "allOrders": _ALL,
    "myTrades": _FILLS,
    "orderList.place.oco": _OCO,
    "orderList.place.oto": _OTO,
    "orderList.place.otoco": _OTOCO,
    "orderList.place": _OLD_OCO,
    "orderList.cancel": _CANCEL_LIST,
    "orderList.status": _LIST,
    "openOrderLists.status": _OPEN_LISTS,
    "allOrderLists": _ALL_LISTS,
    "myPreventedMatches": _NOTHING,
    "myAllocations": _NOTHING,
}
