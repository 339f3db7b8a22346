"""Indicators of where a price stands in its range, as guests see them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tradewind.strategy.indicators import RSI, BollingerBands, WilliamsR
from tradewind.strategy.wasm.enums import SignalType

if TYPE_CHECKING:
    from tradewind.domain.market import Bar

from tradewind.strategy.wasm.indicator_reading import Reading, beyond

S = SignalType


class GuestRsi:
    """Relative strength; without a fall it is 100, without any movement 50."""

    def __init__(self, period: int, low: float, high: float, *, cutler: bool) -> None:
        self._rsi = RSI(period, "simple" if cutler else "wilder")
        self._low, self._high = low, high
        self._still = 0
        self._closes: deque[float] = deque(maxlen=period + 1)
        self._moved = False
        self._cutler = cutler

    def update(self, bar: Bar) -> None:
        """Take the next bar."""
        self._closes.append(bar.close)
        self._moved = self._moved or bar.close != self._closes[0]
        self._rsi.update(bar.close)

    def read(self) -> Reading | None:
        """Return the reading at the last bar."""
        value = self._rsi.value
        if value is None:
            return None
        if value == 0.0 and self._is_still():
            value = 100.0 if self._cutler else 50.0
        signal, reason = beyond(value, self._low, self._high, (S.BUY_LONG, S.SELL_SHORT))
        return Reading({"rsi": value}, signal, reason)

    def _is_still(self) -> bool:
        """Tell whether nothing moved, in the window of plain averages or ever: the engine's RSI is 0 then."""
        first = self._closes[0]
        return all(close == first for close in self._closes) if self._cutler else not self._moved


class GuestBollinger:
    """Bands over the last n closes, all of which must have opened within the look-back."""

    def __init__(self, period: int, deviations: float, look_back_ns: int) -> None:
        self._bands = BollingerBands(period, deviations)
        self._opens: deque[int] = deque(maxlen=period)
        self._look_back = look_back_ns
        self._close = 0.0

    def update(self, bar: Bar) -> None:
        """Take the next bar."""
        self._close = bar.close
        self._opens.append(bar.ts_open)
        self._bands.update(bar.close)

    def read(self) -> Reading | None:
        """Return the reading at the last bar."""
        upper, middle, lower = self._bands.upper, self._bands.middle, self._bands.lower
        if upper is None or middle is None or lower is None:
            return None
        if self._opens[-1] - self._opens[0] > self._look_back:
            return None
        signal, reason = S.NO_ACTION, ""
        if self._close < lower:
            signal, reason = S.BUY_LONG, "below the lower band"
        elif self._close > upper:
            signal, reason = S.SELL_LONG, "above the upper band"
        return Reading({"upper": upper, "middle": middle, "lower": lower}, signal, reason)


class GuestWilliams:
    """See the contract."""

    def __init__(self, period: int, high: float, low: float) -> None:
        self._williams = WilliamsR(period)
        self._low, self._high = low, high

    def update(self, bar: Bar) -> None:
        """Take the next bar."""
        self._williams.update(bar)

    def read(self) -> Reading | None:
        """Return the reading at the last bar."""
        value = self._williams.value
        if value is None:
            return None
        signal, reason = beyond(value, self._low, self._high, (S.BUY_LONG, S.SELL_SHORT))
        return Reading({"wr": value}, signal, reason)


class GuestPsy:
    """Psychological line: the percentage of rises among the last n changes."""

    def __init__(self, period: int, high: float, low: float) -> None:
        self._rises: deque[bool] = deque(maxlen=period)
        self._last: float | None = None
        self._period, self._low, self._high = period, low, high

    def update(self, bar: Bar) -> None:
        """Take the next bar."""
        if self._last is not None:
            self._rises.append(bar.close > self._last)
        self._last = bar.close

    def read(self) -> Reading | None:
        """Return the reading at the last bar."""
        if len(self._rises) < self._period:
            return None
        value = 100.0 * sum(self._rises) / self._period
        signal, reason = beyond(value, self._low, self._high, (S.BUY_LONG, S.SELL_SHORT))
        return Reading({"psy": value}, signal, reason)
