"""Orders for contracts: plain ones, conditional ones, both cancelled and asked for apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance import refusals as no
from tradewind.exchange.binance.account_calls import fills_asked_for
from tradewind.exchange.binance.usdm.account_calls import held_of
from tradewind.exchange.binance.usdm.asking import FuturesAsked, asked
from tradewind.exchange.binance.usdm.shapes import algo_of, order_of, trade_of

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.exchange.binance.calls import Call
    from tradewind.exchange.binance.symbols import Symbol
    from tradewind.exchange.binance.tickets import Ticket, Wire

TRADES_SPAN_MS = 7 * 24 * 3_600_000
"""From a time on, trades are told for a week."""


async def place(call: Call) -> Wire:
    """Place a plain order."""
    return order_of(await _placed(call, conditional=False))


async def place_algo(call: Call) -> Wire:
    """Place a conditional order."""
    return algo_of(await _placed(call, conditional=True))


async def _placed(call: Call, *, conditional: bool) -> Ticket:
    order = _asked(call, conditional=conditional)
    call.count_order()
    return await call.dealer.place(order)


def test(call: Call) -> Wire:
    """Check an order, and place none."""
    _asked(call, conditional=False)
    return {}


def _asked(call: Call, *, conditional: bool) -> FuturesAsked:
    """Read an order, and check it."""

    def held(symbol: Symbol, side: str) -> Decimal:
        return held_of(call, symbol, side)

    has_sides = call.dealer.settings.has_sides
    symbols, now = call.floor.symbols, call.floor.now()
    order = asked(call.params, symbols, held, now, conditional=conditional, has_sides=has_sides)
    call.dealer.check(order)
    if order.closes_side and not conditional and order.quantity > abs(held(order.symbol, order.position_side)):
        raise no.WireError(-2022, "ReduceOnly Order is rejected.")
    return order


async def modify(call: Call) -> Wire:
    """Give a resting limit order another price or quantity."""
    ticket = _wanted(call, cancels=False)
    params = call.params
    params.get("side")
    price, quantity = params.number("price"), params.number("quantity")
    if ticket.kind != "LIMIT":
        raise no.WireError(-5028, "Only limit order is supported.")
    if (price or ticket.price) == ticket.price and (quantity or ticket.quantity) == ticket.quantity:
        raise no.WireError(-5027, "No need to modify the order.")
    if price is not None:
        ticket.symbol.check_price("price", price)
    if quantity is not None:
        ticket.symbol.check_quantity(quantity, at_market=False)
    return order_of(await call.dealer.change(ticket, quantity, price))


async def cancel(call: Call) -> Wire:
    """Take a plain order back."""
    ticket = _wanted(call, cancels=True)
    return order_of(await call.dealer.cancel(ticket, ticket.client_id))


async def cancel_all(call: Call) -> Wire:
    """Take all plain orders of a contract back; conditional ones stay."""
    return await _cancelled(call, algo=False)


async def cancel_algo(call: Call) -> Wire:
    """Take a conditional order back."""
    ticket = _wanted_algo(call)
    if ticket is None or not ticket.is_open:
        raise no.cancel_rejected()
    await call.dealer.cancel(ticket, ticket.client_id)
    return {
        "algoId": algo_of(ticket)["algoId"], "clientAlgoId": ticket.client_id, "code": "200", "msg": "success",
    }  # fmt: skip


async def cancel_all_algo(call: Call) -> Wire:
    """Take all conditional orders of a contract back."""
    return await _cancelled(call, algo=True)


async def _cancelled(call: Call, *, algo: bool) -> Wire:
    symbol = call.params.symbol(call.floor.symbols)
    for ticket in call.dealer.orders.open_orders(symbol):
        if _waits(ticket) is algo and ticket.is_open:
            await call.dealer.cancel(ticket, ticket.client_id)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def status(call: Call) -> Wire:
    """Return one plain order."""
    return order_of(_wanted(call, cancels=False))


def algo_status(call: Call) -> Wire:
    """Return one conditional order."""
    ticket = _wanted_algo(call)
    if ticket is None:
        raise no.no_such_order()
    return algo_of(ticket)


def open_orders(call: Call) -> list[Wire]:
    """Return the plain orders that rest."""
    symbol = call.params.symbol_if_any(call.floor.symbols)
    return [order_of(ticket) for ticket in call.dealer.orders.open_orders(symbol) if not _waits(ticket)]


def open_algo_orders(call: Call) -> list[Wire]:
    """Return the conditional orders that wait."""
    symbol = call.params.symbol_if_any(call.floor.symbols)
    return [algo_of(ticket) for ticket in call.dealer.orders.open_orders(symbol) if _waits(ticket)]


def all_orders(call: Call) -> list[Wire]:
    """Return the plain orders of a contract, from a number or a time on."""
    return [order_of(ticket) for ticket in _listed(call) if not (_is_algo(ticket) and ticket.working_since is None)]


def all_algo_orders(call: Call) -> list[Wire]:
    """Return the conditional orders of a contract."""
    return [algo_of(ticket) for ticket in _listed(call) if _is_algo(ticket)]


def _listed(call: Call) -> list[Ticket]:
    params = call.params
    symbol, number = params.symbol(call.floor.symbols), params.integer("orderId")
    start, end, limit = params.integer("startTime"), params.integer("endTime"), params.limit(500, 1000)
    found = [
        ticket
        for ticket in call.dealer.orders.all_orders(symbol)
        if (number is None or ticket.number >= number)
        and (start is None or ticket.created // NS_PER_MS >= start)
        and (end is None or ticket.created // NS_PER_MS <= end)
    ]
    return found[-limit:] if number is None and start is None else found[:limit]


def user_trades(call: Call) -> list[Wire]:
    """Return fills of a contract, from a number, an order or a time on."""
    return [trade_of(fill) for fill in fills_asked_for(call, TRADES_SPAN_MS)]


def _is_algo(ticket: Ticket) -> bool:
    return ticket.details.algo > 0


def _waits(ticket: Ticket) -> bool:
    """Tell whether an order is a condition that has not come true."""
    return _is_algo(ticket) and ticket.working_since is None


def _wanted(call: Call, *, cancels: bool) -> Ticket:
    params = call.params
    symbol, number = params.symbol(call.floor.symbols), params.integer("orderId")
    original = params.get("origClientOrderId")
    if number is None and original is None:
        raise no.either("origClientOrderId", "orderId")
    ticket = call.dealer.orders.find(symbol, number, original)
    if ticket is None or _waits(ticket):
        raise no.cancel_rejected() if cancels else no.no_such_order()
    return ticket


def _wanted_algo(call: Call) -> Ticket | None:
    params = call.params
    number, name = params.integer("algoId"), params.get("clientAlgoId")
    if number is None and name is None:
        raise no.either("clientAlgoId", "algoId")
    for symbol in call.floor.symbols:
        for ticket in call.dealer.orders.all_orders(symbol):
            algo = ticket.details.algo
            if algo and (algo == number or (number is None and ticket.client_id == name)):
                return ticket
    return None
