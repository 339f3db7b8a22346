"""Which requests there are for contracts, by path and by method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.exchange.binance import account_calls as spot_account
from tradewind.exchange.binance import market_calls as market
from tradewind.exchange.binance.routes import Route, Security
from tradewind.exchange.binance.usdm import account_calls as account
from tradewind.exchange.binance.usdm import market_calls as futures_market
from tradewind.exchange.binance.usdm import order_calls as orders

if TYPE_CHECKING:
    from tradewind.exchange.binance.params import Params

V1, V2, V3 = "/fapi/v1/", "/fapi/v2/", "/fapi/v3/"
READ, TRADE, KEY = Security.READ, Security.TRADE, Security.KEY


def _depth_weight(params: Params) -> int:
    limit = params.limit(500, 1000)
    return next(weight for most, weight in ((50, 2), (100, 5), (500, 10), (1000, 20)) if limit <= most)


def _klines_weight(params: Params) -> int:
    limit = params.limit(500, 1500)
    return next(weight for most, weight in ((99, 1), (499, 2), (1000, 5), (1500, 10)) if limit <= most)


_DEPTH = Route(futures_market.depth, _depth_weight)
_PRICE, _BEST = Route(market.ticker_price, 1), Route(market.book_ticker, 2)
_PLACE, _MODIFY = Route(orders.place, 1, TRADE), Route(orders.modify, 1, TRADE)
_CANCEL, _STATUS = Route(orders.cancel, 1, TRADE), Route(orders.status, 1, READ)
_PLACE_ALGO, _CANCEL_ALGO = Route(orders.place_algo, 1, TRADE), Route(orders.cancel_algo, 1, TRADE)
_RISK, _RISK_V3 = Route(account.position_risk, 5, READ), Route(account.position_risk_v3, 5, READ)
_ACCOUNT, _BALANCE = Route(account.account, 5, READ), Route(account.balance, 5, READ)

PATHS: dict[tuple[str, str], Route] = {
    ("GET", V1 + "ping"): Route(market.ping, 1),
    ("GET", V1 + "time"): Route(market.server_time, 1),
    ("GET", V1 + "exchangeInfo"): Route(futures_market.exchange_info, 1),
    ("GET", V1 + "depth"): _DEPTH,
    ("GET", V1 + "trades"): Route(market.trades, 5),
    ("GET", V1 + "historicalTrades"): Route(market.historical_trades, 20),
    ("GET", V1 + "aggTrades"): Route(market.aggregate_trades, 20),
    ("GET", V1 + "klines"): Route(futures_market.klines, _klines_weight),
    ("GET", V1 + "ticker/24hr"): Route(market.ticker_24hr, lambda params: 1 if params.has("symbol") else 40),
    ("GET", V1 + "ticker/price"): _PRICE,
    ("GET", V2 + "ticker/price"): _PRICE,
    ("GET", V1 + "ticker/bookTicker"): _BEST,
    ("GET", V1 + "premiumIndex"): Route(account.premium_index, 1),
    ("POST", V1 + "order"): _PLACE,
    ("POST", V1 + "order/test"): Route(orders.test, 1, TRADE),
    ("PUT", V1 + "order"): _MODIFY,
    ("DELETE", V1 + "order"): _CANCEL,
    ("GET", V1 + "order"): _STATUS,
    ("GET", V1 + "openOrder"): _STATUS,
    ("DELETE", V1 + "allOpenOrders"): Route(orders.cancel_all, 1, TRADE),
    ("GET", V1 + "openOrders"): Route(orders.open_orders, lambda params: 1 if params.has("symbol") else 40, READ),
    ("GET", V1 + "allOrders"): Route(orders.all_orders, 5, READ),
    ("GET", V1 + "userTrades"): Route(orders.user_trades, 5, READ),
    ("POST", V1 + "algoOrder"): _PLACE_ALGO,
    ("DELETE", V1 + "algoOrder"): _CANCEL_ALGO,
    ("GET", V1 + "algoOrder"): Route(orders.algo_status, 1, READ),
    ("DELETE", V1 + "algoOpenOrders"): Route(orders.cancel_all_algo, 1, TRADE),
    ("GET", V1 + "openAlgoOrders"): Route(
        orders.open_algo_orders, lambda params: 1 if params.has("symbol") else 40, READ
    ),
    ("GET", V1 + "allAlgoOrders"): Route(orders.all_algo_orders, 5, READ),
    ("GET", V2 + "account"): _ACCOUNT,
    ("GET", V3 + "account"): _ACCOUNT,
    ("GET", V2 + "balance"): _BALANCE,
    ("GET", V3 + "balance"): _BALANCE,
    ("GET", V1 + "positionRisk"): _RISK,
    ("GET", V2 + "positionRisk"): _RISK,
    ("GET", V3 + "positionRisk"): _RISK_V3,
    ("GET", V1 + "positionSide/dual"): Route(account.position_mode, 30, READ),
    ("POST", V1 + "positionSide/dual"): Route(account.set_position_mode, 1, TRADE),
    ("POST", V1 + "leverage"): Route(account.set_leverage, 1, TRADE),
    ("POST", V1 + "marginType"): Route(account.set_margin_type, 1, TRADE),
    ("GET", V1 + "symbolConfig"): Route(account.symbol_config, 5, READ),
    ("GET", V1 + "leverageBracket"): Route(account.leverage_brackets, 1, READ),
    ("GET", V1 + "commissionRate"): Route(account.commission, 20, READ),
    ("GET", V1 + "multiAssetsMargin"): Route(account.multi_assets_mode, 30, READ),
    ("GET", V1 + "income"): Route(account.income, 30, READ),
    ("GET", V1 + "rateLimit/order"): Route(spot_account.order_counts, 1, READ),
    ("POST", V1 + "listenKey"): Route(account.new_listen_key, 1, KEY),
    ("PUT", V1 + "listenKey"): Route(account.keep_listen_key, 1, KEY),
    ("DELETE", V1 + "listenKey"): Route(account.drop_listen_key, 1, KEY),
}

METHODS: dict[str, Route] = {
    "ping": Route(market.ping, 1),
    "time": Route(market.server_time, 1),
    "depth": _DEPTH,
    "ticker.price": _PRICE,
    "ticker.book": _BEST,
    "order.place": _PLACE,
    "order.modify": _MODIFY,
    "order.cancel": _CANCEL,
    "order.status": _STATUS,
    "algoOrder.place": _PLACE_ALGO,
    "algoOrder.cancel": _CANCEL_ALGO,
    "account.position": _RISK,
    "v2/account.position": _RISK_V3,
    "account.balance": _BALANCE,
    "v2/account.balance": _BALANCE,
    "account.status": _ACCOUNT,
    "v2/account.status": _ACCOUNT,
}
