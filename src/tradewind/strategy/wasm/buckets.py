"""Longer bars from kept ones: UTC-aligned, complete ones only."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from msgspec import structs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tradewind.domain.market import Bar
    from tradewind.domain.time import Interval


def longer_bars(bars: Iterable[Bar], interval: Interval) -> Iterator[Bar]:
    """Yield the bars of `interval` for which the first and the last moment are there.

    A bar without its beginning (kept history starts inside it) or without its end (it has not closed) is left out;
    holes within it are holes of the market.
    """
    for opens, group in groupby(bars, lambda bar: interval.floor(bar.ts_open)):
        parts = list(group)
        first, last = parts[0], parts[-1]
        if first.ts_open == opens and last.ts_venue == interval.next(opens):
            yield structs.replace(
                first,
                interval=interval.label,
                ts_venue=last.ts_venue,
                ts_recv=last.ts_recv,
                high=max(bar.high for bar in parts),
                low=min(bar.low for bar in parts),
                close=last.close,
                volume=sum(bar.volume for bar in parts),
            )
