"""How far prices swing: the mean true range of closed bars, and where the present one stands among the last."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.market import Bar

PERCENTILE_BARS = 252


def true_ranges(bars: Sequence[Bar]) -> list[float]:
    """Return the true range of each bar but the first, which has none before it."""
    return [max(bar.high, before.close) - min(bar.low, before.close) for before, bar in itertools.pairwise(bars)]


def average_true_range(bars: Sequence[Bar], period: int) -> float | None:
    """Return the mean of the last `period` true ranges; None with fewer."""
    ranges = true_ranges(bars[-(period + 1) :])
    return sum(ranges) / period if len(ranges) == period else None


def percentile(bars: Sequence[Bar], period: int) -> float | None:
    """Return the share of the last 252 mean true ranges that are not above the present one; None with fewer."""
    ranges = true_ranges(bars)
    count = len(ranges) - period + 1
    if count < PERCENTILE_BARS:
        return None
    total = sum(ranges[:period])
    means = [total / period]
    for place in range(period, len(ranges)):
        total += ranges[place] - ranges[place - period]
        means.append(total / period)
    last = means[-PERCENTILE_BARS:]
    return sum(mean <= means[-1] for mean in last) / PERCENTILE_BARS
