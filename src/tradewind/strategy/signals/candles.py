"""Closed candles: as a strategy sees them, as columns in memory, and what a candle must be to be believed (V9)."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Protocol

import msgspec

from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS, Interval
from tradewind.strategy.signals.prices import AVERAGED, STALE_NS, average_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs

OUTLIER = 1_000.0
"""A price under one part in so many of the window's median is a mistake of the exchange."""
MINUTE_MS = 60_000
STRETCH = 64
"""Candles that a search for a price looks at first."""


class Candle(msgspec.Struct, frozen=True, gc=False):
    """A closed candle; `timestamp` is its open time in milliseconds UTC."""

    timestamp: int
    open: float
    high: float
    low: float
    close: float
    volume: float

    def __getitem__(self, name: str) -> float:
        """Return a field by its name, for code that takes candles for mappings."""
        if name not in self.__struct_fields__:
            raise KeyError(name)
        return float(getattr(self, name))


class CandleSource(Protocol):
    """Closed candles of one symbol, up to any time that has come."""

    def window(self, interval: str, when: TimeNs, limit: int) -> list[Candle]:
        """Return the last `limit` candles that were closed at `when`, oldest first; fewer if there are fewer."""
        ...

    def average(self, when: TimeNs) -> float | None:
        """Return the average price of the last minutes closed at `when`; None without any, or if they are stale."""
        ...


class Columns:
    """One-minute candles of one symbol as columns, in order, each once; `find` is by open time."""

    def __init__(self, candles: Iterable[Candle] = ()) -> None:
        self.opens: list[int] = []
        """Open times, nanoseconds UTC."""
        self.open, self.high, self.low, self.close, self.volume = (array("d") for _ in range(5))
        self._seen: list[Candle | None] = []
        for candle in candles:
            self.append(candle)

    def __len__(self) -> int:
        return len(self.opens)

    def append(self, candle: Candle) -> None:
        """Take the next candle; one that is not after the last changes nothing."""
        ts = candle.timestamp * NS_PER_MS
        if self.opens and ts <= self.opens[-1]:
            return
        self.opens.append(ts)
        self.open.append(candle.open)
        self.high.append(candle.high)
        self.low.append(candle.low)
        self.close.append(candle.close)
        self.volume.append(candle.volume)
        self._seen.append(None)

    def candle(self, place: int) -> Candle:
        """Return the candle at a place; it is made when it is first asked for."""
        known = self._seen[place]
        if known is None:
            known = self._seen[place] = Candle(
                self.opens[place] // NS_PER_MS, self.open[place], self.high[place], self.low[place],
                self.close[place], self.volume[place],
            )  # fmt: skip
        return known

    def place(self, ts: TimeNs, since: int = 0) -> int:
        """Return the place of the first candle, from place `since` on, that opens at `ts` or later; the end if none.

        It lies no further than there are minutes, and just there if none is missing.
        """
        opens = self.opens
        if since >= len(opens) or ts <= opens[since]:
            return min(since, len(opens))
        last = since + (ts - opens[since] - 1) // NS_PER_MINUTE + 1
        last = min(last, len(opens))
        return last if opens[last - 1] < ts else bisect_left(opens, ts, since, last)

    def range(self, start: TimeNs, end: TimeNs) -> tuple[int, int]:
        """Return the places of the candles that open in [start, end)."""
        first = self.place(start)
        return first, self.place(end, first)

    def touch(self, start: int, end: int, low: float | None, high: float | None) -> int:
        """Return the first place from `start` on whose candle comes down to `low` or up to `high`; `end` if none does.

        Searched in stretches that double, by their extremes: only the last is looked at candle by candle.
        """
        lows, highs, size = self.low, self.high, STRETCH
        low, high = -math.inf if low is None else low, math.inf if high is None else high
        while start < end:
            last = min(start + size, end)
            if min(lows[start:last]) <= low or max(highs[start:last]) >= high:
                while low < lows[start] and highs[start] < high:
                    start += 1
                return start
            start, size = last, size * 2
        return end

    def window(self, interval: str, when: TimeNs, limit: int, since: TimeNs | None = None) -> list[Candle]:
        """Return the last `limit` candles that were closed at `when`, longer ones made of minutes.

        Minutes are known from `since` on, by default from the first: what began before it is not whole, and left out.
        """
        step = Interval.parse(interval).ns if interval != "1m" else NS_PER_MINUTE
        aligned = when - when % step
        if step == NS_PER_MINUTE:
            first, last = self.range(aligned - limit * step, aligned)
            part = self._seen[first:last]
            if None in part:
                return [self.candle(place) for place in range(first, last)]
            return part  # type: ignore[return-value] # none of them is None
        known = (self.opens[0] if self.opens else aligned) if since is None else since
        spans = (self.range(ts, ts + step) for ts in range(aligned - limit * step, aligned, step) if ts >= known)
        return [self._joined(first, last, step) for first, last in spans if first < last]

    def average(self, when: TimeNs) -> float | None:
        """Return the average price of the last minutes closed at `when`; None without any, or if they are stale."""
        aligned = when - when % NS_PER_MINUTE
        first, last = self.range(aligned - AVERAGED * NS_PER_MINUTE, aligned)
        if first == last or self.opens[last - 1] + NS_PER_MINUTE + STALE_NS < when:
            return None
        return average_of(self.high[first:last], self.low[first:last], self.close[first:last], self.volume[first:last])

    def _joined(self, first: int, last: int, step: int) -> Candle:
        opened = self.opens[first] - self.opens[first] % step
        return Candle(
            opened // NS_PER_MS, self.open[first], max(self.high[first:last]), min(self.low[first:last]),
            self.close[last - 1], math.fsum(self.volume[first:last]),
        )  # fmt: skip


def candle_of(bar: Bar) -> Candle:
    """Return a closed bar as a candle."""
    return Candle(bar.ts_open // NS_PER_MS, bar.open, bar.high, bar.low, bar.close, bar.volume)


def believed(candles: Iterable[Candle], step_ms: int = MINUTE_MS) -> tuple[list[Candle], list[str]]:
    """Return the candles that keep rule V9, and why the others were dropped."""
    good: list[Candle] = []
    faults: list[str] = []
    given = list(candles)
    floor = _median([c.close for c in given]) / OUTLIER
    latest = -1
    for candle in given:
        fault = _fault(candle, latest, step_ms, floor)
        if fault:
            faults.append(f"V9: candle {candle.timestamp}: {fault}")
            continue
        latest = candle.timestamp
        good.append(candle)
    return good, faults


def _fault(candle: Candle, latest: int, step_ms: int, floor: float) -> str:
    prices = (candle.open, candle.high, candle.low, candle.close)
    if not all(map(math.isfinite, (*prices, candle.volume))):
        return "not finite"
    if min(prices) <= 0.0 or candle.volume < 0.0:
        return "a price is not above 0, or the volume is below"
    if not (candle.low <= candle.open <= candle.high and candle.low <= candle.close <= candle.high):
        return "open and close must lie between low and high"
    if candle.timestamp % step_ms:
        return "not aligned to its interval"
    if candle.timestamp <= latest:
        return "repeated or out of order"
    return f"a price under a thousandth of the median, {floor * OUTLIER}" if min(prices) < floor else ""


def _median(values: Sequence[float]) -> float:
    finite = sorted(v for v in values if math.isfinite(v))
    return finite[len(finite) // 2] if finite else 0.0
