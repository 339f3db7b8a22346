"""How large an order is when the strategy leaves that to the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import exact
from tradewind.risk.limits import SizerKind

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.signal import OrderIntent
    from tradewind.ports import View
    from tradewind.risk.limits import Sizing


def reference_price(intent: OrderIntent, view: View) -> Decimal | None:
    """Return the price at which the order is reckoned: its limit, else its trigger, else the last price or None."""
    if intent.price is not None:
        return intent.price
    if intent.trigger is not None:
        return intent.trigger
    last = view.last_price(intent.instrument)
    return None if last is None else exact(last)


def size(sizing: Sizing, intent: OrderIntent, price: Decimal, view: View) -> Decimal | None:
    """Return the raw quantity of an intent without one; None if what it needs is not known."""
    if sizing.kind is SizerKind.FIXED_QUANTITY:
        return sizing.value
    unit = price * view.instrument(intent.instrument).multiplier
    if sizing.kind is SizerKind.FIXED_VALUE:
        return sizing.value / unit
    equity, worth = view.equity(), view.worth(view.instrument(intent.instrument).quote)
    return None if equity is None or worth is None else sizing.value * equity / (unit * worth)
