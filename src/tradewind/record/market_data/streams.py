"""Many series of bars as one stream in the total order of time, a block at a time.

Within a block polars sorts, so a bar of a hundred symbols costs what a bar of one costs; and it looks at the columns
once for what would be asked of every bar.
"""

from __future__ import annotations

from itertools import repeat
from math import inf
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.blocks import BarBlock, BarStream
from tradewind.domain.instrument import Instrument
from tradewind.domain.market import Bar
from tradewind.domain.time import Interval
from tradewind.record.frames import pl
from tradewind.record.market_data.bars import close_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tradewind.domain.time import TimeNs

CHUNK_ROWS = 65_536
"""Rows that polars looks at at once, as each of its expressions takes 0.1 ms, however short the part."""
BLOCK_ROWS = 4_096
"""Bars in memory at once, as Python's objects: so many leave room in a processor's cache for the code of an order."""
WINDOW_ROWS = 4 * CHUNK_ROWS
"""Rows of many tables that are sorted at once, as columns."""
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


def stream_bars(tables: Sequence[BarTable], latency_ns: TimeNs = 0) -> BarStream:
    """Return the bars of all tables by `ts_recv`; those of one time in the order of the tables."""
    parts = _of_one(tables[0]) if len(tables) == 1 else _of_many(tables)
    return BarStream(
        _block(rows, tables, latency_ns)
        for part in parts
        for rows in _judged(part).iter_slices(BLOCK_ROWS)
        if rows.height
    )


def _of_one(table: BarTable) -> Iterator[pl.DataFrame]:
    return (_closed(part, table.interval) for part in table.frame.iter_slices(CHUNK_ROWS))


def _of_many(tables: Sequence[BarTable]) -> Iterator[pl.DataFrame]:
    columns = ("ts_open", *_VALUES)
    slim = [BarTable(table.instrument, table.interval, table.frame.select(columns)) for table in tables]
    for parts in _windows(slim):
        yield from _in_order(parts, tables).iter_slices(CHUNK_ROWS)


def _in_order(parts: Sequence[pl.DataFrame], tables: Sequence[BarTable]) -> pl.DataFrame:
    """Put the parts of all tables together and sort them, those of one time by their table's place."""
    intervals = {table.interval for table in tables}
    if len(intervals) == 1:  # then one expression serves all: polars takes 0.2 ms for each, however short the part
        whole = _closed(pl.concat(parts), intervals.pop())
    else:
        whole = pl.concat([_closed(part, table.interval) for part, table in zip(parts, tables, strict=True)])
    rows = pl.DataFrame({"place": range(len(parts)), "rows": [part.height for part in parts]})
    places = rows.select(pl.col("place").cast(pl.UInt16).repeat_by("rows").explode(empty_as_null=False))
    return whole.with_columns(places["place"]).sort("ts_venue", "place", maintain_order=True)


def _windows(tables: Sequence[BarTable]) -> Iterator[list[pl.DataFrame]]:
    """Cut all tables at the same close times, into windows of about `WINDOW_ROWS` rows together."""
    closes = [table.frame.select(close_time(table.interval))["ts_open"] for table in tables]
    live = [c for c in closes if len(c)]
    if not live:
        return
    start, end = min(c[0] for c in live), max(c[-1] for c in live) + 1
    rows = sum(len(c) for c in closes)
    width = max((end - start) * WINDOW_ROWS // rows, 1)
    at = [0] * len(tables)
    for edge in range(start + width, end + width, width):
        cuts = [int(c.search_sorted(edge)) for c in closes]
        yield [table.frame.slice(a, b - a) for table, a, b in zip(tables, at, cuts, strict=True)]
        at = cuts


def _closed(frame: pl.DataFrame, interval: Interval) -> pl.DataFrame:
    return frame.select("ts_open", close_time(interval).alias("ts_venue"), *_VALUES)


def _judged(part: pl.DataFrame) -> pl.DataFrame:
    """Mark rows that `Series.take` would refuse for their values: what it asks of each bar is asked of columns here."""
    low, high, close, volume = pl.col("low"), pl.col("high"), pl.col("close"), pl.col("volume")
    sound = (
        (low > 0.0) & (low <= close) & (close <= high) & (high < inf) & (low <= pl.col("open"))
        & (pl.col("open") <= high) & (volume >= 0.0) & (volume < inf) & (pl.col("ts_open") < pl.col("ts_venue"))
    )  # fmt: skip
    return part.with_columns((~sound).fill_null(value=True).alias("odd"))


def _block(rows: pl.DataFrame, tables: Sequence[BarTable], latency_ns: TimeNs) -> BarBlock:
    opened, closed, *values = [rows[name].to_list() for name in ("ts_open", "ts_venue", *_VALUES)]
    heard = [ts + latency_ns for ts in closed] if latency_ns else closed
    odd = rows["odd"].arg_true().to_list()
    if len(tables) == 1:
        instrument, interval = tables[0].instrument.id, tables[0].interval.label
        bars = list(map(Bar, repeat(instrument), repeat(interval), opened, closed, heard, *values))
        return BarBlock(interval=interval, bars=bars, times=heard, closes=values[3], odd=odd)
    places = rows["place"].to_list()
    ids = [table.instrument.id for table in tables]
    labels = [table.interval.label for table in tables]
    names = list(map(ids.__getitem__, places))
    bars = list(map(Bar, names, map(labels.__getitem__, places), opened, closed, heard, *values))
    interval = labels[0] if len(set(labels)) == 1 else ""
    return BarBlock(interval=interval, bars=bars, times=heard, closes=values[3], names=names, odd=odd)
