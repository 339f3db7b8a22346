"""The series on which every indicator must agree with its reference."""

from __future__ import annotations

import pytest

from tests.unit.strategy.indicators.series import MINUTES, Series, generated, real

REAL = {
    "1d": ("binance_spot_BTCUSDT_1d_20170817_20260429.parquet", None),
    "4h": ("binance_spot_BTCUSDT_4h_20170817_20260429.parquet", None),
    "1h": ("binance_spot_BTCUSDT_1h_20170817_20260429.parquet", None),
    "1m": (MINUTES, 200_000),
    "SPY-1m": ("us_equity_SPY_1m_20240326_20250402.parquet", 20_000),
}


@pytest.fixture(params=["generated", *(pytest.param(name, marks=pytest.mark.data) for name in REAL)])
def bars(request: pytest.FixtureRequest) -> Series:
    return generated() if request.param == "generated" else real(*REAL[request.param])
