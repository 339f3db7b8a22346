"""What we ask of Binance, as parameters of its calls: orders of ours become orders of theirs. Pure.

Amounts are written as they are, without exponent and without zeros at the end; what Binance has no order for is
refused here with `VenueRefused`, in words for people. Nothing here is signed or stamped: `sign.py`.
https://developers.binance.com/docs/binance-spot-api-docs/rest-api/trading-endpoints
https://developers.binance.com/docs/derivatives/usds-margined-futures/trade/rest-api
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.errors import VenueRefused
from tradewind.domain.money import plain
from tradewind.domain.order import OrderSpec, OrderType, Side, TimeInForce
from tradewind.domain.time import NS_PER_SECOND
from tradewind.venues.binance.filters import Draft
from tradewind.venues.binance.product import Product

if TYPE_CHECKING:
    from tradewind.domain.commands import AmendOrder
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.sign import Value

Params = dict[str, "Value"]

CLIENT_IDS = {
    Product.SPOT: re.compile(r"[a-zA-Z0-9_-]{1,36}"),
    Product.USDM: re.compile(r"[.A-Z:/a-z0-9_-]{1,36}"),
}
VENUES_OWN = ("autoclose-", "adl_autoclose", "settlement_autoclose-", "delivery_autoclose-")
"""How client ids of orders begin that the venue itself has placed on USD-M: never to be cancelled."""

_TIF = {
    TimeInForce.GTC: "GTC", TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK",
    TimeInForce.GTD: "GTC", TimeInForce.DAY: "GTC",
}  # fmt: skip
"""What should end by itself is ended by the engine (`engine/exits_here.py`); limit orders of USD-M by the venue too."""
_SIDES = {Side.BUY: "BUY", Side.SELL: "SELL"}
BIPS = Decimal(10_000)
GTD_LEAD_NS = 660 * NS_PER_SECOND
"""USD-M takes an order that ends by itself only later than in 600 s (else -5040); a minute more for the way."""


def new_order(spec: OrderSpec, symbol: str, product: Product, now: TimeNs) -> Params:
    """Return the parameters of the call that places an order: `order.place`, or `algoOrder.place` on USD-M.

    `now` is the time: an order that ends sooner than USD-M takes is ended by the engine alone.
    """
    _check_id(spec.id, product)
    _check_kind(spec)
    params: Params = {"symbol": symbol, "side": _SIDES[spec.side]}
    if product is Product.SPOT:
        params |= _spot(spec) | {"newClientOrderId": spec.id, "newOrderRespType": "RESULT"}
        return params
    params |= _usdm_algo(spec) if is_algo(spec, product) else _usdm(spec, now)
    return params | ({"reduceOnly": "true"} if spec.reduces_net else {})


def is_algo(spec: OrderSpec, product: Product) -> bool:
    """Tell whether an order goes to USD-M's service for conditional orders; on the plain one it would get -4120."""
    return product is Product.USDM and spec.type not in (OrderType.MARKET, OrderType.LIMIT)


def draft_of(spec: OrderSpec) -> Draft:
    """Return the order as the filters look at it."""
    return Draft(
        is_buy=spec.side is Side.BUY,
        is_market=spec.type not in (OrderType.LIMIT, OrderType.STOP_LIMIT),
        quantity=spec.quantity,
        price=spec.price,
        trigger=spec.trigger,
        trailing_bips=None if spec.trail_fraction is None else int(spec.trail_fraction * BIPS),
        is_conditional=spec.type not in (OrderType.MARKET, OrderType.LIMIT),
        reduce_only=spec.reduces_net,
    )


def named(order: ClientOrderId, symbol: str, product: Product, *, algo: bool = False) -> Params:
    """Return the parameters that name an order of ours: to ask for it, or to take it back."""
    _check_id(order, product)
    return {"clientAlgoId": order} if algo else {"symbol": symbol, "origClientOrderId": order}


def amended(effect: AmendOrder, spec: OrderSpec, symbol: str, product: Product) -> tuple[str, Params]:
    """Return the call that changes an order in place, and its parameters.

    Spot can make a quantity smaller and nothing else; its `cancelReplace` makes a new order under a new id, which is
    not what an amendment is. USD-M changes price and quantity of a limit order.
    """
    quantity = spec.quantity if effect.quantity is None else effect.quantity
    price = spec.price if effect.price is None else effect.price
    if effect.trigger is not None and effect.trigger != spec.trigger:
        raise VenueRefused("Binance cannot change the trigger of an order: cancel it and place another")
    if product is Product.USDM:
        if spec.type is not OrderType.LIMIT or price is None:
            raise VenueRefused("Binance changes limit orders alone: cancel it and place another")
        found: Params = {"side": _SIDES[spec.side], "quantity": plain(quantity), "price": plain(price)}
        return "order.modify", named(spec.id, symbol, product) | found
    if price != spec.price:
        raise VenueRefused("Binance cannot change the price of a spot order: cancel it and place another")
    if quantity >= spec.quantity:
        raise VenueRefused("Binance can make a spot order smaller, not larger: cancel it and place another")
    params = named(spec.id, symbol, product) | {"newQty": plain(quantity), "newClientOrderId": spec.id}
    return "order.amend.keepPriority", params


