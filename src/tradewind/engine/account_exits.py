"""Stops that are not at the venue as they should be: others take their place, through the gate like any order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderType, Purpose
from tradewind.domain.signal import CancelIntent, OrderIntent
from tradewind.domain.step import ExitMissing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.execution.orders import Order, OrderIds
    from tradewind.portfolio.portfolio import Portfolio


def replaced(
    order: Order, portfolio: Portfolio, ids: OrderIds, since: TimeNs, found: TimeNs
) -> Iterator[OrderIntent | CancelIntent | ExitMissing]:
    """Yield a stop in the place of one that is missing; if that was a replacement itself, the close of the position.

    The one that is missing is asked back first: should it be there after all, it does not stay beside the other.
    """
    spec = order.spec
    quantity = _needed(order, portfolio)
    if quantity <= 0:
        return
    instead = _close(spec, quantity, ids.next()) if spec.purpose is Purpose.PROTECTION else _stop(spec, quantity, ids)
    yield ExitMissing(spec.strategy, spec.instrument, spec.id, quantity, since, found, instead.id)
    yield CancelIntent(spec.strategy, spec.id)
    yield instead


def closed(order: Order, portfolio: Portfolio, ids: OrderIds) -> Iterator[OrderIntent]:
    """Yield the close of a position whose replacement of a stop the venue has refused."""
    quantity = _needed(order, portfolio)
    if quantity > 0:
        yield _close(order.spec, quantity, ids.next())


def _needed(order: Order, portfolio: Portfolio) -> Decimal:
    """Return how much of the owner's position the order was to close, on the lot."""
    spec = order.spec
    held = -portfolio.position(spec.instrument, spec.strategy).quantity * spec.side.sign
    wanted = min(held, spec.quantity - order.filled)
    return portfolio.instruments[spec.instrument].quantity(wanted) if wanted > 0 else ZERO


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
