"""The settings of dynamic risk."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from tradewind.domain.message import Message

if TYPE_CHECKING:
    from collections.abc import Iterator


class DynamicRiskConfig(Message, frozen=True, gc=False):
    """When less is risked, and how much less; fractions."""

    drawdown_thresholds: tuple[Decimal, ...] = (Decimal("0.05"), Decimal("0.10"), Decimal("0.15"))
    risk_reduction_factors: tuple[Decimal, ...] = (Decimal("0.8"), Decimal("0.6"), Decimal("0.4"))
    recovery_thresholds: tuple[Decimal, ...] = (Decimal("0.02"), Decimal("0.05"))
    """Each rise off the trough that gives one tier back."""
    stop_widening_step: Decimal = Decimal("0.2")
    allow_increase: bool = True
    """Whether the factor may be above 1."""
    performance_window_days: int = 30
    min_trades: int = 10
    volatility_window_days: int = 30
    min_samples: int = 20
    high_volatility: float = 0.03
    """Standard deviation of the daily log returns of the instrument."""
    low_volatility: float = 0.01
    volatility_risk_multipliers: tuple[Decimal, Decimal] = (Decimal("0.7"), Decimal("1.3"))
    """Above the high volatility, and below the low one."""
    concentration_enabled: bool = True

    def faults(self, max_drawdown: Decimal | None) -> Iterator[str]:
        """Yield all that is wrong with them; tiers lie below the drawdown at which trading ends."""
        tiers = self.drawdown_thresholds
        for name in ("drawdown_thresholds", "recovery_thresholds"):
            if any(b <= a for a, b in pairwise((Decimal(0), *getattr(self, name)))):
                yield f"{name} are not above 0 and each above the one before"
        if len(tiers) != len(self.risk_reduction_factors):
            yield "drawdown_thresholds and risk_reduction_factors are of different length"
        if any(not 0 < factor <= 1 for factor in self.risk_reduction_factors):
            yield "risk_reduction_factors are not all above 0 and at most 1"
        yield from self.beyond(max_drawdown)
        if self.low_volatility >= self.high_volatility:
            yield "low_volatility is not below high_volatility"
        if any(factor <= 0 for factor in self.volatility_risk_multipliers) or self.stop_widening_step < 0:
            yield "volatility_risk_multipliers are not above 0, or stop_widening_step is below 0"
        for name in ("performance_window_days", "min_trades", "volatility_window_days", "min_samples"):
            if getattr(self, name) < 1:
                yield f"{name} {getattr(self, name)} is below 1"

    def beyond(self, max_drawdown: Decimal | None) -> Iterator[str]:
        """Yield the tiers that can never act, as trading ends before; none where there is no end."""
        late = [tier for tier in self.drawdown_thresholds if max_drawdown is not None and tier >= max_drawdown]
        if late:
            told = " and ".join(map(str, late))
            yield f"drawdown_thresholds {told} can never act: they reach max_drawdown {max_drawdown}"
