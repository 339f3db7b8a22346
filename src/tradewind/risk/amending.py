"""What an amendment asks for: the order as it would be, and by how much it would grow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.signal import OrderIntent

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.order import OrderSpec
    from tradewind.domain.signal import AmendIntent
    from tradewind.ports import OrderView
    from tradewind.risk.checks import Candidate


def growth_of(whole: Candidate, order: OrderView) -> tuple[Decimal, Decimal]:
    """Return by how much an order would grow, in quantity and in value."""
    spec, there = order.spec, order.open_quantity
    value = whole.instrument.notional(there, spec.price or spec.trigger or whole.price)
    return whole.quantity - there, whole.value - value


def amended_intent(spec: OrderSpec, intent: AmendIntent, quantity: Decimal) -> OrderIntent:
    """Return the wish for an order as the amendment would leave it."""
    return OrderIntent(
        id=spec.id, strategy=spec.strategy, instrument=spec.instrument, side=spec.side, quantity=quantity,
        type=spec.type, price=spec.price if intent.price is None else intent.price,
        trigger=spec.trigger if intent.trigger is None else intent.trigger, trail_amount=spec.trail_amount,
        trail_fraction=spec.trail_fraction, tif=spec.tif, expire_at=spec.expire_at, post_only=spec.post_only,
        reduce_only=spec.reduce_only, purpose=intent.purpose,
    )  # fmt: skip
