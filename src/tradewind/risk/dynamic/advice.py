"""What each adviser of dynamic risk says, and how that is put together (section 5).

Pure arithmetic. An adviser without an opinion abstains, and does not count: a neutral 1 would hold the others down.
"""

from __future__ import annotations

import itertools
from decimal import Decimal
from math import log
from statistics import stdev
from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.money import FINEST, ONE, ZERO

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.domain.units import FractionOfEquity
    from tradewind.risk.dynamic.config import DynamicRiskConfig
    from tradewind.risk.results import Tally


class Advice(NamedTuple):
    """Factors on the size of an entry, on the distance of its stop, and on the risk of the day."""

    size: Decimal
    stop: Decimal
    daily: Decimal
    reason: str


NEUTRAL = Advice(ONE, ONE, ONE, "")
_OF_WINS, _OF_QUALITY = Decimal("0.6"), Decimal("0.4")
_BAD, _GOOD = Decimal("0.3"), Decimal("0.7")


def tiers_below(config: DynamicRiskConfig, drawdown: Decimal) -> int:
    """Return how many thresholds a drawdown has reached."""
    return sum(threshold <= drawdown for threshold in config.drawdown_thresholds)


def of_drawdown(config: DynamicRiskConfig, equity: Decimal, peak: Decimal, trough: Decimal) -> Advice | None:
    """Return the advice of a drawdown from the peak, with what the rise off the trough gives back of it."""
    tier = tiers_below(config, max(ZERO, (peak - equity) / peak))
    if not tier:
        return None
    rise = (equity - trough) / trough if trough > 0 else ZERO
    back = sum(threshold <= rise for threshold in config.recovery_thresholds)
    used = max(tier - back, 1)
    factor = config.risk_reduction_factors[used - 1]
    return Advice(factor, ONE + config.stop_widening_step * (used - 1), factor, f"drawdown, tier {used}")


def of_performance(config: DynamicRiskConfig, tally: Tally) -> Advice | None:
    """Return the advice of the trades closed within the window."""
    if tally.number < config.min_trades:
        return None
    quality = min(tally.won / tally.lost / 2, ONE) if tally.lost else (ONE if tally.won else ZERO)
    return of_score(_OF_WINS * tally.wins / tally.number + _OF_QUALITY * quality)


def of_score(score: Decimal) -> Advice | None:
    """Return the advice of a score of performance, 0 to 1."""
    if score < _BAD:
        return Advice(Decimal("0.6"), Decimal("1.2"), Decimal("0.7"), "bad performance")
    if score > _GOOD:
        return Advice(Decimal("1.2"), Decimal("0.9"), Decimal("1.1"), "good performance")
    return None


def of_volatility(config: DynamicRiskConfig, closes: Sequence[float]) -> Advice | None:
    """Return the advice of an instrument's daily closes, oldest first; the deviation is that of their log returns."""
    if len(closes) < config.min_samples + 1:
        return None
    deviation = stdev(log(later / earlier) for earlier, later in itertools.pairwise(closes))
    high, low = config.volatility_risk_multipliers
    if deviation > config.high_volatility:
        return Advice(high, Decimal("1.1"), high, "high volatility")
    if deviation < config.low_volatility:
        return Advice(low, Decimal("0.9"), low, "low volatility")
    return None


def of_concentration(
    config: DynamicRiskConfig, correlated: FractionOfEquity | None, held: Iterable[FractionOfEquity]
) -> Advice | None:
    """Return the advice of what is held already; `correlated` is the exposure from which few positions are too few."""
    sizes = [abs(size) for size in held if size]
    if not config.concentration_enabled or not sizes:
        return None
    total = sum((size.value for size in sizes), ZERO)
    if correlated is not None and total > correlated.value and len(sizes) <= 4:
        factor = max(Decimal("0.5"), correlated.value / total).quantize(FINEST)
        return Advice(factor, ONE, factor, "few positions hold much")
    if total > Decimal("0.15") and len(sizes) <= 2:
        return Advice(Decimal("0.8"), ONE, Decimal("0.8"), "two positions hold much")
    if any(size.value > Decimal("0.2") for size in sizes):
        return Advice(Decimal("0.9"), ONE, Decimal("0.9"), "one position is large")
    return None


def combined(advice: Iterable[Advice | None], *, may_increase: bool) -> Advice:
    """Return the least of the sizes and daily risks and the widest stop of those who have an opinion.

    What is above 1 counts as 1 unless more may be risked: with no drawdown, and where the settings allow it.
    """
    said = [each for each in advice if each is not None]
    if not said:
        return NEUTRAL
    size, daily = min(each.size for each in said), min(each.daily for each in said)
    stop = max(each.stop for each in said)
    if not may_increase:
        size, daily, stop = min(size, ONE), min(daily, ONE), max(stop, ONE)
    return Advice(size, stop, daily, "; ".join(each.reason for each in said))
