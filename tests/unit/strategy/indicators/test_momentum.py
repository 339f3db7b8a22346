from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import talib

from tests.unit.strategy.indicators.series import MINUTES, Floats, Series, assert_same, real, windows
from tradewind.strategy.indicators import MACD, RSI


@pytest.mark.parametrize("period", [2, 14])
def test_rsi(bars: Series, period: int) -> None:
    assert_same(RSI(period), bars, value=talib.RSI(bars.close, period))


@pytest.mark.data
@pytest.mark.slow
def test_rsi_in_a_million_minutes() -> None:
    minutes = real(MINUTES)
    assert_same(RSI(14), minutes, value=talib.RSI(minutes.close, 14))


def simple_rsi(close: Floats, period: int) -> Floats:
    changes = np.diff(close)
    gain = windows(np.maximum(changes, 0.0), period).sum(axis=1)
    moved = windows(np.abs(changes), period).sum(axis=1)
    index = np.divide(100.0 * gain, moved, out=np.zeros_like(gain), where=moved != 0.0)
    return np.concatenate([[np.nan], index])


@pytest.mark.parametrize("period", [1, 14])
def test_simple_rsi(bars: Series, period: int) -> None:
    assert_same(RSI(period, smoothing="simple"), bars, value=simple_rsi(bars.close, period))


@pytest.mark.parametrize("smoothing", ["wilder", "simple"])
@pytest.mark.parametrize(("step", "index"), [(0.0, 0.0), (1.0, 100.0), (-1.0, 0.0)])
def test_rsi_of_one_way_streets(smoothing: Any, step: float, index: float) -> None:
    rsi = RSI(3, smoothing)
    assert [rsi.update(10.0 + step * i) for i in range(6)] == [None] * 3 + [index] * 3


@pytest.mark.parametrize("fast_slow_signal", [(12, 26, 9), (2, 3, 1), (1, 2, 2)])
def test_macd(bars: Series, fast_slow_signal: tuple[int, int, int]) -> None:
    fast, slow, signal = fast_slow_signal
    if fast == 1:  # TA-Lib begins at 2; an average of one value is that value
        line = bars.close - talib.EMA(bars.close, slow)
        smooth = np.concatenate([line[: slow - 1], talib.EMA(line[slow - 1 :], signal)])
        expected = [np.where(np.isnan(smooth), np.nan, line), smooth, line - smooth]
    else:
        expected = list(talib.MACD(bars.close, fast, slow, signal))
    assert_same(MACD(fast, slow, signal), bars, **dict(zip(("value", "signal", "histogram"), expected, strict=True)))


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: RSI(0), "period must"),
        (lambda: RSI(14, "ema"), "smoothing must be 'wilder' or 'simple', not 'ema'"),  # type: ignore[arg-type]
        (lambda: MACD(0, 26, 9), "fast_period must"),
        (lambda: MACD(12, 1, 9), "slow_period must"),
        (lambda: MACD(12, 26, 0), "signal_period must"),
        (lambda: MACD(26, 26, 9), r"fast_period must be below slow_period \(26\), not 26"),
    ],
)
def test_parameters_that_make_no_sense(make: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()
