"""Prices weighted by what was traded at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.strategy.indicators.base import BarFed, whole
from tradewind.strategy.indicators.windows import RollingSum

if TYPE_CHECKING:
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs


class OBV(BarFed):
    """On-balance volume: the volume of rising closes less that of falling ones, begun with the first bar's.

    Source: J. E. Granville, "Granville's New Key to Stock Market Profits", 1963; the beginning is TA-Lib's.
    """

    __slots__ = ("_close",)

    def __init__(self) -> None:
        super().__init__(0)
        self._close = 0.0

    def update(self, bar: Bar) -> float | None:
        """Take the next bar and return the balance."""
        close, last = bar.close, self.value
        if last is None:
            last = bar.volume
        elif close > self._close:
            last += bar.volume
        elif close < self._close:
            last -= bar.volume
        self._close = close
        self.value = last
        return last


class VWAP(BarFed):
    """Volume-weighted average price: sum(p · volume) / sum(volume), p = (high + low + close) / 3.

    Over all bars, or anew in each session of `session_ns` (counted from the epoch, by the bar's open:
    `NS_PER_DAY` is the UTC day), or from wherever `reset` was called. None while nothing was traded.
    Source: S. A. Berkowitz, D. E. Logue, E. A. Noser, "The Total Cost of Transactions on the NYSE",
    Journal of Finance 43, 1988; the bar's p stands for its trades.
    """

    __slots__ = ("_session", "_turnover", "_volume", "session_ns")

    def __init__(self, session_ns: TimeNs | None = None) -> None:
        super().__init__(0)
        self.session_ns = None if session_ns is None else whole("session_ns", session_ns)
        self._session: int | None = None
        self._turnover = self._volume = 0.0

    def reset(self) -> None:
        """Begin anew with the next bar."""
        self.value = None
        self._turnover = self._volume = 0.0

    def update(self, bar: Bar) -> float | None:
        """Take the next bar and return the average."""
        if self.session_ns is not None:
            session = bar.ts_open // self.session_ns
            if session != self._session:
                self._session = session
                self.reset()
        volume = bar.volume
        self._turnover += (bar.high + bar.low + bar.close) / 3.0 * volume
        self._volume += volume
        if self._volume:
            self.value = self._turnover / self._volume
        return self.value


class RollingVWAP(BarFed):
    """`VWAP` of the last n bars; None while nothing was traded in them."""

    __slots__ = ("_missing", "_turnover", "_volume")

    def __init__(self, period: int) -> None:
        super().__init__(whole("period", period) - 1)
        self._turnover, self._volume = RollingSum(period), RollingSum(period)
        self._missing = period

    def update(self, bar: Bar) -> float | None:
        """Take the next bar and return the average."""
        turnover = self._turnover.add((bar.high + bar.low + bar.close) / 3.0 * bar.volume)
        volume = self._volume.add(bar.volume)
        if self._missing > 1:
            self._missing -= 1
            return None
        self.value = average = turnover / volume if volume else None
        return average
