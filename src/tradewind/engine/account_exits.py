"""Stops that are not at the venue as they should be: others take their place, through the gate like any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.ids import EXTERNAL
from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderType, Purpose, TimeInForce
from tradewind.domain.signal import OrderIntent
from tradewind.domain.step import ExitMissing
from tradewind.execution.lifecycle import OrderState

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.checkpoint import KeptLapse
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.execution.order_ids import OrderIds
    from tradewind.execution.orders import Order, Orders
    from tradewind.portfolio.portfolio import Portfolio

_FILLED = OrderState.FILLED  # walked by every order that ends: to look a member of an Enum up takes 0.1 us


def replaced(  # noqa: PLR0913 - the order, and what is known of its end
    order: Order, quantity: Decimal, ids: OrderIds, lapse: KeptLapse, found: TimeNs, *, closes: bool
) -> tuple[ExitMissing, OrderIntent]:
    """Return a stop in the place of one that is missing, or the close of the position; with it the notice of it."""
    spec = order.spec
    instead = _close(spec, quantity, ids.next()) if closes else _stop(spec, quantity, ids)
    told = ExitMissing(
        spec.strategy, spec.instrument, spec.id, quantity, lapse.since, found, instead.id, lapse.tries, closes
    )
    return told, instead


def guards(order: Order) -> bool:
    """Tell whether an order is a way out that the engine looks after: a stop, or the close in the place of one."""
    return order.spec.protects or order.spec.purpose is Purpose.PROTECTION


def lapsed(order: Order) -> bool:
    """Tell whether a way out has ended otherwise than by its execution, its time in force or our wish.

    What somebody else has placed is theirs to end.
    """
    spec = order.spec
    if order.state is _FILLED or order.is_unwanted or spec.strategy == EXTERNAL or not guards(order):
        return False
    return order.state is not OrderState.EXPIRED or spec.tif is TimeInForce.GTC


def needed(order: Order, portfolio: Portfolio) -> Decimal:
    """Return how much of the owner's position a way out was to close, on the lot."""
    spec = order.spec
    return _on_lot(min(_held(spec, portfolio), spec.quantity - order.filled), spec, portfolio)


def uncovered(order: Order, orders: Orders, portfolio: Portfolio, lapse: KeptLapse) -> Decimal:
    """Return how much of a position is without the way out that has lapsed, on the lot.

    Others that were placed since have taken its place, and so have the stops that it was to end with. Of a bracket
    only what its entry has opened, and its exits have not closed, is meant.
    """
    spec = order.spec
    held = _held(spec, portfolio)
    if held <= 0:
        return ZERO
    for other in orders.open(spec.instrument, spec.strategy):
        is_rival = spec.oco is not None and other.spec.oco == spec.oco
        if other.spec.side is spec.side and guards(other) and (other.number > lapse.number or is_rival):
            held -= other.open_quantity
    return _on_lot(min(held, share(order, orders) - lapse.covered), spec, portfolio)


def share(order: Order, orders: Orders) -> Decimal:
    """Return how much an exit may yet have to close."""
    spec = order.spec
    entry = None if spec.parent is None else orders.by_id.get(spec.parent)
    if entry is None:
        return spec.quantity - order.filled
    left = min(spec.quantity, entry.filled)
    for other in reversed(orders.by_id.values()):
        if other.number <= entry.number:
            break
        if other.spec.parent == spec.parent:
            left -= other.filled
    return left


def _held(spec: OrderSpec, portfolio: Portfolio) -> Decimal:
    """Return how much its owner holds that an order of this side closes."""
    return -portfolio.position(spec.instrument, spec.strategy).quantity * spec.side.sign


def _on_lot(quantity: Decimal, spec: OrderSpec, portfolio: Portfolio) -> Decimal:
    return portfolio.instruments[spec.instrument].quantity(quantity) if quantity > 0 else ZERO


def _stop(spec: OrderSpec, quantity: Decimal, ids: OrderIds) -> OrderIntent:
    return OrderIntent(
        ids.next(), spec.strategy, spec.instrument, spec.side, quantity, spec.type, price=spec.price,
        trigger=None if spec.type is OrderType.TRAILING_STOP else spec.trigger, trail_amount=spec.trail_amount,
        trail_fraction=spec.trail_fraction, reduce_only=True, purpose=Purpose.PROTECTION, tag=spec.tag,
    )  # fmt: skip


def _close(spec: OrderSpec, quantity: Decimal, name: ClientOrderId) -> OrderIntent:
    return OrderIntent(
        name, spec.strategy, spec.instrument, spec.side, quantity, reduce_only=True, purpose=Purpose.PROTECTION,
        tag=spec.tag,
    )  # fmt: skip
