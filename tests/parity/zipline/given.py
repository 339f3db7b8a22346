"""The daily bars that the programs are run over, from the market data of the tests; whole units, so that all can count.

BTCUSDT by the UTC day, put together from its minutes; three stocks by the session of New York.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

BTC_MINUTES = "bars/binance_spot_BTCUSDT_1m_20220101_20240625.parquet"
STOCK_DAYS = "bars/us_equity_1d_10symbols_19980102_20210331.parquet"
COLUMNS = ("date", "open", "high", "low", "close", "volume")
PRICES = ("open", "high", "low", "close")
PROGRAMS = {"cross": "btc", "weekly": "btc", "monthly": "stocks"}
"""Each program, and the bars that it is run over."""


def bars_of(name: str, data_dir: Path) -> dict[str, Any]:
    """Return calendar, first day to trade on and bars by symbol, as JSON takes them."""
    if name == "btc":
        return {"calendar": "24/7", "start": "2022-03-01", "bars": {"BTCUSDT": _rows(_btc(data_dir))}}
    days = pl.read_parquet(data_dir / STOCK_DAYS).rename({"session_date": "date"})
    days = days.filter(pl.col("date").is_between(pl.date(2018, 1, 2), pl.date(2019, 12, 31)))
    stocks = {symbol: _rows(days.filter(symbol=symbol)) for symbol in ("SPY", "AAPL", "IBM")}
    return {"calendar": "XNYS", "start": "2018-03-01", "bars": stocks}


def _btc(data_dir: Path) -> pl.DataFrame:
    minutes = pl.read_parquet(data_dir / BTC_MINUTES).filter(pl.col("timestamp").dt.date() <= pl.date(2023, 6, 30))
    return minutes.group_by(pl.col("timestamp").dt.date().alias("date"), maintain_order=True).agg(
        pl.col("open").first(), pl.col("high").max(), pl.col("low").min(), pl.col("close").last(),
        pl.col("volume").sum(),
    )  # fmt: skip


def _rows(frame: pl.DataFrame) -> list[list[Any]]:
    columns = [
        pl.col("date").dt.to_string("%Y-%m-%d"),
        *(pl.col(column).cast(pl.Float64).round(2) for column in PRICES),
        pl.col("volume").cast(pl.Int64),
    ]
    return [list(row) for row in frame.select(columns).iter_rows()]
