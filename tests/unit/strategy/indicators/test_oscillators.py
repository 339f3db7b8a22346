from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import talib

from tests.unit.strategy.indicators.series import Series, assert_same
from tradewind.strategy.indicators import CCI, Stochastic, WilliamsR


@pytest.mark.parametrize("periods", [(14, 3, 3), (5, 1, 1), (5, 4, 2)])
def test_stochastic(bars: Series, periods: tuple[int, int, int]) -> None:
    period, k_smoothing, d_smoothing = periods
    k, d = talib.STOCH(bars.high, bars.low, bars.close, period, k_smoothing, slowd_period=d_smoothing)
    assert_same(Stochastic(*periods), bars, value=k, k=k, d=d)


@pytest.mark.parametrize("period", [2, 14])
def test_williams_r(bars: Series, period: int) -> None:
    assert_same(WilliamsR(period), bars, value=talib.WILLR(bars.high, bars.low, bars.close, period))


@pytest.mark.parametrize("period", [2, 14, 20])
def test_cci(bars: Series, period: int) -> None:
    assert_same(CCI(period), bars, value=talib.CCI(bars.high, bars.low, bars.close, period))


def test_cci_takes_rounding_for_no_move() -> None:
    prices = np.array([100.0, 100.0 * (1.0 + 2e-15), 100.0])
    flat = Series(prices, prices, prices, prices, np.ones(3))
    assert len(set(flat.typical.tolist())) == 2
    assert_same(CCI(2), flat, value=np.array([np.nan, 0.0, 0.0]))


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: Stochastic(0, 3, 3), "^period must"),
        (lambda: Stochastic(14, 0, 3), "k_smoothing must"),
        (lambda: Stochastic(14, 3, 0), "d_smoothing must"),
        (lambda: WilliamsR(0), "period must"),
        (lambda: CCI(1), "period must"),
    ],
)
def test_parameters_that_make_no_sense(make: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()
