"""What the loopback server says of its symbol and its account, in Binance's shapes: every order fills at once."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

SYMBOL, PRICE = "BTCUSDT", "60000.00000000"
MINUTE_MS = 60_000
LIMITS: list[dict[str, Any]] = [
    {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 10_000_000},
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 1_000_000},
    {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 10_000_000},
]
FILTERS = [
    {"filterType": "PRICE_FILTER", "minPrice": "0.01000000", "maxPrice": "1000000.00000000", "tickSize": "0.01000000"},
    {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"},
    {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "100.00000000", "stepSize": "0.00000000"},
    {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True, "maxNotional": "9000000.00000000",
     "applyMaxToMarket": False, "avgPriceMins": 5},
]  # fmt: skip


def now_ms() -> int:
    """Return the time of the venue."""
    return time.time_ns() // 1_000_000


def exchange_info(symbols: list[str]) -> dict[str, Any]:
    """Return what there is to trade."""
    return {
        "timezone": "UTC", "serverTime": now_ms(), "rateLimits": LIMITS, "exchangeFilters": [],
        "symbols": [
            {
                "symbol": symbol, "status": "TRADING", "baseAsset": symbol.removesuffix("USDT"),
                "baseAssetPrecision": 8, "quoteAsset": "USDT", "quotePrecision": 8, "quoteAssetPrecision": 8,
                "baseCommissionPrecision": 8, "quoteCommissionPrecision": 8,
                "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT"],
                "icebergAllowed": True, "ocoAllowed": True, "quoteOrderQtyMarketAllowed": True,
                "allowTrailingStop": True, "cancelReplaceAllowed": True, "amendAllowed": True,
                "isSpotTradingAllowed": True, "isMarginTradingAllowed": False, "filters": FILTERS, "permissions": [],
                "permissionSets": [["SPOT"]], "defaultSelfTradePreventionMode": "NONE",
                "allowedSelfTradePreventionModes": ["NONE"],
            }
            for symbol in symbols
        ],
    }  # fmt: skip


def klines(params: dict[str, str]) -> list[list[Any]]:
    """Return minutes that lie behind us."""
    end = min(int(params.get("endTime", now_ms())), now_ms() // MINUTE_MS * MINUTE_MS - 1)
    first = int(params.get("startTime", end - 10 * MINUTE_MS))
    first += -first % MINUTE_MS
    rows = range(first, end - MINUTE_MS + 2, MINUTE_MS)[: int(params.get("limit", 500))]
    tail = ["60000.00", 10, "0.50", "30000.00", "0"]
    return [[ts, PRICE, PRICE, PRICE, PRICE, "1.00", ts + MINUTE_MS - 1, *tail] for ts in rows]


class Account:
    """Balances, and the orders that made them."""

    def __init__(self) -> None:
        self.owned = {"USDT": Decimal(10_000_000), "BTC": Decimal(100)}
        self.trades: list[dict[str, Any]] = []

    def told(self) -> dict[str, Any]:
        """Return the account."""
        rates = dict.fromkeys(("maker", "taker", "buyer", "seller"), "0.00000000")
        balances = [{"asset": name, "free": f"{free:.8f}", "locked": "0.00000000"} for name, free in self.owned.items()]
        return {
            "makerCommission": 0, "takerCommission": 0, "buyerCommission": 0, "sellerCommission": 0,
            "commissionRates": rates, "canTrade": True, "canWithdraw": False, "canDeposit": False,
            "updateTime": now_ms(), "accountType": "SPOT", "balances": balances, "permissions": ["SPOT"], "uid": 1,
        }  # fmt: skip

    def since(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        """Return a page of the trades since a time, or from a number on."""
        first, time_ms = params.get("fromId", 0), params.get("startTime", 0)
        rows = [row for row in self.trades if row["id"] >= first and row["time"] >= time_ms]
        return rows[: params.get("limit", 500)]

    def place(self, params: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Fill an order; return the answer, and the events of the account's stream."""
        number, ts, buys = len(self.trades) + 1, now_ms(), params["side"] == "BUY"
        quantity = Decimal(str(params["quantity"]))
        quote, name = quantity * Decimal(PRICE), params.get("newClientOrderId", str(number))
        self.owned["BTC"] += quantity if buys else -quantity
        self.owned["USDT"] += -quote if buys else quote
        fee = "BTC" if buys else "USDT"
        told = {"symbol": SYMBOL, "orderId": number, "orderListId": -1, "clientOrderId": name}
        row = {"price": PRICE, "qty": f"{quantity:.8f}", "commission": "0", "commissionAsset": fee}
        self.trades.append(
            {**told, **row, "id": number, "time": ts, "isBuyer": buys, "isMaker": False, "isBestMatch": True}
        )
        answer = {
            **told, "transactTime": ts, "price": "0.00", "origQty": f"{quantity:.8f}", "executedQty": f"{quantity:.8f}",
            "origQuoteOrderQty": "0.00", "cummulativeQuoteQty": f"{quote:.8f}", "status": "FILLED",
            "timeInForce": "GTC", "type": params["type"], "side": params["side"], "workingTime": ts,
            "selfTradePreventionMode": "NONE", "fills": [{**row, "tradeId": number}],
        }  # fmt: skip
        return answer, self._events(params["side"], name, number, quantity, ts)

    def _events(self, side: str, name: str, number: int, quantity: Decimal, ts: int) -> list[dict[str, Any]]:
        whole, cost = f"{quantity:.8f}", f"{quantity * Decimal(PRICE):.8f}"
        common = {
            "e": "executionReport", "E": ts, "s": SYMBOL, "c": name, "S": side, "o": "MARKET", "f": "GTC", "q": whole,
            "p": "0.00", "P": "0.00", "F": "0.00", "g": -1, "C": "", "r": "NONE", "i": number, "T": ts, "w": False,
            "m": False, "M": False, "O": ts, "Q": "0.00", "W": ts, "V": "NONE",
        }  # fmt: skip
        none = {"l": "0.00", "z": "0.00", "L": "0.00", "Z": "0.00", "Y": "0.00", "n": "0", "N": None}
        fee = "BTC" if side == "BUY" else "USDT"
        filled = {"l": whole, "z": whole, "L": PRICE, "Z": cost, "Y": cost, "n": "0", "N": fee}
        balances = [{"a": asset, "f": f"{free:.8f}", "l": "0.00000000"} for asset, free in self.owned.items()]
        return [
            {**common, **none, "x": "NEW", "X": "NEW", "t": -1, "I": 2 * number},
            {**common, **filled, "x": "TRADE", "X": "FILLED", "t": number, "I": 2 * number + 1},
            {"e": "outboundAccountPosition", "E": ts, "u": ts, "B": balances},
        ]
