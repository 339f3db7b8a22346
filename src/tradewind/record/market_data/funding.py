"""Funding rates out of files: a table with a time and a rate."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from tradewind.domain.errors import DataValidationError
from tradewind.domain.market import FundingRate
from tradewind.record.frames import pl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.time import TimeNs

RATE = "funding_rate"
TIMES = ("funding_time", "timestamp")


def funding_from_file(path: Path, instrument: InstrumentId, latency_ns: TimeNs = 0) -> Iterator[FundingRate]:
    """Read a Parquet table with `funding_rate` (a fraction) and `funding_time` or `timestamp`, in order of time."""
    frame = pl.read_parquet(path)
    name = next((column for column in TIMES if column in frame.columns), None)
    if RATE not in frame.columns or name is None:
        have = ", ".join(frame.columns)
        raise DataValidationError(
            f"{path}: needs {RATE} and one of {', '.join(TIMES)} among: {have}", {"path": str(path)}
        )
    frame = frame.select(pl.col(name).dt.timestamp("ns").alias("ts"), pl.col(RATE).cast(pl.Float64)).sort("ts")
    times = frame["ts"]
    return map(FundingRate, repeat(instrument), times.to_list(), (times + latency_ns).to_list(), frame[RATE].to_list())
