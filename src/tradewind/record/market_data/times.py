"""Open times out of whatever a file has for a time: numbers of any unit, dates, or text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import DataValidationError
from tradewind.domain.time import NS_PER_SECOND
from tradewind.record.frames import pl

if TYPE_CHECKING:
    from tradewind.domain.time import Interval

UNITS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}

_UPPER = {"s": 10**11, "ms": 10**14, "us": 10**17}
"""Below these a number is of that unit, for any time between 1973 and 5138; each row is judged by itself,
as Binance's archives go from milliseconds to microseconds on 2025-01-01."""


class TimeReading(msgspec.Struct, frozen=True):
    """What the times of a file mean: `unit` is one of `UNITS` or `auto`; `is_close` if bars are named by their end."""

    unit: str = "auto"
    is_close: bool = False


def to_open_times(raw: pl.Series, interval: Interval, how: TimeReading, first: tuple[str, int]) -> pl.Series:
    """Return the open times in nanoseconds, UTC; name the row that cannot be read as a time.

    `first` is the file and the number of its first row.
    """
    file, first_row = first
    times = _nanoseconds(raw, how.unit)
    if times.null_count():
        at = times.is_null().arg_max() or 0
        raise DataValidationError(
            f"{file}, row {at + first_row}, column {raw.name!r}: {raw[at]!r} is not a time; "
            "give --timestamp-column, or correct the row",
            {"file": file, "row": at + first_row, "column": raw.name},
        )
    if how.is_close:
        # Binance closes a bar a millisecond before the next one opens; others write the same instant.
        times = -(-times // NS_PER_SECOND) * NS_PER_SECOND - interval.ns
    return times.alias("ts_open")


def _nanoseconds(raw: pl.Series, unit: str) -> pl.Series:
    if raw.dtype == pl.Date or isinstance(raw.dtype, pl.Datetime):
        zone = getattr(raw.dtype, "time_zone", None)
        return raw.cast(pl.Datetime("ns", zone)).cast(pl.Int64)
    numbers = raw.cast(pl.Float64, strict=False) if raw.dtype == pl.String else raw
    if numbers.null_count() == 0:
        whole = raw.cast(pl.Int64, strict=False)
        return _scaled(whole if whole.null_count() == 0 else numbers, unit)
    text = raw.str.strip_chars().str.to_datetime(time_unit="ns", time_zone="UTC", strict=False)
    return text.cast(pl.Int64)


def _scaled(numbers: pl.Series, unit: str) -> pl.Series:
    value = pl.col("v")
    if unit == "auto":
        size = value.abs()
        factor = pl.when(size < _UPPER["s"]).then(UNITS["s"]).when(size < _UPPER["ms"]).then(UNITS["ms"])
        scale: pl.Expr = factor.when(size < _UPPER["us"]).then(UNITS["us"]).otherwise(1)
    else:
        scale = pl.lit(UNITS[unit])
    return numbers.to_frame("v").select((value * scale.cast(pl.Int64)).round().cast(pl.Int64)).to_series()
