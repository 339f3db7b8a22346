"""Sums and extremes of the last n values, in constant time and without subtraction.

All three keep one list of n places that is filled from its end to its start. When a lap is done, the
list is folded in place: place i then holds the fold of the newest i values of the lap, which is what the
window still wants of them when the next value is due at place i. So each answer is one fold of two parts,
the old one read from the list and the new one kept running, and nothing is ever taken out of a sum: zeros
add up to zero, and there is no drift. (M. van Herk, "A fast algorithm for local minimum and maximum
filters", Pattern Recognition Letters 13, 1992; J. Gil and M. Werman, "Computing 2-D min, median, and max
filters", IEEE PAMI 15, 1993.)
"""

from __future__ import annotations

from itertools import accumulate
from math import inf

from tradewind.strategy.indicators.base import ValueFed, whole


class RollingSum:
    """The sum of the last `period` values; what came before the first counts as zero."""

    __slots__ = ("_left", "_new", "_ring", "period")

    def __init__(self, period: int) -> None:
        self.period = whole("period", period)
        self._ring = [0.0] * period
        self._left = period - 1
        self._new = 0.0

    def add(self, value: float) -> float:
        """Take the next value and return the sum."""
        ring, left = self._ring, self._left
        new = self._new + value
        total = new + ring[left]
        ring[left] = value
        if left > 0:
            self._left, self._new = left - 1, new
            return total
        self._ring = list(accumulate(ring, initial=0.0))
        self._ring.pop()
        self._left, self._new = self.period - 1, 0.0
        return total


class Highest(ValueFed):
    """The highest of the last `period` values, this one included: max(x[t-n+1] … x[t])."""

    __slots__ = ("_left", "_new", "_ring", "period")

    def __init__(self, period: int) -> None:
        super().__init__(whole("period", period) - 1)
        self.period = period
        self._ring = [-inf] * period
        self._left = period - 1
        self._new = -inf

    def update(self, value: float) -> float | None:
        """Take the next value and return the highest of the window."""
        ring, left, new = self._ring, self._left, self._new
        if value > new:  # noqa: PLR1730 (a call of max costs a third of the update)
            new = value
        old = ring[left]
        ring[left] = value
        if left > 0:
            self._left, self._new = left - 1, new
            if self.value is None:
                return None
        else:
            self._turn()
        self.value = highest = new if new > old else old  # noqa: FURB136 (the same)
        return highest

    def _turn(self) -> None:
        ring, highest = self._ring, -inf
        for place, value in enumerate(ring):
            ring[place] = highest
            if value > highest:  # noqa: PLR1730 (the same)
                highest = value
        self._left, self._new = self.period - 1, -inf


class Lowest(ValueFed):
    """The lowest of the last `period` values, this one included: min(x[t-n+1] … x[t])."""

    __slots__ = ("_left", "_new", "_ring", "period")

    def __init__(self, period: int) -> None:
        super().__init__(whole("period", period) - 1)
        self.period = period
        self._ring = [inf] * period
        self._left = period - 1
        self._new = inf

    def update(self, value: float) -> float | None:
        """Take the next value and return the lowest of the window."""
        ring, left, new = self._ring, self._left, self._new
        if value < new:  # noqa: PLR1730 (a call of min costs a third of the update)
            new = value
        old = ring[left]
        ring[left] = value
        if left > 0:
            self._left, self._new = left - 1, new
            if self.value is None:
                return None
        else:
            self._turn()
        self.value = lowest = new if new < old else old  # noqa: FURB136 (the same)
        return lowest

    def _turn(self) -> None:
        ring, lowest = self._ring, inf
        for place, value in enumerate(ring):
            ring[place] = lowest
            if value < lowest:  # noqa: PLR1730 (the same)
                lowest = value
        self._left, self._new = self.period - 1, inf
