"""Limits that an operator may tighten while a session runs; none can be loosened that way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from tradewind.domain.money import plain

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.risk.limits import Limits

LIVE = (
    "order_value_max", "order_quantity_max", "position_value_max", "position_quantity_max", "strategy_value_max",
    "gross_value_max", "net_value_max", "leverage_max", "price_collar",
)  # fmt: skip
"""The limits that are looked at anew for each order; of all of them a lower one is tighter."""


def tightened(limits: Limits, name: str, value: Decimal) -> Limits | str:
    """Return the limits with one of them lower, or why that cannot be; `max_order_value` is `order_value_max` too."""
    known = f"{name.removeprefix('max_')}_max" if name.startswith("max_") else name
    if known not in LIVE:
        return f"{name} is no limit that can be tightened while it runs; there are {', '.join(LIVE)}"
    before: Decimal | None = getattr(limits, known)
    if value < 0:
        return f"{known} cannot be below zero"
    if before is not None and value > before:
        return f"{known} is {plain(before)}: {plain(value)} would loosen it, which takes a restart"
    return structs.replace(limits, **{known: value})
