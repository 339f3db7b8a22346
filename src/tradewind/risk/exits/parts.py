"""Partial exits and additions: how much, and at which price (spec/risk-and-positions.md, section 7).

A size is a fraction of what the entry has filled, floored to the lot. Where the sizes add up to all of it, the last
target closes whatever is left then, additions included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.instrument import Rounding
from tradewind.domain.money import ONE, ZERO
from tradewind.domain.order import Side
from tradewind.risk.exits.stops import gain

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.instrument import Instrument
    from tradewind.risk.exits.plan import PartialPlan


def wanted(
    plan: PartialPlan, original: Decimal, held: Decimal, taken: tuple[Decimal, ...], lot: Decimal
) -> list[Decimal]:
    """Return how much each target has yet to close of what is `held`; together never more than that."""
    left: list[Decimal] = []
    for place, size in enumerate(plan.sizes):
        done = taken[place] if place < len(taken) else ZERO
        left.append(max(_on_lot(size * original, lot) - done, ZERO))
    if sum(plan.sizes, ZERO) == ONE:
        left[-1] = held
    room = held
    for place, each in enumerate(left):
        left[place] = min(each, room)
        room -= left[place]
    return left


def target_price(plan: PartialPlan, place: int, side: Side, base: Decimal, instrument: Instrument) -> Decimal:
    """Return the price of a target, on the tick away from the market."""
    level = base * (ONE + side.sign * plan.targets[place])
    return instrument.price(level, Rounding.UP if side is Side.BUY else Rounding.DOWN)


def addition(plan: PartialPlan, added: int, original: Decimal, lot: Decimal) -> Decimal:
    """Return how much the next addition is for; 0 if there is none."""
    if added >= min(len(plan.thresholds), plan.additions_max):
        return ZERO
    return _on_lot(plan.additions[added] * original, lot)


def is_due(plan: PartialPlan, added: int, side: Side, base: Decimal, price: Decimal) -> bool:
    """Tell whether the price has come to where the next addition is made."""
    reached = gain(side, base, price)
    return -reached >= plan.thresholds[added] if plan.against else reached >= plan.thresholds[added]


def loss_at_stop(quantity: Decimal, cost: Decimal, level: Decimal, side: Side) -> Decimal:
    """Return what a position that has cost `cost` (unsigned) loses at its stop, before costs; below 0 is a gain."""
    return (cost - quantity * level) * side.sign


def _on_lot(quantity: Decimal, lot: Decimal) -> Decimal:
    return quantity // lot * lot
