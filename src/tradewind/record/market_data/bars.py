"""The one form in which bars are kept: a frame of columns, its gaps, and its way into `Bar` messages.

Knows nothing of files, folders or where the bars came from.
"""

from __future__ import annotations

import array
import hashlib
import sys
from itertools import chain, repeat
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.ids import InstrumentId, instrument_id
from tradewind.domain.market import Bar
from tradewind.domain.time import Interval, TimeNs
from tradewind.record.frames import pl
from tradewind.record.market_data.raw import column_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PRICES = ("open", "high", "low", "close")
VALUES = (*PRICES, "volume")
COLUMNS = ("ts_open", *VALUES)
EXTRAS = ("trades", "quote_volume")
"""Columns that are kept where a source has them; the engine does not need them."""

COUNTED = ("ts_open", "trades")
"""Columns of whole numbers; all others are floats."""

CHUNK_ROWS = 65_536
"""Rows turned into messages at a time, and the size of a row group on disk."""

DIGITS_MAX = 12
"""A double holds 15 digits; more than twelve of them behind the point is noise, not a step."""


class Series(msgspec.Struct, frozen=True, order=True):
    """The name of a series of bars: venue, the venue's symbol, interval; written `binance:BTCUSDT:1m`."""

    venue: str
    symbol: str
    interval: str

    def __str__(self) -> str:
        return f"{self.venue}:{self.symbol}:{self.interval}"

    @property
    def instrument(self) -> InstrumentId:
        """Return the id of the instrument that the bars are of."""
        return instrument_id(self.venue, self.symbol)


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """Missing bars: the open time of the first one, and of the first that is there again."""

    ts_from: TimeNs
    ts_to: TimeNs

    def bars(self, interval: Interval) -> int:
        """Count the missing bars (for months, of 30 days)."""
        return (self.ts_to - self.ts_from) // interval.ns


def type_of(column: str) -> type[pl.DataType]:
    """Return what a column of bars is made of."""
    return pl.Int64 if column in COUNTED else pl.Float64


def close_time(interval: Interval, column: str = "ts_open") -> pl.Expr:
    """Return the expression for the close of each bar; months have their own lengths."""
    if interval.label == "1M":
        return pl.from_epoch(column, time_unit="ns").dt.offset_by("1mo").dt.timestamp("ns")
    return pl.col(column) + interval.ns


def floor_time(interval: Interval, column: str = "ts_open") -> pl.Expr:
    """Return the expression of `Interval.floor` over a column of times."""
    ts = pl.col(column)
    if interval.label == "1M":
        return pl.from_epoch(column, time_unit="ns").dt.truncate("1mo").dt.timestamp("ns")
    origin = interval.floor(0)
    return ts - (ts - origin) % interval.ns


def find_gaps(ts_open: pl.Series, interval: Interval, *, tolerance: int = 1) -> list[Gap]:
    """List the holes in rising open times: steps of more than `tolerance` intervals.

    With a tolerance of 2, single missing bars pass, as on markets where a bar without trades is not published.
    """
    slack = (tolerance - 1) * interval.ns
    holes = (
        ts_open.rename("ts_open")
        .to_frame()
        .select(ts_from=close_time(interval), ts_to=pl.col("ts_open").shift(-1))
        .filter(pl.col("ts_to") > pl.col("ts_from") + slack)
    )
    return [Gap(ts_from, ts_to) for ts_from, ts_to in holes.iter_rows()]


def bars_of(
    frames: Iterable[pl.DataFrame], instrument: InstrumentId, interval: Interval, *, data_latency_ns: int = 0
) -> Iterator[Bar]:
    """Turn frames into bars, in their order; each frame's bars exist only while it is read."""
    return chain.from_iterable(_chunk(frame, instrument, interval, data_latency_ns) for frame in frames)


def _chunk(frame: pl.DataFrame, instrument: InstrumentId, interval: Interval, latency_ns: int) -> Iterator[Bar]:
    times = frame.select("ts_open", ts_venue=close_time(interval))
    closed = times["ts_venue"].to_list()
    received = [ts + latency_ns for ts in closed] if latency_ns else closed
    values = (frame[name].to_list() for name in VALUES)
    return map(Bar, repeat(instrument), repeat(interval.label), times["ts_open"].to_list(), closed, received, *values)


def digits_seen(values: pl.Series) -> int:
    """Return how many digits behind the point the values use, at most `DIGITS_MAX`."""
    return next((n for n in range(DIGITS_MAX) if bool((values.round(n) == values).all())), DIGITS_MAX)


def content_hash(frame: pl.DataFrame) -> str:
    """Hash times and values (not the extras), the same on every machine and for every way of storing them."""
    digest = hashlib.sha256()
    for name in COLUMNS:
        for part in column_bytes(frame[name].cast(type_of(name))):
            digest.update(part if sys.byteorder == "little" else _swapped(part))
    return digest.hexdigest()


def _swapped(part: memoryview) -> bytes:
    values = array.array("q", bytes(part))
    values.byteswap()
    return values.tobytes()


def in_form(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with our columns only, in our order and types."""
    names = [name for name in (*COLUMNS, *EXTRAS) if name in frame.columns]
    return frame.select(pl.col(name).cast(type_of(name)) for name in names)
