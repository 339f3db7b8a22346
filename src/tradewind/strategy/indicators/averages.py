"""Moving averages.

A running mean that adds the new value and takes off the old one is the fastest there is, but its rounding
errors would grow with every bar. So it is made exact once a lap of its window, with `math.fsum`, which is
also the same on every Python (`sum` is not: it compensates since 3.12). What can gather in a lap is 1e-13
of the price.
"""

from __future__ import annotations

from math import fsum
from operator import mul

from tradewind.strategy.indicators.base import ValueFed, whole


class SMA(ValueFed):
    """Simple moving average: (x[t-n+1] + … + x[t]) / n."""

    __slots__ = ("_left", "_ring", "_share", "period")

    def __init__(self, period: int) -> None:
        super().__init__(whole("period", period) - 1)
        self.period = period
        self._ring = [0.0] * period
        self._left = period - 1
        self._share = 1.0 / period

    def update(self, value: float) -> float | None:
        """Take the next value and return the average."""
        mean = self.value
        left = self._left
        ring = self._ring
        if left > 0:
            self._left = left - 1
            if mean is not None:
                self.value = mean = mean + (value - ring[left]) * self._share
            ring[left] = value
            return mean
        ring[0] = value
        self._left = self.period - 1
        self.value = mean = fsum(ring) / self.period
        return mean


class EMA(ValueFed):
    """Exponential moving average: y += (x - y) · 2 / (n + 1), begun with the mean of the first n values.

    Source: R. G. Brown, "Smoothing, Forecasting and Prediction of Discrete Time Series", 1963; the
    beginning is TA-Lib's.
    """

    __slots__ = ("_factor", "_first", "period")

    def __init__(self, period: int) -> None:
        super().__init__(whole("period", period) - 1)
        self.period = period
        self._factor = 2.0 / (period + 1)
        self._first: list[float] = []

    def update(self, value: float) -> float | None:
        """Take the next value and return the average."""
        last = self.value
        if last is None:
            return self._begin(value)
        self.value = last = last + (value - last) * self._factor
        return last

    def _begin(self, value: float) -> float | None:
        self._first.append(value)
        if len(self._first) == self.period:
            self.value = fsum(self._first) / self.period
            self._first.clear()
        return self.value


class WMA(ValueFed):
    """Linearly weighted moving average: (1·x[t-n+1] + … + n·x[t]) / (n (n + 1) / 2).

    From one bar to the next each weight falls by one, which takes the plain sum off the weighted one.
    """

    __slots__ = ("_left", "_ring", "_size", "_total", "_weight", "_weighted", "_weights", "period")

    def __init__(self, period: int) -> None:
        super().__init__(whole("period", period) - 1)
        self.period = period
        self._ring = [0.0] * period
        self._left = period - 1
        self._size = float(period)
        self._weights = [float(weight) for weight in range(period, 0, -1)]
        self._weight = period * (period + 1) / 2
        self._total = self._weighted = 0.0

    def update(self, value: float) -> float | None:
        """Take the next value and return the average."""
        ring, left = self._ring, self._left
        if left > 0:
            self._left = left - 1
            weighted = self._weighted + (value * self._size - self._total)
            self._weighted = weighted
            self._total += value - ring[left]
            ring[left] = value
            if self.value is None:
                return None
        else:
            ring[0] = value
            self._left = self.period - 1
            self._total = fsum(ring)
            self._weighted = weighted = fsum(map(mul, ring, self._weights))
        self.value = average = weighted / self._weight
        return average
