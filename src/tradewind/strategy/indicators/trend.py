"""Whether there is a trend, and which way."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from tradewind.strategy.indicators.base import BarFed, positive, whole
from tradewind.strategy.indicators.volatility import ATR

if TYPE_CHECKING:
    from tradewind.domain.market import Bar


class ADX(BarFed):
    """Average directional index, with `plus_di` and `minus_di`, which are there n - 1 bars before it.

    +DM = high - high[t-1] where that exceeds low[t-1] - low and 0, else 0; -DM the mirror; TR the true
    range. Each is summed by y = y - y / n + x, ±DI = 100 · ±DM / TR, DX = 100 · |+DI - -DI| / (+DI + -DI),
    and the index is the mean of the first n DX, then (y · (n - 1) + DX) / n. Where nothing moved ±DI are
    0 and the index stays. Source: J. W. Wilder, "New Concepts in Technical Trading Systems", 1978; the
    sums begin with n - 1 bars, as in TA-Lib.
    """

    __slots__ = (
        "_close",
        "_down",
        "_extent",
        "_high",
        "_low",
        "_seen",
        "_size",
        "_sum",
        "_up",
        "minus_di",
        "period",
        "plus_di",
    )

    def __init__(self, period: int = 14) -> None:
        super().__init__(2 * whole("period", period, 2) - 1)
        self.period = period
        self.plus_di: float | None = None
        self.minus_di: float | None = None
        self._high = self._low = self._close = 0.0
        self._up = self._down = self._extent = self._sum = 0.0
        self._size = float(period)
        self._seen = 0

    def update(self, bar: Bar) -> float | None:
        """Take the next bar and return the index, from 0 to 100."""
        high, low, close = bar.high, bar.low, self._close
        up, down = high - self._high, self._low - low
        self._high, self._low, self._close = high, low, bar.close
        self._seen += 1
        if self._seen == 1:
            return None
        if close > high:
            high = close
        elif close < low:
            low = close
        if self._seen > self.period:
            size = self._size
            self._up -= self._up / size
            self._down -= self._down / size
            self._extent -= self._extent / size
        self._extent += high - low
        if up > down and up > 0.0:
            self._up += up
        elif down > up and down > 0.0:
            self._down += down
        return self._direct() if self._seen > self.period else None

    def _direct(self) -> float | None:
        """Set the two directional indicators, and the index from their gap."""
        extent = self._extent
        self.plus_di = plus = 100.0 * (self._up / extent) if extent else 0.0
        self.minus_di = minus = 100.0 * (self._down / extent) if extent else 0.0
        total = plus + minus
        last, size = self.value, self._size
        if last is None:
            self._sum += 100.0 * (abs(minus - plus) / total) if total else 0.0
            if self._seen == 2 * self.period:
                self.value = self._sum / size
        elif total:
            self.value = last = (last * (size - 1.0) + 100.0 * (abs(minus - plus) / total)) / size
            return last
        return self.value


class SuperTrend(BarFed):
    """SuperTrend: the band (high + low) / 2 ± multiplier · ATR on the far side of the price, which only follows.

    The upper band falls and never rises until a close is above it; the lower band is its mirror.
    `direction` is +1 while the lower band is followed and -1 while the upper one is; it turns with a
    close beyond the band, and begins with -1. Source: O. Seban, in the form of TradingView's reference
    for `ta.supertrend` (whose signs are the reverse), with TA-Lib's ATR.
    """

    __slots__ = ("_atr", "_close", "_lower", "_upper", "direction", "multiplier")

    def __init__(self, period: int = 10, multiplier: float = 3.0) -> None:
        super().__init__(whole("period", period))
        self.multiplier = positive("multiplier", multiplier)
        self.direction: int | None = None
        self._atr = ATR(period)
        self._close = 0.0
        self._upper, self._lower = inf, -inf

    def update(self, bar: Bar) -> float | None:
        """Take the next bar and return the band that is followed."""
        atr = self._atr.update(bar)
        last_close, self._close = self._close, bar.close
        if atr is None:
            return None
        middle, reach = (bar.high + bar.low) / 2.0, self.multiplier * atr
        upper, lower = middle + reach, middle - reach
        if upper < self._upper or last_close > self._upper:
            self._upper = upper
        if lower > self._lower or last_close < self._lower:
            self._lower = lower
        if self.direction == 1:
            self.direction = -1 if bar.close < self._lower else 1
        elif self.direction == -1:
            self.direction = 1 if bar.close > self._upper else -1
        else:
            self.direction = -1
        self.value = band = self._lower if self.direction == 1 else self._upper
        return band
