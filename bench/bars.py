"""The bars of the benchmarks: real minutes of BTCUSDT where TRADEWIND_DATA has them, else made-up ones."""

from __future__ import annotations

import os
from decimal import Decimal
from functools import cache
from pathlib import Path

import polars as pl

from tradewind.domain.ids import Asset, InstrumentId
from tradewind.domain.instrument import FeeSchedule, Instrument, InstrumentKind
from tradewind.domain.money import ZERO
from tradewind.domain.time import Interval
from tradewind.record.market_data.sample import sample_series
from tradewind.record.market_data.streams import BarTable

ROOT = Path(__file__).resolve().parents[1]
FILE = "bars/binance_spot_BTCUSDT_1m_20220101_20240625.parquet"
SAMPLE_DAYS = 910
MINUTE = Interval.parse("1m")
TICK, LOT = Decimal("0.01"), Decimal("0.00001")


def path() -> Path | None:
    """Return where the real bars lie, None if they are not there."""
    found = Path(os.environ.get("TRADEWIND_DATA", ROOT.parent / "shared" / "data")) / FILE
    return found.resolve() if found.is_file() else None


def described() -> str:
    """Say which bars are measured on."""
    return "real BTCUSDT minutes" if path() else "made-up minutes (no TRADEWIND_DATA)"


@cache
def frame() -> pl.DataFrame:
    """Return all bars: `ts_open` in nanoseconds, open, high, low, close, volume."""
    found = path()
    if found is None:
        return sample_series("BTCUSDT", days=SAMPLE_DAYS)
    values = pl.col("open", "high", "low", "close", "volume").cast(pl.Float64)
    return pl.read_parquet(found).select(pl.col("timestamp").dt.timestamp("ns").alias("ts_open"), values)


def instrument(symbol: str = "BTCUSDT") -> Instrument:
    """Return an instrument that costs nothing to trade."""
    return Instrument(
        id=InstrumentId(f"binance:{symbol}"), symbol=symbol, venue="binance", kind=InstrumentKind.SPOT,
        base=Asset(symbol.removesuffix("USDT")), quote=Asset("USDT"), tick=TICK, lot=LOT,
        fees=FeeSchedule(ZERO, ZERO),
    )  # fmt: skip


def table(start: int, count: int) -> BarTable:
    """Return so many bars from the start-th on."""
    return BarTable(instrument(), MINUTE, frame().slice(start, count))


def tables(symbols: int, count: int) -> list[BarTable]:
    """Cut the first `count` bars into so many symbols, all over the same minutes; the prices are of one market."""
    each = count // symbols
    minutes = frame()["ts_open"].head(each)
    return [
        BarTable(instrument(f"S{n}USDT"), MINUTE, frame().slice(n * each, each).with_columns(minutes))
        for n in range(symbols)
    ]
