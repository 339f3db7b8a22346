"""Orders placed, cancelled, changed and asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance import refusals as no
from tradewind.exchange.binance.asking import Asked, asked
from tradewind.exchange.binance.dealer import cancelled, taken, until_answered, until_gone

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tradewind.exchange.binance.calls import Call
    from tradewind.exchange.binance.tickets import Ticket, Wire


def place(call: Call) -> Wire | Coroutine[None, None, Wire]:
    """Place an order; what the venue answers at once needs nobody to wait."""
    order = asked(call.params, call.floor.symbols)
    call.params.all_read()
    dealer = call.dealer
    dealer.check(order)
    call.count_order()
    ticket = dealer.send(order)
    return _answered(call, order, ticket) if ticket.is_answered else _answered_later(call, order, ticket)


async def _answered_later(call: Call, order: Asked, ticket: Ticket) -> Wire:
    await until_answered(ticket)
    return _answered(call, order, ticket)


async def _placed(call: Call, order: Asked) -> Wire:
    """Place the order that comes after a cancel."""
    call.dealer.check(order)
    call.count_order()
    return await _answered_later(call, order, call.dealer.send(order))


def _answered(call: Call, order: Asked, ticket: Ticket) -> Wire:
    taken(order, ticket)
    call.floor.limits.give_back(call.address, 1, call.floor.now())
    ts = ticket.created
    match order.answer:
        case "ACK":
            return ticket.acknowledged(ts)
        case "RESULT":
            return ticket.result(ts)
        case _:
            return ticket.full(ts)


def test(call: Call) -> Wire:
    """Check an order, and place none."""
    with_rates = call.params.flag("computeCommissionRates")
    order = asked(call.params, call.floor.symbols)
    call.params.all_read()
    call.dealer.check(order)
    if not with_rates:
        return {}
    fees = order.symbol.instrument.fees
    standard = {"maker": f"{fees.rate(maker=True):.8f}", "taker": f"{fees.rate(maker=False):.8f}"}
    none = {"maker": "0.00000000", "taker": "0.00000000"}
    discount = {"enabledForAccount": False, "enabledForSymbol": False, "discountAsset": "BNB", "discount": "0.00000000"}
    return {
        "standardCommissionForOrder": standard, "specialCommissionForOrder": none, "taxCommissionForOrder": none,
        "discount": discount,
    }  # fmt: skip


def cancel(call: Call) -> Wire | Coroutine[None, None, Wire]:
    """Take one order back."""
    ticket = _wanted(call, "origClientOrderId", cancels=True)
    name, restriction = call.params.client_id("newClientOrderId"), call.params.get("cancelRestrictions")
    call.params.all_read()
    if restriction is not None:
        if restriction not in ("ONLY_NEW", "ONLY_PARTIALLY_FILLED"):
            raise no.WireError(-1145, "Invalid cancelRestrictions")
        if ticket.is_open and ticket.status != restriction.removeprefix("ONLY_"):
            raise no.cancel_rejected("Order was not canceled due to cancel restrictions.")
    call.dealer.ask_cancel(ticket, name)
    return _cancelled(ticket) if ticket.is_cancel_answered else _cancelled_later(ticket)


async def _cancelled_later(ticket: Ticket) -> Wire:
    await until_gone(ticket)
    return _cancelled(ticket)


def _cancelled(ticket: Ticket) -> Wire:
    cancelled(ticket)
    return ticket.cancelled(ticket.updated)


async def cancel_open(call: Call) -> list[Wire]:
    """Take all orders of a symbol back."""
    symbol = call.params.symbol(call.floor.symbols)
    call.params.all_read()
    tickets = call.dealer.orders.open_orders(symbol)
    if not tickets:
        raise no.cancel_rejected()
    for ticket in tickets:
        if ticket.is_open:
            await call.dealer.cancel(ticket)
    gone = [ticket for ticket in tickets if ticket.status == "CANCELED"]
    lists = {ticket.order_list.number: ticket.order_list for ticket in gone if ticket.order_list is not None}
    alone = [ticket.cancelled(ticket.updated) for ticket in gone if ticket.order_list is None]
    return alone + [
        made.answered([leg.cancelled(leg.updated) for leg in made.legs if leg.status == "CANCELED"])
        for made in lists.values()
    ]


async def replace(call: Call) -> Wire:
    """Take an order back and place another, each answered for itself."""
    params = call.params
    mode = params.need("cancelReplaceMode")
    if mode not in ("STOP_ON_FAILURE", "ALLOW_FAILURE"):
        raise no.illegal("cancelReplaceMode", "STOP_ON_FAILURE, ALLOW_FAILURE")
    symbol = params.symbol(call.floor.symbols)
    number, original = params.integer("cancelOrderId"), params.client_id("cancelOrigClientOrderId")
    name = params.client_id("cancelNewClientOrderId")
    if number is None and original is None:
        raise no.either("cancelOrigClientOrderId", "cancelOrderId")
    for ignored in ("cancelRestrictions", "orderRateLimitExceededMode"):
        params.get(ignored)
    order = asked(params, call.floor.symbols)
    params.all_read()
    cancelled: Wire | None = None
    placed: Wire | None = None
    problems: dict[str, no.WireError] = {}
    try:
        ticket = call.dealer.orders.find(symbol, number, original)
        if ticket is None:
            raise no.cancel_rejected()
        await call.dealer.cancel(ticket, name)
        cancelled = ticket.cancelled(ticket.updated)
    except no.WireError as error:
        problems["cancel"] = error
    if "cancel" not in problems or mode == "ALLOW_FAILURE":
        try:
            placed = await _placed(call, order)
        except no.WireError as error:
            problems["new"] = error
    return _both(cancelled, placed, problems, attempted="cancel" not in problems or mode == "ALLOW_FAILURE")


def _both(cancelled: Wire | None, placed: Wire | None, problems: dict[str, no.WireError], *, attempted: bool) -> Wire:
    """Return both halves; raise them where one failed."""
    failed = problems.get("new")
    result: Wire = {
        "cancelResult": "SUCCESS" if cancelled is not None else "FAILURE",
        "newOrderResult": "SUCCESS" if placed is not None else "FAILURE" if attempted else "NOT_ATTEMPTED",
        "cancelResponse": cancelled if cancelled is not None else problems["cancel"].body(),
        "newOrderResponse": placed if placed is not None else None if failed is None else failed.body(),
    }
    if not problems:
        return result
    if cancelled is None and placed is None:
        raise no.WireError(-2022, "Order cancel-replace failed.", no.BAD, result)
    raise no.WireError(-2021, "Order cancel-replace partially failed.", no.CONFLICT, result)


async def amend(call: Call) -> Wire:
    """Make an order smaller, in its place."""
    ticket = _wanted(call, "origClientOrderId", cancels=False)
    quantity, name = call.params.number("newQty"), call.params.client_id("newClientOrderId")
    call.params.all_read()
    if quantity is None:
        raise no.missing("newQty")
    ticket.symbol.check_quantity(quantity, at_market=False)
    before = ticket.client_id
    await call.dealer.amend(ticket, quantity, name)
    return ticket.amended_answer(ticket.updated, call.floor.reports_last, before)


def status(call: Call) -> Wire:
    """Return one order."""
    ticket = _wanted(call, "origClientOrderId", cancels=False)
    call.params.all_read()
    return ticket.queried()


def open_orders(call: Call) -> list[Wire]:
    """Return what rests."""
    symbol = call.params.symbol_if_any(call.floor.symbols)
    call.params.all_read()
    return [ticket.queried() for ticket in call.dealer.orders.open_orders(symbol)]


def all_orders(call: Call) -> list[Wire]:
    """Return the orders of a symbol, from a number or a time on."""
    params = call.params
    symbol, number = params.symbol(call.floor.symbols), params.integer("orderId")
    start, end, limit = params.integer("startTime"), params.integer("endTime"), params.limit(500, 1000)
    params.all_read()
    found = [
        ticket
        for ticket in call.dealer.orders.all_orders(symbol)
        if (number is None or ticket.number >= number)
        and (start is None or ticket.created // NS_PER_MS >= start)
        and (end is None or ticket.created // NS_PER_MS <= end)
    ]
    chosen = found[-limit:] if number is None and start is None else found[:limit]
    return [ticket.queried() for ticket in chosen]


def _wanted(call: Call, name: str, *, cancels: bool) -> Ticket:
    """Return the order that a request is about; raise if there is none."""
    params = call.params
    symbol, number, original = params.symbol(call.floor.symbols), params.integer("orderId"), params.client_id(name)
    if number is None and original is None:
        raise no.either(name, "orderId")
    ticket = call.dealer.orders.find(symbol, number, original)
    if ticket is None:
        raise no.cancel_rejected() if cancels else no.no_such_order()
    return ticket