def _spot(spec: OrderSpec) -> Params:
    params: Params = {"quantity": plain(spec.quantity)}
    match spec.type:
        case OrderType.MARKET:
            return {"type": "MARKET"} | params
        case OrderType.LIMIT if spec.post_only:
            return {"type": "LIMIT_MAKER"} | params | {"price": _price(spec)}
        case OrderType.LIMIT:
            return {"type": "LIMIT", "timeInForce": _tif(spec)} | params | {"price": _price(spec)}
        case OrderType.STOP:
            return {"type": _touched(spec, "STOP_LOSS")} | params | {"stopPrice": _trigger(spec)}
        case OrderType.STOP_LIMIT:
            limit: Params = {"price": _price(spec), "stopPrice": _trigger(spec)}
            return {"type": f"{_touched(spec, 'STOP_LOSS')}_LIMIT", "timeInForce": _tif(spec)} | params | limit
        case OrderType.TRAILING_STOP:
            return {"type": "STOP_LOSS"} | params | {"trailingDelta": _bips(spec)}


def _usdm(spec: OrderSpec, now: TimeNs) -> Params:
    params: Params = {"quantity": plain(spec.quantity), "newClientOrderId": spec.id, "newOrderRespType": "RESULT"}
    if spec.type is OrderType.MARKET:
        return {"type": "MARKET"} | params
    params = {"type": "LIMIT"} | params | {"price": _price(spec)}
    if spec.post_only:
        return params | {"timeInForce": "GTX"}
    if spec.tif is TimeInForce.GTD and spec.expire_at is not None and spec.expire_at >= now + GTD_LEAD_NS:
        return params | {"timeInForce": "GTD", "goodTillDate": spec.expire_at // 1_000_000_000 * 1_000}
    return params | {"timeInForce": _tif(spec)}


def _usdm_algo(spec: OrderSpec) -> Params:
    params: Params = {
        "algoType": "CONDITIONAL", "quantity": plain(spec.quantity), "clientAlgoId": spec.id,
        "newOrderRespType": "RESULT",
    }  # fmt: skip
    match spec.type:
        case OrderType.STOP_LIMIT:
            limit: Params = {"price": _price(spec), "triggerPrice": _trigger(spec), "timeInForce": _tif(spec)}
            return {"type": _touched(spec, "STOP")} | params | limit
        case OrderType.TRAILING_STOP:
            percent = _fraction(spec) * 100
            if not Decimal("0.1") <= percent <= Decimal(10) or percent % Decimal("0.1"):
                raise VenueRefused(f"Binance trails by 0.1 % to 10 %, in steps of 0.1, not by {plain(percent)} %")
            return {"type": "TRAILING_STOP_MARKET"} | params | {"callbackRate": plain(percent)}
        case _:
            return {"type": f"{_touched(spec, 'STOP')}_MARKET"} | params | {"triggerPrice": _trigger(spec)}


def _touched(spec: OrderSpec, stop: str) -> str:
    """Return Binance's name for a trigger: `stop`, or what waits for the price on the market's other side."""
    return "TAKE_PROFIT" if spec.if_touched else stop


def _check_kind(spec: OrderSpec) -> None:
    """Refuse what would otherwise leave as something else than was asked for."""
    if spec.oco is not None:
        raise VenueRefused("orders that cancel each other are not sent to Binance: place one, and cancel it yourself")
    if spec.post_only and spec.type is not OrderType.LIMIT:
        raise VenueRefused(f"Binance has no post-only order of type {spec.type.value}")
    if spec.if_touched and spec.type is OrderType.TRAILING_STOP:
        raise VenueRefused("a trailing stop that waits on the other side of the market is not sent to Binance")


def _tif(spec: OrderSpec) -> str:
    return _TIF[spec.tif]


def _price(spec: OrderSpec) -> str:
    assert spec.price is not None, f"a limit order without a price: {spec.id}"
    return plain(spec.price)


def _trigger(spec: OrderSpec) -> str:
    assert spec.trigger is not None, f"a stop order without a trigger: {spec.id}"
    return plain(spec.trigger)


def _fraction(spec: OrderSpec) -> Decimal:
    if spec.trail_fraction is None:
        raise VenueRefused("Binance trails by a fraction of the price, not by an amount")
    return spec.trail_fraction


def _bips(spec: OrderSpec) -> int:
    bips = _fraction(spec) * BIPS
    if bips != int(bips):
        raise VenueRefused(f"Binance trails by whole basis points, not by {plain(bips)}")
    return int(bips)


def _check_id(order: str, product: Product) -> None:
    if not CLIENT_IDS[product].fullmatch(order):
        raise VenueRefused(f"not a client order id of Binance's: {order!r} (36 letters, digits, - and _ at the most)")
