"""Where the close stands in the recent range of its bars.

In a window without any range there is no such place; all three then answer 0, as TA-Lib does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.strategy.indicators.averages import SMA
from tradewind.strategy.indicators.base import BarFed, whole
from tradewind.strategy.indicators.windows import Highest, Lowest

if TYPE_CHECKING:
    from tradewind.domain.market import Bar

ROUNDING = 1e-14
"""A deviation below this part of the price comes from adding prices up, not from the market; TA-Lib's bound."""


class Stochastic(BarFed):
    """Slow stochastic: `k` = SMA(100 · (close - lowest low) / (highest high - lowest low)), `d` = SMA(k).

    Nothing is answered before `d` is there. Source: G. C. Lane, "Lane's Stochastics", Technical Analysis
    of Stocks & Commodities, 1984.
    """

    __slots__ = ("_highest", "_lowest", "_smooth_d", "_smooth_k", "d", "k")

    def __init__(self, period: int = 14, k_smoothing: int = 3, d_smoothing: int = 3) -> None:
        whole("period", period)
        super().__init__(period + whole("k_smoothing", k_smoothing) + whole("d_smoothing", d_smoothing) - 3)
        self._highest, self._lowest = Highest(period), Lowest(period)
        self._smooth_k, self._smooth_d = SMA(k_smoothing), SMA(d_smoothing)
        self.k: float | None = None
        self.d: float | None = None

    def update(self, bar: Bar) -> float | None:
        """Take the next bar and return %K, from 0 to 100."""
        highest, lowest = self._highest.update(bar.high), self._lowest.update(bar.low)
        if highest is None or lowest is None:
            return None
        extent = highest - lowest
        k = self._smooth_k.update(100.0 * ((bar.close - lowest) / extent) if extent else 0.0)
        if k is None:
            return None
        d = self._smooth_d.update(k)
        if d is None:
            return None
        self.d = d
        self.k = self.value = k
        return k


class WilliamsR(BarFed):
    """Williams %R: -100 · (highest high - close) / (highest high - lowest low), from -100 to 0.

    Source: L. R. Williams, "How I Made One Million Dollars Last Year Trading Commodities", 1973.
    """

    __slots__ = ("_highest", "_lowest")

    def __init__(self, period: int = 14) -> None:
        super().__init__(whole("period", period) - 1)
        self._highest, self._lowest = Highest(period), Lowest(period)

    def update(self, bar: Bar) -> float | None:
        """Take the next bar and return %R."""
        highest, lowest = self._highest.update(bar.high), self._lowest.update(bar.low)
        if highest is None or lowest is None:
            return None
        extent = highest - lowest
        self.value = answer = -100.0 * ((highest - bar.close) / extent) if extent else 0.0
        return answer


class CCI(BarFed):
    """Commodity channel index: (p - mean(p)) / (0.015 · mean |p - mean(p)|), p = (high + low + close) / 3.

    The mean moves with every bar and each deviation with it, so this one walks its window: O(n) a bar.
    The sums run in the order of the ring, in which TA-Lib takes them: where prices hardly move, the
    quotient hangs on their last digits. Source: D. R. Lambert, "Commodity Channel Index: Tool for
    Trading Cyclic Trends", Commodities, October 1980.
    """

    __slots__ = ("_at", "_ring", "_size", "period")

    def __init__(self, period: int = 20) -> None:
        super().__init__(whole("period", period, 2) - 1)
        self.period = period
        self._size = float(period)
        self._ring = [0.0] * period
        self._at = 0

    def update(self, bar: Bar) -> float | None:
        """Take the next bar and return the index."""
        price = (bar.high + bar.low + bar.close) / 3.0
        ring, at = self._ring, self._at
        ring[at] = price
        self._at = at = at + 1 if at + 1 < self.period else 0
        if self.value is None and at:
            return None
        total = deviation = 0.0
        for each in ring:
            total += each
        mean = total / self._size
        for each in ring:
            deviation += each - mean if each > mean else mean - each
        deviation /= self._size
        self.value = index = (price - mean) / (0.015 * deviation) if deviation > ROUNDING * abs(mean) else 0.0
        return index
