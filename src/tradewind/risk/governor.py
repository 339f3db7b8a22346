"""The exposure governor: what all positions may be worth together, by what the market is like (section 13)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.message import Message
from tradewind.domain.money import ONE
from tradewind.domain.regime import Trend, Volatility
from tradewind.domain.units import FractionOfEquity

if TYPE_CHECKING:
    from tradewind.domain.regime import Regime


class GovernorConfig(Message, frozen=True, gc=False):
    """Caps on the sum of all positions over equity, by trend and volatility."""

    up_low: Decimal = Decimal("0.50")
    up_high: Decimal = Decimal("0.35")
    down_low: Decimal = Decimal("0.20")
    down_high: Decimal = Decimal("0.15")
    range_low: Decimal = Decimal("0.30")
    range_high: Decimal = Decimal("0.20")
    unknown: Decimal = Decimal("0.15")

    def cap(self, regime: Regime, macro_factor: Decimal = ONE) -> FractionOfEquity:
        """Return the cap of a regime, times what a macro event leaves of it; of what is unknown, its own."""
        if regime.trend is Trend.UNKNOWN or regime.volatility is Volatility.UNKNOWN:
            cap = self.unknown
        else:
            cap = getattr(self, f"{regime.trend.value}_{regime.volatility.value}")
        return FractionOfEquity(cap * macro_factor)
