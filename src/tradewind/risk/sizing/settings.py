"""The settings of sizers, as plain numbers."""

from __future__ import annotations

import enum
from decimal import Decimal

from tradewind.domain.message import Message


class SizerKind(enum.Enum):
    """How an intent without a quantity gets one."""

    FIXED_QUANTITY = "fixed_quantity"
    """`value` base units."""
    FIXED_VALUE = "fixed_value"
    """As much as `value` of the quote asset buys."""
    FRACTION_OF_EQUITY = "fraction_of_equity"
    """As much as this fraction of the equity buys."""
    FIXED_FRACTION = "fixed_fraction"
    """A fraction of the equity, if so set times confidence and strength."""
    CONFIDENCE_WEIGHTED = "confidence_weighted"
    """A fraction of the equity times confidence, strength and the regime's multiplier."""
    ATR_RISK = "atr_risk"
    """So much that a move of one mean true range costs the risk per trade."""
    KELLY = "kelly"
    """By what the closed trades have won and lost."""
    REGIME_ADAPTIVE = "regime_adaptive"
    """A fraction of the equity times the regime's factor, confidence and strength."""


VALUES = {
    SizerKind.FRACTION_OF_EQUITY: Decimal("0.1"),
    SizerKind.FIXED_FRACTION: Decimal("0.02"),
    SizerKind.CONFIDENCE_WEIGHTED: Decimal("0.05"),
    SizerKind.ATR_RISK: Decimal("0.02"),
    SizerKind.KELLY: Decimal("0.02"),
    SizerKind.REGIME_ADAPTIVE: Decimal("0.03"),
}
"""What `value` is where it is not set; the two others need it."""


class Sizing(Message, frozen=True, gc=False):
    """The sizer of intents that name no quantity."""

    kind: SizerKind = SizerKind.FRACTION_OF_EQUITY
    value: Decimal = Decimal("0.1")
    by_confidence: bool = False
    """Whether `fixed_fraction` is multiplied by the confidence (at least .2)."""
    by_strength: bool = False
    """Likewise by the strength."""
    confidence_min: Decimal = Decimal("0.3")
    """Below it `confidence_weighted` is zero."""
    confidence_floor: Decimal = Decimal(0)
    kelly_fraction: Decimal = Decimal("0.5")
    kelly_trades_min: int = 30
    """With fewer closed trades `kelly` is `value`."""
    kelly_window: int = 100
    kelly_cap: Decimal = Decimal("0.20")
    volatility_target: bool = False
    """Whether the size is less when prices swing more than usual, and more when less."""
    leveraged: bool = False
    """Whether the size is multiplied by the leverage that the regime allows, up to half of the equity."""
