"""Many series of bars as one stream in the total order of time, a chunk at a time.

Within a chunk polars sorts, so a bar of a hundred symbols costs what a bar of one costs.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import msgspec
import polars as pl

from tradewind.domain.instrument import Instrument
from tradewind.domain.market import Bar
from tradewind.domain.time import Interval
from tradewind.record.data_bars import close_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tradewind.domain.time import TimeNs

CHUNK_ROWS = 65_536
_VALUES = ("open", "high", "low", "close", "volume")


class BarTable(msgspec.Struct, frozen=True):
    """The bars of one instrument: columns `ts_open` (ns), open, high, low, close, volume, sorted by time."""

    instrument: Instrument
    interval: Interval
    frame: pl.DataFrame

    def between(self, start: TimeNs, end: TimeNs) -> BarTable:
        """Return the part that opens in [start, end)."""
        ts = self.frame["ts_open"]
        first, last = ts.search_sorted(start), ts.search_sorted(end)
        return BarTable(self.instrument, self.interval, self.frame.slice(int(first), int(last) - int(first)))


def stream_bars(tables: Sequence[BarTable], latency_ns: TimeNs = 0) -> Iterator[Bar]:
    """Yield the bars of all tables by `ts_recv`; those of one time in the order of the tables."""
    if len(tables) == 1:
        table = tables[0]
        for part in table.frame.iter_slices(CHUNK_ROWS):
            yield from _bars(_timed(part, table.interval, 0, latency_ns), [table])
        return
    for parts in _windows(tables):
        timed = [
            _timed(part, table.interval, n, latency_ns)
            for n, (part, table) in enumerate(zip(parts, tables, strict=True))
        ]
        yield from _bars(pl.concat(timed).sort("ts_recv", "place", maintain_order=True), tables)


def _windows(tables: Sequence[BarTable]) -> Iterator[list[pl.DataFrame]]:
    """Cut all tables at the same close times, into chunks of about `CHUNK_ROWS` rows together."""
    closes = [table.frame.select(close_time(table.interval))["ts_open"] for table in tables]
    live = [c for c in closes if len(c)]
    if not live:
        return
    start, end = min(c[0] for c in live), max(c[-1] for c in live) + 1
    rows = sum(len(c) for c in closes)
    width = max((end - start) * CHUNK_ROWS // rows, 1)
    at = [0] * len(tables)
    for edge in range(start + width, end + width, width):
        cuts = [int(c.search_sorted(edge)) for c in closes]
        yield [table.frame.slice(a, b - a) for table, a, b in zip(tables, at, cuts, strict=True)]
        at = cuts


def _timed(frame: pl.DataFrame, interval: Interval, place: int, latency_ns: TimeNs) -> pl.DataFrame:
    close = close_time(interval)
    return frame.select(
        "ts_open",
        close.alias("ts_venue"),
        (close + latency_ns).alias("ts_recv"),
        *_VALUES,
        pl.lit(place, dtype=pl.UInt16).alias("place"),
    )


def _bars(frame: pl.DataFrame, tables: Sequence[BarTable]) -> Iterator[Bar]:
    columns = [frame[name].to_list() for name in ("ts_open", "ts_venue", "ts_recv", *_VALUES)]
    if len(tables) == 1:
        return map(Bar, repeat(tables[0].instrument.id), repeat(tables[0].interval.label), *columns)
    places = frame["place"].to_list()
    names = [table.instrument.id for table in tables]
    labels = [table.interval.label for table in tables]
    return map(Bar, [names[p] for p in places], [labels[p] for p in places], *columns)
