"""Longer bars from shorter ones: closed when the last bar that belongs to them has closed.

An aggregate is closed by the first bar that ends at or after its end; bars that are missing are
missing from it, and an aggregate of which nothing came is not made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.market import Bar, FormingBar

if TYPE_CHECKING:
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.time import Interval


class BarAggregator:
    """Builds the closed bars of `interval` from closed bars of one that it `is_made_of`."""

    __slots__ = ("_close", "_end", "_high", "_instrument", "_interval", "_last", "_low", "_open", "_start", "_volume")

    def __init__(self, instrument: InstrumentId, interval: Interval) -> None:
        self._instrument = instrument
        self._interval = interval
        self._start = self._end = self._last = -1
        self._open = self._high = self._low = self._close = self._volume = 0.0

    def update(self, bar: Bar) -> tuple[Bar, ...]:
        """Take a closed bar; return the aggregates that it closes, mostly none."""
        end = self._end
        if bar.ts_open >= end or bar.ts_venue >= end:
            return self._take(bar)
        high, low = bar.high, bar.low
        self._high = max(self._high, high)
        self._low = min(self._low, low)
        self._close, self._last = bar.close, bar.ts_venue
        self._volume += bar.volume
        return ()

    def _take(self, bar: Bar) -> tuple[Bar, ...]:
        """Take a bar that begins an aggregate, or ends one."""
        closed: tuple[Bar, ...] = ()
        if bar.ts_open >= self._end:
            if self._start >= 0:
                closed = (self._closed(bar.ts_recv),)
            self._begin(bar)
        else:
            self._high, self._low = max(self._high, bar.high), min(self._low, bar.low)
        self._close, self._last = bar.close, bar.ts_venue
        self._volume += bar.volume
        if bar.ts_venue >= self._end:
            closed += (self._closed(bar.ts_recv),)
            self._start = -1
        return closed

    @property
    def interval(self) -> str:
        """The label of the bars that it makes."""
        return self._interval.label

    def forming(self) -> FormingBar | None:
        """Return the aggregate as far as it has come; None between two of them."""
        if self._start < 0:
            return None
        return FormingBar(
            self._instrument, self._interval.label, self._start, self._last, self._last,
            self._open, self._high, self._low, self._close, self._volume,
        )  # fmt: skip

    def _begin(self, bar: Bar) -> None:
        self._start = self._interval.floor(bar.ts_open)
        self._end = self._interval.next(bar.ts_open)
        self._open, self._high, self._low, self._volume = bar.open, bar.high, bar.low, 0.0

    def _closed(self, ts_recv: int) -> Bar:
        return Bar(
            self._instrument, self._interval.label, self._start, self._end, ts_recv,
            self._open, self._high, self._low, self._close, self._volume,
        )  # fmt: skip
