from __future__ import annotations

from statistics import pstdev
from typing import Any

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.strategy.indicators.series import MINUTES, Series, assert_same, real, windows
from tradewind.strategy.indicators import ATR, BollingerBands, Donchian, StdDev, TrueRange


@pytest.mark.parametrize("period", [5, 20, 200])
def test_std_dev(bars: Series, period: int) -> None:
    assert_same(StdDev(period), bars, value=talib.STDDEV(bars.close, period))


@pytest.mark.parametrize("period", [2, 20])
def test_std_dev_and_its_mean_are_those_of_numpy(bars: Series, period: int) -> None:
    """Two values are compared here alone: TA-Lib's squares are then off by up to 7e-9."""
    rows = windows(bars.close, period)
    assert_same(StdDev(period), bars, value=rows.std(axis=1), mean=rows.mean(axis=1))


@pytest.mark.data
@pytest.mark.slow
def test_std_dev_in_a_million_minutes() -> None:
    minutes = real(MINUTES)
    assert_same(StdDev(20), minutes, value=talib.STDDEV(minutes.close, 20))


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), max_size=40), st.integers(2, 7))
def test_std_dev_of_any_window(values: list[float], period: int) -> None:
    deviation = StdDev(period)
    for end, value in enumerate(values, 1):
        got = deviation.update(value)
        if end >= period:
            assert got == pytest.approx(pstdev(values[end - period : end]), abs=1e-9, rel=1e-9)


def test_std_dev_of_equal_values_is_zero_to_the_bit() -> None:
    deviation = StdDev(7)
    got = [deviation.update(x) for x in [1e9, 3.0, *[0.1] * 20]]
    assert got[8:] == [0.0] * 14


@pytest.mark.parametrize(("period", "deviations"), [(20, 2.0), (5, 2.5)])
def test_bollinger_bands(bars: Series, period: int, deviations: float) -> None:
    upper, middle, lower = talib.BBANDS(bars.close, period, deviations, deviations)
    assert_same(BollingerBands(period, deviations), bars, upper=upper, middle=middle, lower=lower, value=middle)


def test_true_range(bars: Series) -> None:
    assert_same(TrueRange(), bars, value=talib.TRANGE(bars.high, bars.low, bars.close))


@pytest.mark.parametrize("period", [1, 2, 14])
def test_atr(bars: Series, period: int) -> None:
    assert_same(ATR(period), bars, value=talib.ATR(bars.high, bars.low, bars.close, period))


@pytest.mark.parametrize("period", [1, 20])
def test_donchian(bars: Series, period: int) -> None:
    upper, lower = windows(bars.high, period).max(axis=1), windows(bars.low, period).min(axis=1)
    assert_same(Donchian(period), bars, upper=upper, lower=lower, value=(upper + lower) / 2.0)


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(1.0, 1e6), st.floats(0.0, 1.0)), min_size=1, max_size=60), st.integers(1, 9))
def test_donchian_is_the_extremes_of_its_window(rows: list[tuple[float, float]], period: int) -> None:
    channel = Donchian(period)
    of = series_of(rows)
    for end, bar in enumerate(of.bars, 1):
        channel.update(bar)
        window = of.bars[max(0, end - period) : end]
        full = len(window) == period
        assert channel.upper == (max(b.high for b in window) if full else None)
        assert channel.lower == (min(b.low for b in window) if full else None)


def series_of(rows: list[tuple[float, float]]) -> Series:
    low = np.array([low for low, _ in rows])
    high = low + np.array([extent for _, extent in rows])
    return Series(low, high, low, high, np.ones_like(low))


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: StdDev(1), "period must be a whole number of at least 2"),
        (lambda: BollingerBands(1), "period must"),
        (lambda: BollingerBands(20, -2.0), "deviations must"),
        (lambda: ATR(0), "period must"),
        (lambda: Donchian(0), "period must"),
    ],
)
def test_parameters_that_make_no_sense(make: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()
