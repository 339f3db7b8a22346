"""The real bars for the other engines' environment, which has pandas and none of ours."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore]

ROOT = Path(__file__).resolve().parents[1]
FILE = "bars/binance_spot_BTCUSDT_1m_20220101_20240625.parquet"
FAST, SLOW = 20, 50
CASH = 100_000
QUANTITY = 0.1


def frame(count: int) -> Any:  # noqa: ANN401 - a DataFrame; the types of pandas are not at hand here
    """Return the first bars: open, high, low, close, volume, by the time of their opening."""
    path = Path(os.environ.get("TRADEWIND_DATA", ROOT.parent / "shared" / "data")) / FILE
    if not path.is_file():
        raise SystemExit(f"no real bars at {path}: set TRADEWIND_DATA")
    columns = ["open", "high", "low", "close", "volume"]
    bars = pd.read_parquet(path, columns=["timestamp", *columns]).head(count).set_index("timestamp")
    return bars.astype(float)
