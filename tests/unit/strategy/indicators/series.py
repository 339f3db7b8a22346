"""Price series to try indicators on, and how their answers are compared with a reference."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from polars import selectors

from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_MINUTE

if TYPE_CHECKING:
    from tradewind.strategy.indicators import Indicator

Floats = NDArray[np.float64]

ROOT = Path(__file__).resolve().parents[4]
DATA = Path(os.environ.get("TRADEWIND_DATA", ROOT.parent / "shared" / "data")) / "bars"
MINUTES = "binance_spot_BTCUSDT_1m_20220101_20240625.parquet"
TOLERANCE = 1e-9
"""Of the value, or of 1 where that is more."""


@dataclass(frozen=True)
class Series:
    """Bars as columns: minutes from the epoch on."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    @property
    def typical(self) -> Floats:
        return (self.high + self.low + self.close) / 3.0

    @cached_property
    def bars(self) -> tuple[Bar, ...]:
        columns = (column.tolist() for column in (self.open, self.high, self.low, self.close, self.volume))
        return tuple(
            Bar(InstrumentId("X"), "1m", i * NS_PER_MINUTE, (i + 1) * NS_PER_MINUTE, (i + 1) * NS_PER_MINUTE, *row)
            for i, row in enumerate(zip(*columns, strict=True))
        )


@cache
def generated(count: int = 4000, seed: int = 7) -> Series:
    """Walk at random in ticks of 0.01, with gaps now and then; one stretch stands still, in part without volume."""
    random = np.random.default_rng(seed)
    steps = np.round(random.normal(0.0, 3.0, count), 2)
    gaps = np.where(random.random(count) < 0.02, np.round(random.normal(0.0, 20.0, count), 2), 0.0)
    steps[1000:1100] = gaps[1000:1100] = 0.0
    close = np.round(1000.0 + np.cumsum(gaps + steps), 2)
    opening = np.round(close - steps, 2)
    reach = np.round(random.exponential(1.0, (2, count)), 2)
    reach[:, 1000:1100] = 0.0
    volume = np.round(random.exponential(5.0, count), 3)
    volume[1000:1050] = 0.0
    high, low = np.maximum(opening, close) + reach[0], np.minimum(opening, close) - reach[1]
    return Series(opening, high, low, close, volume)


@cache
def real(name: str, count: int | None = None) -> Series:
    """Read bars from TRADEWIND_DATA; skip the test where there are none."""
    if not (DATA / name).is_file():
        pytest.skip(f"no {name} in TRADEWIND_DATA ({DATA.parent})")
    frame = pl.read_parquet(DATA / name, n_rows=count).with_columns(selectors.decimal().cast(pl.Float64))
    return Series(*(frame[column].to_numpy().astype(float) for column in ("open", "high", "low", "close", "volume")))


def answers(indicator: Indicator, of: Series, names: tuple[str, ...] = ("value",)) -> dict[str, Floats]:
    """Feed the whole series and return what the attributes said after each update, None as NaN."""
    update: Any = indicator.update  # type: ignore[attr-defined]
    heard: dict[str, list[Any]] = {name: [] for name in names}
    for fed in of.close.tolist() if indicator.takes == "value" else of.bars:
        assert update(fed) == indicator.value
        for name, values in heard.items():
            values.append(getattr(indicator, name))
    return {name: np.array(values, dtype=float) for name, values in heard.items()}


def assert_same(indicator: Indicator, of: Series, **expected: Floats) -> None:
    """Compare attributes with their references, warm-up included: None where those are NaN, and there alone."""
    for name, got in answers(indicator, of, tuple(expected)).items():
        wanted = expected[name]
        assert (np.isnan(got) == np.isnan(wanted)).all(), f"{name}: warm-up of {np.isnan(got).sum()} updates"
        known = ~np.isnan(wanted)
        error = np.abs(got - wanted)[known] / np.maximum(1.0, np.abs(wanted[known]))
        assert error.max() < TOLERANCE, f"{name}: off by {error.max():.1e} at known value {error.argmax()}"


def windows(of: Floats, period: int) -> Floats:
    """Return the windows of a column, one a row, all of NaN before the first that is full."""
    return np.vstack([np.full((period - 1, period), np.nan), sliding_window_view(of, period)])
