"""How far prices swing: deviation, bands, true range, channels."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from tradewind.strategy.indicators.base import BarFed, ValueFed, positive, whole
from tradewind.strategy.indicators.windows import Highest, Lowest

if TYPE_CHECKING:
    from tradewind.domain.market import Bar


class StdDev(ValueFed):
    """Standard deviation of the last n values, population form: sqrt(mean((x - mean(x))²)); `mean` beside it.

    The sum of squares less the square of the sum would lose the digits that matter, so the two parts of
    the window (see `windows`) each keep mean and squared deviations and are joined by Chan's formula.
    Sources: B. P. Welford, Technometrics 4, 1962; T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for
    Computing the Sample Variance", The American Statistician 37, 1983.
    """

    __slots__ = ("_left", "_new_mean", "_new_squares", "_old", "_ring", "mean", "period")

    def __init__(self, period: int) -> None:
        super().__init__(whole("period", period, 2) - 1)
        self.period = period
        self.mean: float | None = None
        self._ring = [0.0] * period
        self._old: list[tuple[float, float]] = []
        self._left = period - 1
        self._new_mean = self._new_squares = 0.0

    def update(self, value: float) -> float | None:
        """Take the next value and return the deviation."""
        left, period = self._left, self.period
        self._ring[left] = value
        new = period - left
        gap = value - self._new_mean
        mean = self._new_mean + gap / new
        squares = self._new_squares + gap * (value - mean)
        if left > 0:
            self._left, self._new_mean, self._new_squares = left - 1, mean, squares
            if not self._old:
                return None
            old_mean, old_squares = self._old[left]
            gap = old_mean - mean
            mean += gap * left / period
            squares += old_squares + gap * gap * (left * new / period)
        else:
            self._turn()
        self.mean = mean
        self.value = deviation = sqrt(squares / period)
        return deviation

    def _turn(self) -> None:
        """Begin a lap: place i of `_old` gets mean and squares of the newest i values of the last one."""
        mean = squares = 0.0
        self._old = old = [(0.0, 0.0)]
        for count, value in enumerate(self._ring, 1):
            gap = value - mean
            mean += gap / count
            squares += gap * (value - mean)
            old.append((mean, squares))
        self._left = self.period - 1
        self._new_mean = self._new_squares = 0.0


class BollingerBands(ValueFed):
    """Bollinger bands: `middle` = SMA(n), `upper` and `lower` = middle ± deviations · StdDev(n).

    Source: J. Bollinger, "Bollinger on Bollinger Bands", 2001.
    """

    __slots__ = ("_deviation", "deviations", "lower", "middle", "upper")

    def __init__(self, period: int = 20, deviations: float = 2.0) -> None:
        self._deviation = StdDev(period)
        super().__init__(self._deviation.warmup)
        self.deviations = positive("deviations", deviations)
        self.upper: float | None = None
        self.middle: float | None = None
        self.lower: float | None = None

    def update(self, value: float) -> float | None:
        """Take the next value and return the middle band."""
        deviation = self._deviation.update(value)
        middle = self._deviation.mean
        if deviation is None or middle is None:
            return None
        reach = deviation * self.deviations
        self.upper, self.lower = middle + reach, middle - reach
        self.middle = self.value = middle
        return middle


class TrueRange(BarFed):
    """True range: the bar's range, stretched to the close before it: max(high, close[t-1]) - min(low, close[t-1]).

    Source: J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
    """

    __slots__ = ("_close",)

    def __init__(self) -> None:
        super().__init__(1)
        self._close: float | None = None

    def update(self, bar: Bar) -> float | None:
        """Take the next bar and return its true range."""
        close, self._close = self._close, bar.close
        if close is None:
            return None
        high, low = bar.high, bar.low
        if close > high:
            high = close
        elif close < low:
            low = close
        self.value = extent = high - low
        return extent


class ATR(BarFed):
    """Average true range: the mean of the first n true ranges, then y = (y · (n - 1) + range) / n.

    Source: J. W. Wilder, "New Concepts in Technical Trading Systems", 1978.
    """

    __slots__ = ("_close", "_rest", "_seen", "_size", "_total", "period")

    def __init__(self, period: int = 14) -> None:
        super().__init__(whole("period", period))
        self.period = period
        self._rest, self._size = period - 1.0, float(period)
        self._close = self._total = 0.0
        self._seen = 0

    def update(self, bar: Bar) -> float | None:
        """Take the next bar and return the average."""
        close = self._close
        self._close = bar.close
        high, low = bar.high, bar.low
        if close > high:
            high = close
        elif close < low:
            low = close
        last = self.value
        if last is None:
            return self._begin(high - low)
        self.value = last = (last * self._rest + (high - low)) / self._size
        return last

    def _begin(self, extent: float) -> float | None:
        """Gather the first ranges; the very first bar has none, for want of a close before it."""
        if self._seen:
            self._total += extent
        self._seen += 1
        if self._seen > self.period:
            self.value = self._total / self.period
        return self.value


class Donchian(BarFed):
    """Donchian channel: `upper` = highest high, `lower` = lowest low of n bars, `middle` between them.

    The newest bar is part of the channel: for a breakout, compare it with the channel before the update.
    Source: R. D. Donchian's four-week rule, in "High Finance in Copper", Financial Analysts Journal 16, 1960.
    """

    __slots__ = ("_highest", "_lowest", "lower", "middle", "upper")

    def __init__(self, period: int = 20) -> None:
        super().__init__(whole("period", period) - 1)
        self._highest, self._lowest = Highest(period), Lowest(period)
        self.upper: float | None = None
        self.middle: float | None = None
        self.lower: float | None = None

    def update(self, bar: Bar) -> float | None:
        """Take the next bar and return the middle of the channel."""
        upper, lower = self._highest.update(bar.high), self._lowest.update(bar.low)
        if upper is None or lower is None:
            return None
        self.upper, self.lower = upper, lower
        self.middle = self.value = middle = (upper + lower) / 2.0
        return middle
