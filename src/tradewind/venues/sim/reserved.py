"""What orders that rest set aside, and what they may still add to positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from tradewind.domain.ids import Asset, InstrumentId
    from tradewind.venues.sim.resting import Resting


def pending(
    order: Resting, resting: Iterable[Resting]
) -> tuple[dict[InstrumentId, Decimal], dict[InstrumentId, Decimal]]:
    """Return what other orders may still buy and sell, by instrument; exits add nothing."""
    buys: dict[InstrumentId, Decimal] = {}
    sales: dict[InstrumentId, Decimal] = {}
    for other in resting:
        spec = other.spec
        if other is not order and not spec.reduces_net and spec.parent is None:
            side = buys if other.is_buy else sales
            side[spec.instrument] = side.get(spec.instrument, ZERO) + other.left
    return buys, sales


def locked_by(resting: Iterable[Resting]) -> dict[Asset, Decimal]:
    """Return what is set aside for orders, by asset, as far as they have not filled.

    Of orders that cancel each other one trades, so that what the largest of them needs is set aside for all.
    """
    locked: dict[Asset, Decimal] = {}
    shared: dict[tuple[str, Asset], Decimal] = {}
    for order in resting:
        if order.reserved:
            asset = order.instrument.quote if order.is_buy else order.instrument.base
            part = order.reserved if not order.filled else order.reserved * order.left / order.spec.quantity
            if order.spec.oco is not None:
                before = shared.get((order.spec.oco, asset), ZERO)
                shared[order.spec.oco, asset] = max(part, before)
                part = max(part - before, ZERO)
            locked[asset] = locked.get(asset, ZERO) + part
    return locked
