"""The sizers, each a function from what is known to a fraction of the equity (section 3).

One whose input is absent says so: unknown is neither zero nor neutral.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.money import ONE, ZERO, exact
from tradewind.domain.regime import UNKNOWN, Regime, Trend, Volatility
from tradewind.domain.step import RefusalCode
from tradewind.domain.units import FractionOfEquity
from tradewind.risk.sizing import kelly as k
from tradewind.risk.sizing import regime as r
from tradewind.risk.sizing.settings import SizerKind, Sizing

if TYPE_CHECKING:
    from collections.abc import Callable

D, C, S = Decimal, RefusalCode, SizerKind
ATR_LEAST, ATR_COUNTED = D("0.001"), D("0.01")
LEVERAGED_CAP = D("0.50")
"""The largest size, over equity, that leverage makes."""


class Asked(msgspec.Struct, gc=False):
    """All that a sizer may ask for; None is unknown. Confidence and strength come with the intent, 0 to 1."""

    sizing: Sizing
    confidence: Decimal | None = None
    strength: Decimal | None = None
    regime: Regime = UNKNOWN
    price: Decimal = ONE
    atr: Decimal | None = None
    """Mean true range, in units of the price."""
    atr_multiplier: Decimal = ONE
    daily_left: FractionOfEquity | None = None
    """What the day may still lose; None where it is not limited."""
    risk_max: FractionOfEquity | None = None
    profits: tuple[Decimal, ...] = ()
    """Net profits of the strategy's closed trades, the latest last."""


class Unsized(msgspec.Struct, frozen=True, gc=False):
    """Why there is no size."""

    code: RefusalCode
    detail: str


Sized = FractionOfEquity | Unsized


def size_of(asked: Asked) -> Sized:
    """Return the raw size of an entry; `KeyError` for a sizer that counts in quantities."""
    missing = [name for name in NEEDS[asked.sizing.kind](asked.sizing) if getattr(asked, name) is None]
    if missing:
        return Unsized(C.SIZER_INPUT_MISSING, f"{asked.sizing.kind.value} needs {' and '.join(missing)}")
    return SIZERS[asked.sizing.kind](asked)


def _fixed(asked: Asked) -> Sized:
    size, sizing = asked.sizing.value, asked.sizing
    if sizing.by_confidence:
        size *= max(D("0.2"), asked.confidence or ZERO)
    if sizing.by_strength:
        size *= max(D("0.2"), asked.strength or ZERO)
    return FractionOfEquity(size)


def _confidence_weighted(asked: Asked) -> Sized:
    sizing, confidence, strength = asked.sizing, asked.confidence or ZERO, asked.strength or ZERO
    if confidence < sizing.confidence_min:
        return Unsized(C.ZERO_SIZE, f"confidence {confidence} is below {sizing.confidence_min}")
    m = r.multiplier(asked.regime, bear=D("0.6"), floor=D("0.1"), rises=True, by_confidence=True)
    return FractionOfEquity(sizing.value * max(sizing.confidence_floor, confidence) * max(D("0.3"), strength) * m)


def _atr_risk(asked: Asked) -> Sized:
    risk, regime = asked.sizing.value, asked.regime
    if regime.volatility is Volatility.HIGH:
        risk *= D("0.6")
    elif regime.trend in (Trend.UP, Trend.DOWN):
        risk *= D("1.5")
    if asked.risk_max is not None:
        risk = min(risk, asked.risk_max.value)
    if asked.daily_left is not None:
        risk = min(risk, asked.daily_left.value)
    move = (asked.atr or ZERO) / asked.price
    if move < ATR_LEAST:
        move = ATR_COUNTED
    return FractionOfEquity(max(risk, ZERO) / (move * asked.atr_multiplier))


def _kelly(asked: Asked) -> Sized:
    sizing, profits = asked.sizing, asked.profits[-asked.sizing.kelly_window :]
    if len(profits) < sizing.kelly_trades_min:
        return FractionOfEquity(sizing.value)
    edge = k.edge_of(profits)
    if edge is None:
        return Unsized(C.ZERO_SIZE, f"kelly: none of {len(profits)} trades won")
    m = r.multiplier(asked.regime, bear=D("0.7"), floor=D("0.2"), rises=False)
    weights = max(D("0.3"), asked.confidence or ZERO) * max(D("0.3"), asked.strength or ZERO) * m
    size = k.kelly(edge) * sizing.kelly_fraction * k.belief(edge) * weights
    return FractionOfEquity(min(size, sizing.kelly_cap)) if size else Unsized(C.ZERO_SIZE, "kelly: no edge")


def _regime_adaptive(asked: Asked) -> Sized:
    least = D("0.2")
    sure = max(D("0.3"), exact(asked.regime.confidence or 0.0))
    weights = max(least, asked.confidence or ZERO) * max(least, asked.strength or ZERO) * sure
    return FractionOfEquity(asked.sizing.value * r.adaptive(asked.regime) * weights)


BOTH = ("confidence", "strength")
NEEDS: dict[SizerKind, Callable[[Sizing], tuple[str, ...]]] = {
    S.FRACTION_OF_EQUITY: lambda _: (),
    S.FIXED_FRACTION: lambda sizing: (
        *(("confidence",) if sizing.by_confidence else ()), *(("strength",) if sizing.by_strength else ()),
    ),
    S.CONFIDENCE_WEIGHTED: lambda _: BOTH,
    S.ATR_RISK: lambda _: ("atr",),
    S.KELLY: lambda _: BOTH,
    S.REGIME_ADAPTIVE: lambda _: BOTH,
}  # fmt: skip
SIZERS: dict[SizerKind, Callable[[Asked], Sized]] = {
    S.FRACTION_OF_EQUITY: lambda asked: FractionOfEquity(asked.sizing.value),
    S.FIXED_FRACTION: _fixed,
    S.CONFIDENCE_WEIGHTED: _confidence_weighted,
    S.ATR_RISK: _atr_risk,
    S.KELLY: _kelly,
    S.REGIME_ADAPTIVE: _regime_adaptive,
}


def volatility_factor(percentile: Decimal) -> Decimal:
    """Return by how much a size is multiplied when the mean true range stands at this percentile (0 to 1)."""
    return min(max(D("0.5") / max(percentile, D("0.1")), D("0.5")), D("1.5"))


def leveraged(size: FractionOfEquity, leverage: Decimal) -> FractionOfEquity:
    """Return a size with leverage, up to half of the equity."""
    return FractionOfEquity(min(size.value * leverage, LEVERAGED_CAP))
