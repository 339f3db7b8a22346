"""What an approved intent becomes: its order, and the exits that are attached to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from tradewind.domain.order import OrderSpec, OrderType, Purpose

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.signal import OrderIntent

Approved = tuple[OrderSpec, tuple[OrderSpec, ...]]
"""An order, and the exits that are attached to it."""


def orders_of(intent: OrderIntent, quantity: Decimal) -> Approved:
    """Turn an approved intent into its order and the exits attached to it."""
    if intent.is_bare:
        return OrderSpec(
            intent.id, intent.strategy, intent.instrument, intent.side, intent.type, quantity,
            reduce_only=intent.reduce_only, oco=intent.oco, purpose=intent.purpose, tag=intent.tag,
        ), ()  # fmt: skip
    spec = OrderSpec(
        id=intent.id, strategy=intent.strategy, instrument=intent.instrument, side=intent.side, type=intent.type,
        quantity=quantity, price=intent.price, trigger=intent.trigger, trail_amount=intent.trail_amount,
        trail_fraction=intent.trail_fraction, tif=intent.tif, expire_at=intent.expire_at,
        post_only=intent.post_only, reduce_only=intent.reduce_only, oco=intent.oco, purpose=intent.purpose,
        tag=intent.tag,
    )  # fmt: skip
    exits = []
    if intent.stop_loss is not None and intent.stop_loss_id is not None:
        exits.append(_exit(spec, intent.stop_loss_id, OrderType.STOP, Purpose.STOP_LOSS, trigger=intent.stop_loss))
    if intent.take_profit is not None and intent.take_profit_id is not None:
        exits.append(_exit(spec, intent.take_profit_id, OrderType.LIMIT, Purpose.TAKE_PROFIT, price=intent.take_profit))
    if intent.time_limit_ns is not None and intent.time_limit_id is not None:
        timed = _exit(spec, intent.time_limit_id, OrderType.MARKET, Purpose.TIME_LIMIT)
        exits.append(structs.replace(timed, after_ns=intent.time_limit_ns))
    return spec, tuple(exits)


def netted(spec: OrderSpec, exits: tuple[OrderSpec, ...]) -> Approved:
    """Send what may only reduce as plain orders."""
    order = structs.replace(spec, netted=True) if spec.reduce_only else spec
    return order, tuple(structs.replace(child, netted=True) for child in exits)


def _exit(  # noqa: PLR0913 - the fields in which the two exits differ
    parent: OrderSpec,
    order_id: object,
    kind: OrderType,
    purpose: Purpose,
    *,
    price: Decimal | None = None,
    trigger: Decimal | None = None,
) -> OrderSpec:
    return OrderSpec(
        id=order_id, strategy=parent.strategy, instrument=parent.instrument, side=parent.side.opposite, type=kind,  # type: ignore[arg-type]
        quantity=parent.quantity, price=price, trigger=trigger, reduce_only=True, oco=f"{parent.id}/exit",
        parent=parent.id, purpose=purpose, tag=parent.tag,
    )  # fmt: skip
