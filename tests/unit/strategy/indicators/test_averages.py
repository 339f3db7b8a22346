from __future__ import annotations

from math import fsum

import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.strategy.indicators.series import MINUTES, Series, assert_same, real
from tradewind.strategy.indicators import EMA, SMA, WMA

PRICES = st.lists(st.floats(0.0, 1e6), max_size=60)


@pytest.mark.parametrize("period", [2, 20, 200])
def test_sma(bars: Series, period: int) -> None:
    assert_same(SMA(period), bars, value=talib.SMA(bars.close, period))


@pytest.mark.parametrize("period", [2, 20, 200])
def test_ema(bars: Series, period: int) -> None:
    assert_same(EMA(period), bars, value=talib.EMA(bars.close, period))


@pytest.mark.parametrize("period", [2, 20, 200])
def test_wma(bars: Series, period: int) -> None:
    assert_same(WMA(period), bars, value=talib.WMA(bars.close, period))


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(("ours", "theirs"), [(SMA, talib.SMA), (EMA, talib.EMA), (WMA, talib.WMA)])
def test_no_drift_in_a_million_minutes(ours: type[SMA], theirs: type) -> None:
    minutes = real(MINUTES)
    assert_same(ours(20), minutes, value=theirs(minutes.close, 20))


@pytest.mark.parametrize("average", [SMA(1), EMA(1), WMA(1)])
def test_of_one_value_is_that_value(average: SMA) -> None:
    assert average.warmup == 0
    assert [average.update(x) for x in (3.0, 1.0, 2.0)] == [3.0, 1.0, 2.0]


@settings(deadline=None)
@given(PRICES, st.integers(1, 9))
def test_sma_and_wma_are_the_sums_they_stand_for(prices: list[float], period: int) -> None:
    sma, wma = SMA(period), WMA(period)
    weights = range(1, period + 1)
    for end, price in enumerate(prices, 1):
        mean, weighted = sma.update(price), wma.update(price)
        window = prices[max(0, end - period) : end]
        if len(window) < period:
            assert mean is None
            assert weighted is None
        else:
            near = max(prices) * 1e-12
            assert mean == pytest.approx(fsum(window) / period, abs=near)
            wanted = fsum(x * w for x, w in zip(window, weights, strict=True)) / sum(weights)
            assert weighted == pytest.approx(wanted, abs=near)
