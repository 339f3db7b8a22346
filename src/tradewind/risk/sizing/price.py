"""The price at which an order is reckoned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import exact

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.signal import OrderIntent
    from tradewind.ports import View


def reference_price(intent: OrderIntent, view: View) -> Decimal | None:
    """Return the price at which the order is reckoned: its limit, else its trigger, else the last price or None."""
    if intent.price is not None:
        return intent.price
    if intent.trigger is not None:
        return intent.trigger
    last = view.last_price(intent.instrument)
    return None if last is None else exact(last)
