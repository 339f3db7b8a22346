"""Which bars of a range a catalog lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.errors import DataNotFoundError
from tradewind.domain.time import Interval
from tradewind.record.market_data.bars import Gap, find_gaps

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.record.market_data.bars import Series
    from tradewind.record.market_data.catalog import Catalog


def holes(catalog: Catalog, series: Series, start: TimeNs, end: TimeNs) -> list[Gap]:
    """List the ranges of [start, end) of which the catalog has no bars; all of it for a series that is not there."""
    if start >= end:
        return []
    try:
        times = catalog.frame(series, start, end)["ts_open"]
    except DataNotFoundError:
        return [Gap(start, end)]
    if times.is_empty():
        return [Gap(start, end)]
    interval = Interval.parse(series.interval)
    first, after = times[0], interval.next(times[-1])
    found = [Gap(start, first)] if start < first else []
    found += find_gaps(times, interval)
    return found + ([Gap(after, end)] if after < end else [])
