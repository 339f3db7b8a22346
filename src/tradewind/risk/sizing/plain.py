"""How large an order is when the strategy leaves that to the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.risk.sizing.settings import SizerKind

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.signal import OrderIntent
    from tradewind.ports import View
    from tradewind.risk.sizing.settings import Sizing


def size(sizing: Sizing, intent: OrderIntent, price: Decimal, view: View) -> Decimal | None:
    """Return the raw quantity of an intent without one; None if what it needs is not known."""
    if sizing.kind is SizerKind.FIXED_QUANTITY:
        return sizing.value
    unit = price * view.instrument(intent.instrument).multiplier
    if sizing.kind is SizerKind.FIXED_VALUE:
        return sizing.value / unit
    equity, worth = view.equity(), view.worth(view.instrument(intent.instrument).quote)
    return None if equity is None or worth is None else sizing.value * equity / (unit * worth)
