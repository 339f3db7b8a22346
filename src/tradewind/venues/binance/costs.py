"""The request weight of each call, as Binance's documents give it; calls of the WebSocket API cost the same.

https://developers.binance.com/docs/binance-spot-api-docs/rest-api and .../docs/derivatives/usds-margined-futures
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.venues.binance.product import Product

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPOT: dict[str, int] = {
    "GET ping": 1, "GET time": 1, "GET exchangeInfo": 20, "GET klines": 2, "GET uiKlines": 2, "GET avgPrice": 2,
    "GET trades": 25, "GET historicalTrades": 25, "GET aggTrades": 4, "GET ticker/price": 2, "GET ticker/bookTicker": 2,
    "GET ticker/24hr": 2, "GET account": 20, "GET account/commission": 20, "GET rateLimit/order": 40,
    "GET sapi/v1/account/apiRestrictions": 1,
    "POST order": 1, "POST order/test": 1, "DELETE order": 1, "DELETE openOrders": 1, "POST order/cancelReplace": 1,
    "PUT order/amend/keepPriority": 4, "GET order": 4, "GET openOrders": 6, "GET allOrders": 20, "GET myTrades": 20,
    "POST orderList/oco": 1, "POST orderList/oto": 1, "POST orderList/otoco": 1, "DELETE orderList": 1,
    "GET orderList": 4, "GET allOrderList": 20, "GET openOrderList": 6, "GET myPreventedMatches": 20,
}  # fmt: skip
_USDM: dict[str, int] = {
    "GET ping": 1, "GET time": 1, "GET exchangeInfo": 1, "GET premiumIndex": 1, "GET fundingRate": 1,
    "GET trades": 5, "GET aggTrades": 20, "GET ticker/price": 1, "GET ticker/bookTicker": 2, "GET ticker/24hr": 1,
    "GET account": 5, "GET balance": 5, "GET positionRisk": 5, "GET positionSide/dual": 30, "GET income": 30,
    "GET userTrades": 5, "GET order": 1, "GET openOrder": 1, "GET openOrders": 1, "GET allOrders": 5,
    "POST order": 0, "PUT order": 1, "DELETE order": 1, "DELETE allOpenOrders": 1, "POST leverage": 1,
    "POST marginType": 1, "POST listenKey": 1, "PUT listenKey": 1, "DELETE listenKey": 1,
    "POST countdownCancelAll": 10, "POST algoOrder": 0, "DELETE algoOrder": 1, "GET algoOrder": 1,
    "GET openAlgoOrders": 1, "GET allAlgoOrders": 5, "DELETE algoOpenOrders": 1, "GET commissionRate": 20,
    "GET symbolConfig": 5, "GET leverageBracket": 1, "POST positionSide/dual": 1,
}  # fmt: skip
_TABLES = {Product.SPOT: _SPOT, Product.USDM: _USDM}
_STEPS = {
    (Product.SPOT, "GET depth"): ((100, 5), (500, 25), (1_000, 50), (5_000, 250)),
    (Product.USDM, "GET depth"): ((50, 2), (100, 5), (500, 10), (1_000, 20)),
    (Product.USDM, "GET klines"): ((99, 1), (499, 2), (1_000, 5), (1_500, 10)),
}
"""What costs more the more is asked for: up to this `limit`, so much."""
_DEFAULT_LIMIT = {"GET depth": {Product.SPOT: 100, Product.USDM: 500}, "GET klines": {Product.USDM: 500}}
_WITHOUT_SYMBOL = {
    Product.SPOT: {"GET openOrders": 80, "GET ticker/price": 4, "GET ticker/bookTicker": 4, "GET ticker/24hr": 80},
    Product.USDM: {
        "GET openOrders": 40, "GET openAlgoOrders": 40, "GET ticker/price": 2, "GET ticker/bookTicker": 5,
        "GET ticker/24hr": 40, "GET premiumIndex": 10,
    },
}  # fmt: skip


def weight_of(product: Product, call: str, params: Mapping[str, object]) -> int:
    """Return what a call (`GET klines`) costs with these parameters; raise `KeyError` for one that is not known."""
    if "symbol" not in params and "symbols" not in params and call in _WITHOUT_SYMBOL[product]:
        return _WITHOUT_SYMBOL[product][call]
    steps = _STEPS.get((product, call))
    if steps is not None:
        limit = int(str(params.get("limit", _DEFAULT_LIMIT[call][product])))
        return next((weight for most, weight in steps if limit <= most), steps[-1][1])
    if product is Product.SPOT and call == "GET myTrades" and "orderId" in params:
        return 5
    return _TABLES[product][call]


def calls_of(product: Product) -> frozenset[str]:
    """Return all calls whose weight is known."""
    return frozenset(_TABLES[product]) | {call for known, call in _STEPS if known is product}
