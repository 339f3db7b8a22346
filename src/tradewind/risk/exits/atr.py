"""The mean true range of closed bars (J. W. Wilder, 1978), as a plain mean: spec/risk-and-positions.md, section 2."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.market import Bar


def mean_true_range(bars: Sequence[Bar], period: int) -> float | None:
    """Return the mean true range of the last `period` bars, in price units; None without one more than that.

    The first range of all has no close before it, so it would not be a true one.
    """
    if len(bars) <= period:
        return None
    last = bars[-period - 1 :]
    total = 0.0
    for before, bar in itertools.pairwise(last):
        total += max(bar.high, before.close) - min(bar.low, before.close)
    return total / period
