"""The metrics of risk: drawdown, and the ratios of return to its variation. Risk-free rate 0 throughout.

Drawdown is taken from every sample; everything that is averaged over time is taken from day ends, so that
the number of samples in a day does not weigh.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.time import NS_PER_HOUR
from tradewind.record.stats.drawdown import Drawdown, drawdowns
from tradewind.record.stats.equity import Sample, day_ends, returns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.ports import Calendar

DAYS_A_YEAR, TRADING_DAYS_A_YEAR = 365, 252
VAR_RETURNS_MIN = 30
"""A 5th percentile of fewer returns says nothing (spec/risk-and-positions.md, section 24)."""

_FLAT = 1e-12
"""A daily deviation below this is the rounding of floats, not risk."""


class Risk(msgspec.Struct, frozen=True, gc=False):
    """Fractions, and ratios a year; `var_95` is the 5th percentile of daily returns, a loss is negative."""

    max_drawdown: float | None
    current_drawdown: float | None
    average_drawdown: float | None
    longest_drawdown_hours: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    var_95: float | None
    volatility: float | None
    ulcer_index: float | None


def risk_of(samples: Sequence[Sample], cagr: float | None, calendar: Calendar | None = None) -> Risk:
    """Return the metrics of risk of equity samples (values of one unit, if there were transfers)."""
    follow = Drawdown()
    for ts, value in samples:
        follow.see(ts, value)
    points = day_ends(samples, calendar)
    returns = returns_of(points)
    under = [depth for _, depth in drawdowns(points)]
    a_year = DAYS_A_YEAR if calendar is None else TRADING_DAYS_A_YEAR
    known = bool(samples)
    return Risk(
        max_drawdown=follow.worst if known else None,
        current_drawdown=follow.current if known else None,
        average_drawdown=statistics.fmean(under) if known else None,
        longest_drawdown_hours=follow.longest_ns / NS_PER_HOUR if known else None,
        sharpe=sharpe(returns, a_year),
        sortino=sortino(returns, a_year),
        calmar=cagr / follow.worst if cagr is not None and follow.worst > 0.0 else None,
        var_95=percentile(returns, 0.05) if len(returns) >= VAR_RETURNS_MIN else None,
        volatility=volatility(returns, a_year),
        ulcer_index=math.sqrt(statistics.fmean(depth * depth for depth in under)) if known else None,
    )


def volatility(returns: Sequence[float], a_year: int) -> float | None:
    """Return the standard deviation (ddof 1) of daily returns, times the root of the days in a year."""
    return statistics.stdev(returns) * math.sqrt(a_year) if len(returns) >= 2 else None


def sharpe(returns: Sequence[float], a_year: int) -> float | None:
    """Return mean ÷ standard deviation (ddof 1) × √N; None without variation.

    Source: W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994).
    """
    if len(returns) < 2:
        return None
    deviation = statistics.stdev(returns)
    return statistics.fmean(returns) / deviation * math.sqrt(a_year) if deviation > _FLAT else None


def sortino(returns: Sequence[float], a_year: int) -> float | None:
    """Return mean ÷ √mean(min(0, r)²) × √N; None when no day lost.

    The downside is taken around 0 and over all days, not around the mean of the days that lost. Source: F. A.
    Sortino and L. N. Price, "Performance Measurement in a Downside Risk Framework", Journal of Investing 3 (1994).
    """
    if not returns:
        return None
    downside = math.sqrt(statistics.fmean(min(0.0, r) ** 2 for r in returns))
    return statistics.fmean(returns) / downside * math.sqrt(a_year) if downside > _FLAT else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the value below which `share` of the values lie, linear between neighbours; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
