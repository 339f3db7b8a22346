"""Small bars for the tests of the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tradewind.domain.time import NS_PER_MINUTE, day_number
from tradewind.record.market_data.bars import VALUES, Series

if TYPE_CHECKING:
    from pathlib import Path

DAY = day_number(2024, 6, 1) * 1440 * NS_PER_MINUTE
BTC = Series("binance", "BTCUSDT", "1m")
NOW = DAY * 2


def minutes(count: int, *, start: int = DAY, price: float = 100.0) -> pl.DataFrame:
    """Make quiet one-minute bars that can be told apart by their volume."""
    return pl.DataFrame(
        {
            "ts_open": [start + n * NS_PER_MINUTE for n in range(count)],
            "open": [price] * count,
            "high": [price + 1.5] * count,
            "low": [price - 1.25] * count,
            "close": [price + 0.25] * count,
            "volume": [1.0 + n for n in range(count)],
        }
    )


def write_csv(path: Path, frame: pl.DataFrame, *, header: bool = True, unit: int = 1_000_000) -> Path:
    """Write bars as others do: times in milliseconds unless `unit` says otherwise."""
    table = frame.select((pl.col("ts_open") // unit).alias("timestamp"), *VALUES)
    table.write_csv(path, include_header=header)
    return path
