from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import talib

from tests.unit.strategy.indicators.series import Floats, Series, assert_same
from tradewind.strategy.indicators import ADX, SuperTrend


@pytest.mark.parametrize("period", [2, 14])
def test_adx(bars: Series, period: int) -> None:
    columns = (bars.high, bars.low, bars.close, period)
    assert_same(
        ADX(period),
        bars,
        value=talib.ADX(*columns),
        plus_di=talib.PLUS_DI(*columns),
        minus_di=talib.MINUS_DI(*columns),
    )


def super_trend(of: Series, period: int, multiplier: float) -> tuple[Floats, Floats]:
    """Work out both bands first, then the way from one to the other."""
    middle, reach = (of.high + of.low) / 2.0, multiplier * talib.ATR(of.high, of.low, of.close, period)
    upper, lower = middle + reach, middle - reach
    for i in range(period + 1, len(middle)):
        if of.close[i - 1] <= upper[i - 1]:
            upper[i] = min(upper[i], upper[i - 1])
        if of.close[i - 1] >= lower[i - 1]:
            lower[i] = max(lower[i], lower[i - 1])
    direction = np.where(np.isnan(upper), np.nan, -1.0)
    for i in range(period + 1, len(middle)):
        turned = of.close[i] > upper[i] if direction[i - 1] < 0.0 else of.close[i] < lower[i]
        direction[i] = -direction[i - 1] if turned else direction[i - 1]
    return np.where(direction > 0.0, lower, upper), direction


@pytest.mark.parametrize(("period", "multiplier"), [(10, 3.0), (1, 0.5)])
def test_super_trend(bars: Series, period: int, multiplier: float) -> None:
    value, direction = super_trend(bars, period, multiplier)
    assert {-1.0, 1.0} <= set(direction[period:])
    assert_same(SuperTrend(period, multiplier), bars, value=value, direction=direction)


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda: ADX(1), "period must be a whole number of at least 2"),
        (lambda: SuperTrend(0), "period must"),
        (lambda: SuperTrend(10, 0.0), "multiplier must"),
    ],
)
def test_parameters_that_make_no_sense(make: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()
