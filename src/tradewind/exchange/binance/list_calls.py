"""Order lists placed, cancelled and asked for: OCO, OTO, OTOCO, and OCO as it was placed before there were others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.order import Side
from tradewind.exchange.binance import refusals as no
from tradewind.exchange.binance.asking import ANSWERS, asked
from tradewind.exchange.binance.dealer import until_gone
from tradewind.exchange.binance.params import Params
from tradewind.exchange.binance.symbols import MAX_LISTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.exchange.binance.asking import Asked
    from tradewind.exchange.binance.calls import Call
    from tradewind.exchange.binance.lists import OrderList
    from tradewind.exchange.binance.tickets import Ticket, Wire

_OWN = {
    "Type": "type", "Side": "side", "ClientOrderId": "newClientOrderId", "Price": "price", "StopPrice": "stopPrice",
    "TrailingDelta": "trailingDelta", "TimeInForce": "timeInForce", "Quantity": "quantity", "IcebergQty": "icebergQty",
    "StrategyId": "strategyId", "StrategyType": "strategyType",
}  # fmt: skip
"""What of a leg's parameters stands behind the leg's name, and what it is called for an order alone."""
_TARGETS, _STOPS = ("LIMIT_MAKER", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"), ("STOP_LOSS", "STOP_LOSS_LIMIT")
RELATION = "The relationship of the prices for the orders is not correct."
DEFAULT_ANSWER = "RESULT"


async def place_oco(call: Call) -> Wire:
    """Place two orders of which one will trade."""
    pair = _pair(call, "above", "below", side="side", quantity="quantity")
    return await _placed(call, pair, "OCO", 2)


async def place_old_oco(call: Call) -> Wire:
    """Place a limit order and a stop of which one will trade, as it was done before."""
    params = call.params
    common = {name: params.need(name) for name in ("symbol", "side", "quantity")}
    limit: dict[str, str | None] = {"type": "LIMIT_MAKER", "price": params.need("price")}
    stop: dict[str, str | None] = {
        "type": "STOP_LOSS",
        "stopPrice": params.get("stopPrice"),
        "trailingDelta": params.get("trailingDelta"),
    }
    stop_price = params.get("stopLimitPrice")
    if stop_price is not None:
        stop |= {"type": "STOP_LOSS_LIMIT", "price": stop_price, "timeInForce": params.need("stopLimitTimeInForce")}
    for leg, name in ((limit, "limit"), (stop, "stop")):
        leg["newClientOrderId"] = params.get(f"{name}ClientOrderId")
        params.get(f"{name}IcebergQty")
    target, waits = (asked(Params({**common, **_sent(leg)}), call.floor.symbols) for leg in (limit, stop))
    above, below = (target, waits) if target.side is Side.SELL else (waits, target)
    return await _placed(call, _stop_first(call, above, below, at_once=True), "OCO", 2)


async def place_oto(call: Call) -> Wire:
    """Place an order, and another that waits until it has filled."""
    working, pending = _working(call), _leg(call, "pending")
    return await _placed(call, [working, pending], "OTO", 1)


async def place_otoco(call: Call) -> Wire:
    """Place an order, and two others of which one will trade once it has filled."""
    working = _working(call)
    pair = _pair(call, "pendingAbove", "pendingBelow", side="pendingSide", quantity="pendingQuantity")
    return await _placed(call, [working, *pair], "OTO", 1)


async def cancel(call: Call) -> Wire:
    """Take all orders of a list back."""
    call.params.symbol(call.floor.symbols)
    made = _wanted(call, "listClientOrderId")
    name = call.params.client_id("newClientOrderId")
    call.params.all_read()
    if made is None or not made.is_open:
        raise no.cancel_rejected()
    legs = [leg for leg in made.legs if leg.is_open]
    call.dealer.ask_cancel(legs[0], name)
    for leg in legs:
        await until_gone(leg)
    return made.answered([leg.cancelled(leg.updated) for leg in legs if leg.status == "CANCELED"])


def status(call: Call) -> Wire:
    """Return one list."""
    made = _wanted(call, "origClientOrderId")
    call.params.all_read()
    if made is None:
        raise no.WireError(-2018, "Order list does not exist.")
    return made.answered()


def open_lists(call: Call) -> list[Wire]:
    """Return the lists of which an order may still trade."""
    call.params.all_read()
    return [made.answered() for made in call.dealer.orders.lists.values() if made.is_open]


def all_lists(call: Call) -> list[Wire]:
    """Return all lists that are remembered, from a number on."""
    first, limit = call.params.integer("fromId"), call.params.limit(500, 1000)
    for ignored in ("startTime", "endTime"):
        call.params.get(ignored)
    call.params.all_read()
    found = [made for made in call.dealer.orders.lists.values() if first is None or made.number >= first]
    return [made.answered() for made in (found[-limit:] if first is None else found[:limit])]


# --- reading ------------------------------------------------------------------------------------------


def _working(call: Call) -> Asked:
    kind = call.params.need("workingType")
    if kind not in ("LIMIT", "LIMIT_MAKER"):
        raise no.bad_type()
    return _leg(call, "working")


def _leg(call: Call, name: str, **common: str) -> Asked:
    """Read the order whose parameters begin with a name; those of `common` are for all orders of the list."""
    own = {plain: call.params.get(name + suffix) for suffix, plain in _OWN.items()}
    if own["type"] is None:
        raise no.missing(f"{name}Type")
    shared = {plain: call.params.need(sent) for plain, sent in common.items()}
    sent = {"symbol": call.params.need("symbol"), **_sent(own), **shared}
    return asked(Params(sent), call.floor.symbols)


def _pair(call: Call, above: str, below: str, *, side: str, quantity: str) -> list[Asked]:
    """Read two orders that cancel each other."""
    high, low = (_leg(call, name, side=side, quantity=quantity) for name in (above, below))
    return _stop_first(call, high, low, at_once=above == "above")


def _stop_first(call: Call, above: Asked, below: Asked, *, at_once: bool) -> list[Asked]:
    """Return the stop and the target; refuse what is no such pair, or whose prices stand on the wrong sides.

    One that begins `at_once` must have the market between them.
    """
    target, stop = (above, below) if above.side is Side.SELL else (below, above)
    if target.kind not in _TARGETS or stop.kind not in _STOPS:
        raise no.rejected("Unsupported order combination")
    high, low = above.stop_price or above.price, below.stop_price or below.price
    last = call.floor.market(above.symbol).last
    if high is not None and low is not None and high <= low:
        raise no.rejected(RELATION)
    if at_once and last is not None:
        if high is not None and float(high) <= last:
            raise no.rejected(RELATION)
        if low is not None and float(low) >= last:
            raise no.rejected(RELATION)
    return [stop, target]


def _sent(params: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in params.items() if value is not None}


# --- placing ------------------------------------------------------------------------------------------


async def _placed(call: Call, legs: Sequence[Asked], contingency: str, working: int) -> Wire:
    params, dealer = call.params, call.dealer
    name, answer = params.client_id("listClientOrderId"), params.get("newOrderRespType") or DEFAULT_ANSWER
    params.get("selfTradePreventionMode")
    params.all_read()
    if answer not in ANSWERS:
        raise no.WireError(-1122, "Invalid newOrderRespType.")
    lists = dealer.orders.lists.values()
    if name is not None and any(made.is_open and made.client_id == name for made in lists):
        raise no.rejected(no.DUPLICATE)
    if sum(made.is_open and made.symbol is legs[0].symbol for made in lists) >= MAX_LISTS:
        raise no.filter_failure("MAX_NUM_ORDER_LISTS")
    for place, leg in enumerate(legs):
        dealer.check(leg, waits=place >= working)
    for _ in legs:
        call.count_order()
    made = await dealer.place_list(legs, contingency, working, name)
    return made.answered([_report(leg, answer) for leg in made.legs])


def _report(leg: Ticket, answer: str) -> Wire:
    match answer:
        case "ACK":
            return leg.acknowledged(leg.created)
        case "RESULT":
            return leg.result(leg.created)
        case _:
            return leg.full(leg.created)


def _wanted(call: Call, name: str) -> OrderList | None:
    number, client_id = call.params.integer("orderListId"), call.params.client_id(name)
    if number is None and client_id is None:
        raise no.either(name, "orderListId")
    return call.dealer.orders.find_list(number, client_id)
