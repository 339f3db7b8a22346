"""The strength of a move, from closes alone."""

from __future__ import annotations

from typing import Literal

from tradewind.strategy.indicators.averages import EMA
from tradewind.strategy.indicators.base import ValueFed, whole
from tradewind.strategy.indicators.windows import RollingSum

Smoothing = Literal["wilder", "simple"]


class RSI(ValueFed):
    """Relative strength index: 100 · gain / (gain + loss), averages of the rises and falls of n changes.

    `wilder` begins with plain averages and goes on with y += (x - y) / n (J. W. Wilder, "New Concepts in
    Technical Trading Systems", 1978); `simple` takes plain averages of the last n changes throughout
    (D. Cutler's form). Where nothing moved it is 0, as in TA-Lib.
    """

    __slots__ = ("_gain", "_gains", "_last", "_loss", "_losses", "_rest", "_seen", "_size", "period")

    def __init__(self, period: int = 14, smoothing: Smoothing = "wilder") -> None:
        super().__init__(whole("period", period))
        if smoothing not in ("wilder", "simple"):
            raise ValueError(f"smoothing must be 'wilder' or 'simple', not {smoothing!r}")
        self.period = period
        self._rest, self._size = period - 1.0, float(period)
        self._last = self._gain = self._loss = 0.0
        self._seen = 0
        simple = smoothing == "simple"
        self._gains = RollingSum(period) if simple else None
        self._losses = RollingSum(period) if simple else None

    def update(self, value: float) -> float | None:
        """Take the next value and return the index, from 0 to 100."""
        change = value - self._last
        self._last = value
        if self.value is None:
            if not self._gather(change):
                return None
            gain, loss = self._gain, self._loss
        elif self._gains is not None:
            self._slide(change)
            gain, loss = self._gain, self._loss
        else:
            gain, loss = self._gain * self._rest, self._loss * self._rest
            if change > 0.0:
                gain += change
            else:
                loss -= change
            self._gain = gain = gain / self._size
            self._loss = loss = loss / self._size
        moved = gain + loss
        self.value = index = 100.0 * (gain / moved) if moved else 0.0
        return index

    def _gather(self, change: float) -> bool:
        """Take one of the first changes and tell whether that was the last of them."""
        self._seen += 1
        if self._seen == 1:  # no change yet: this value opens the series
            return False
        if self._gains is not None:
            self._slide(change)
        else:
            self._gain += max(change, 0.0) / self._size
            self._loss += max(-change, 0.0) / self._size
        return self._seen > self.period

    def _slide(self, change: float) -> None:
        assert self._gains is not None
        assert self._losses is not None
        rose = change > 0.0
        self._gain = self._gains.add(change if rose else 0.0)
        self._loss = self._losses.add(0.0 if rose else -change)


class MACD(ValueFed):
    """Moving average convergence/divergence: EMA(fast) - EMA(slow), its EMA as `signal`, their gap as `histogram`.

    Both averages begin on the same bar, the slow one's first, as in TA-Lib, and nothing is answered before
    `signal` is there. Source: G. Appel, "The Moving Average Convergence-Divergence Trading Method", 1979.
    """

    __slots__ = ("_fast", "_head_start", "_signal", "_slow", "histogram", "signal")

    def __init__(self, fast_period: int = 12, slow_period: int = 26, signal_period: int = 9) -> None:
        super().__init__(whole("slow_period", slow_period, 2) + whole("signal_period", signal_period) - 2)
        if whole("fast_period", fast_period) >= slow_period:
            raise ValueError(f"fast_period must be below slow_period ({slow_period}), not {fast_period}")
        self._fast, self._slow, self._signal = EMA(fast_period), EMA(slow_period), EMA(signal_period)
        self._head_start = slow_period - fast_period
        self.signal: float | None = None
        self.histogram: float | None = None

    def update(self, value: float) -> float | None:
        """Take the next value and return the MACD line."""
        slow = self._slow.update(value)
        if self._head_start:
            self._head_start -= 1
            return None
        fast = self._fast.update(value)
        if fast is None or slow is None:
            return None
        line = fast - slow
        signal = self._signal.update(line)
        if signal is None:
            return None
        self.signal = signal
        self.histogram = line - signal
        self.value = line
        return line
