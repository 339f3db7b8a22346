"""Fewer points for the same picture: no peak, trough or high is lost, and a report stays small."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, TypeVar

import msgspec

from tradewind.domain.time import NS_PER_DAY, NS_PER_MINUTE, Interval
from tradewind.report.input import Bars

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.time import TimeNs
    from tradewind.record.stats.equity import Sample

T = TypeVar("T")

_LADDER = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "4w", "13w", "52w")
"""The candles that people know, from fine to coarse."""


class Candles(msgspec.Struct, frozen=True):
    """Bars to draw: as they were, or joined to candles of `interval` (empty if nothing was joined)."""

    bars: Bars
    interval: str


def thin(samples: Sequence[Sample], buckets: int) -> list[Sample]:
    """Keep the first, lowest, highest and last sample of each bucket."""
    if len(samples) <= 4 * buckets:
        return list(samples)
    kept: list[Sample] = []
    for n in range(buckets):
        begin, end = n * len(samples) // buckets, (n + 1) * len(samples) // buckets
        span = range(begin, end)
        lowest = min(span, key=lambda i: samples[i][1])
        highest = max(span, key=lambda i: samples[i][1])
        kept += [samples[i] for i in sorted({begin, lowest, highest, end - 1})]
    return kept


def at_times(samples: Sequence[Sample], count: int) -> list[float]:
    """Return the value at `count` times, evenly from the first to the last sample."""
    if not samples:
        return []
    times = [ts for ts, _ in samples]
    first, span = times[0], times[-1] - times[0]
    marks = [first + span * n // max(1, count - 1) for n in range(count)]
    return [samples[bisect_right(times, ts) - 1][1] for ts in marks]


def spread(items: Sequence[T], count: int) -> list[T]:
    """Keep `count` items, evenly spread, the first and the last among them."""
    if len(items) <= count:
        return list(items)
    return [items[n * (len(items) - 1) // (count - 1)] for n in range(count)]


def candles(bars: Bars, count: int) -> Candles:
    """Join bars to at most about `count` candles of a length that people know."""
    if len(bars.ts) <= count:
        return Candles(bars, "")
    interval = _step((bars.ts[-1] - bars.ts[0]) // count)
    ts: list[int] = []
    columns: tuple[list[float], list[float], list[float], list[float]] = ([], [], [], [])
    open_, high, low, close = columns
    until = -1
    for at, o, h, lo, c in zip(bars.ts, bars.open, bars.high, bars.low, bars.close, strict=True):
        if at >= until:
            begin = interval.floor(at)
            until = begin + interval.ns
            ts.append(begin)
            open_.append(o)
            high.append(h)
            low.append(lo)
            close.append(c)
        else:
            high[-1] = max(high[-1], h)
            low[-1] = min(low[-1], lo)
            close[-1] = c
    return Candles(Bars(bars.instrument, ts, *columns), interval.label)


def duration(ns: int) -> str:
    """Write a length of time with its two largest units: `3 d 4 h`, `12 min`, `1.5 s`."""
    if ns < NS_PER_MINUTE:
        return f"{ns / 1e9:.3g} s"
    days, rest = divmod(ns, NS_PER_DAY)
    hours, minutes = divmod(rest // NS_PER_MINUTE, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    first = next(i for i, (amount, _) in enumerate(parts) if amount)
    return " ".join(f"{amount:,} {unit}" for amount, unit in parts[first : first + 2] if amount)


def _step(least: TimeNs) -> Interval:
    steps = [Interval.parse(label) for label in _LADDER]
    return next((step for step in steps if step.ns >= least), steps[-1])
