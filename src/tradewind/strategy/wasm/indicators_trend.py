"""Indicators of direction and extent, as guests see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.strategy.indicators import ATR, EMA, SMA
from tradewind.strategy.wasm.enums import SignalType

if TYPE_CHECKING:
    from tradewind.domain.market import Bar

from tradewind.strategy.wasm.indicator_reading import Reading, beyond

S = SignalType


class GuestAverage:
    """See the contract."""

    def __init__(self, name: str, average: SMA | EMA) -> None:
        self._name, self._average = name, average

    def update(self, bar: Bar) -> None:
        """Take the next bar."""
        self._average.update(bar.close)

    def read(self) -> Reading | None:
        """Return the reading at the last bar."""
        value = self._average.value
        return None if value is None else Reading({self._name: value}, S.NO_ACTION)


class GuestMacd:
    """Both averages from the first bar on; the line is there with the slow one, the signal when it can be."""

    def __init__(self, fast: int, slow: int, signal: int) -> None:
        if fast >= slow:
            raise ValueError(f"the fast period must be below the slow one ({slow}), not {fast}")
        self._fast, self._slow, self._signal = EMA(fast), EMA(slow), EMA(signal)
        self.line: float | None = None

    def update(self, bar: Bar) -> None:
        """Take the next bar."""
        fast, slow = self._fast.update(bar.close), self._slow.update(bar.close)
        if fast is not None and slow is not None:
            self.line = fast - slow
            self._signal.update(self.line)

    def values(self) -> dict[str, float] | None:
        """Return line, signal and histogram, as far as they are there."""
        if self.line is None:
            return None
        signal = self._signal.value
        return {"macd": self.line} if signal is None else {
            "macd": self.line, "signal": signal, "histogram": self.line - signal,
        }  # fmt: skip

    def read(self) -> Reading | None:
        """Return the reading at the last bar."""
        values = self.values()
        if values is None or self.line is None:
            return None
        signal, reason = beyond(-self.line, 0.0, 0.0, (S.BUY_LONG, S.SELL_SHORT))
        return Reading(values, signal, reason and f"macd {'above' if self.line > 0 else 'below'} 0")


class GuestAtr:
    """Wilder's average of the true range; the very first bar has none, for want of a close before it."""

    def __init__(self, period: int) -> None:
        self._atr = ATR(period)

    def update(self, bar: Bar) -> None:
        """Take the next bar."""
        self._atr.update(bar)

    def value(self) -> float | None:
        """Return the average."""
        return self._atr.value

    def read(self) -> Reading | None:
        """Return the reading at the last bar."""
        value = self._atr.value
        return None if value is None else Reading({"atr": value}, S.NO_ACTION)


class GuestWaddah:
    """Waddah Attar explosion: trend = MACD · m, explosion = ATR · m."""

    def __init__(self, fast: int, slow: int, signal: int, atr: int, *, multiplier: float) -> None:
        self._macd, self._atr, self._multiplier = GuestMacd(fast, slow, signal), GuestAtr(atr), multiplier

    def update(self, bar: Bar) -> None:
        """Take the next bar."""
        self._macd.update(bar)
        self._atr.update(bar)

    def read(self) -> Reading | None:
        """Return the reading at the last bar."""
        values, extent = self._macd.values(), self._atr.value()
        if values is None or extent is None:
            return None
        trend, explosion = values["macd"] * self._multiplier, extent * self._multiplier
        signal = S.NO_ACTION
        if explosion > 0.0 and trend:
            signal = S.BUY_LONG if trend > 0.0 else S.SELL_SHORT
        return Reading({**values, "atr": extent, "trend": trend, "explosion": explosion}, signal)
