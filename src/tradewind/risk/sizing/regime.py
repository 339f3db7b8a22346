"""What sizers make of a regime: the multiplier of most, the table of one, and the leverage that is aimed at."""

from __future__ import annotations

from decimal import Decimal
from math import log2
from typing import TYPE_CHECKING

from tradewind.domain.money import ONE, exact
from tradewind.domain.regime import Trend, Volatility

if TYPE_CHECKING:
    from tradewind.domain.regime import Regime

D = Decimal
HIGH = Volatility.HIGH
ADAPTIVE = {
    Trend.UP: (D("1.8"), D("1.2")), Trend.DOWN: (D("0.4"), D("0.2")), Trend.RANGE: (D("0.8"), D("0.3")),
}  # fmt: skip
"""Factors of `regime_adaptive`, at low and at high volatility."""
ADAPTIVE_UNKNOWN = D("0.5")
LEVERAGE = {
    Trend.UP: (D("2.5"), D("1.75")), Trend.RANGE: (ONE, ONE), Trend.DOWN: (D("0.5"), D(0)),
}  # fmt: skip
"""Leverage aimed at, likewise."""
LEVERAGE_MAX, LEVERAGE_STEP = D("3.0"), D("0.15")
_FULL = log2(102)


def multiplier(regime: Regime, *, bear: Decimal, floor: Decimal, rises: bool, by_confidence: bool = False) -> Decimal:
    """Return by how much a size is multiplied; an unknown regime changes nothing.

    `bear` is the factor of a falling market, `rises` says whether a rising one may add, `by_confidence` whether the
    confidence of the regime counts in full.
    """
    if regime.trend is Trend.UNKNOWN:
        return ONE
    factor, sure = ONE, None if regime.confidence is None else exact(regime.confidence)
    if regime.volatility is HIGH:
        factor *= D("0.8")
    if regime.trend is Trend.DOWN:
        factor *= bear
    elif regime.trend is Trend.RANGE:
        factor *= D("0.9")
    elif rises and sure is not None and sure > D("0.7"):
        factor *= D("1.2")
    if sure is not None and sure < D("0.5"):
        factor *= D("0.8")
    if by_confidence and sure is not None:
        factor *= max(D("0.5"), sure)
    return max(factor, floor)


def adaptive(regime: Regime) -> Decimal:
    """Return the factor of `regime_adaptive`."""
    if regime.trend is Trend.UNKNOWN or regime.volatility is Volatility.UNKNOWN:
        return ADAPTIVE_UNKNOWN
    return ADAPTIVE[regime.trend][regime.volatility is HIGH]


def conviction(regime: Regime) -> Decimal:
    """Return how far a regime is believed: its confidence, and more the longer it has lasted."""
    bars = regime.bars
    held = bars / 5 if bars < 5 else min(1.0, 0.5 + 0.5 * log2(bars - 3) / _FULL)
    return exact(regime.confidence or 0.0) * exact(held)


def leverage_target(regime: Regime) -> Decimal:
    """Return the leverage that is aimed at; 1 where nothing is known."""
    if regime.trend is Trend.UNKNOWN or regime.volatility is Volatility.UNKNOWN:
        return ONE
    table = LEVERAGE[regime.trend][regime.volatility is HIGH]
    return min(ONE + (table - ONE) * conviction(regime), LEVERAGE_MAX)


def leverage_after(leverage: Decimal, regime: Regime) -> Decimal:
    """Return the leverage one closed bar later: a step of the way to the target."""
    return leverage + LEVERAGE_STEP * (leverage_target(regime) - leverage)
