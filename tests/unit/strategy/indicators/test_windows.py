from __future__ import annotations

from math import fsum

import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.strategy.indicators.series import Series, assert_same
from tradewind.strategy.indicators import Highest, Lowest
from tradewind.strategy.indicators.windows import RollingSum

VALUES = st.lists(st.floats(-1e9, 1e9), max_size=80)
PERIODS = st.integers(1, 12)


@pytest.mark.parametrize("period", [2, 20])
def test_highest_and_lowest(bars: Series, period: int) -> None:
    assert_same(Highest(period), bars, value=talib.MAX(bars.close, period))
    assert_same(Lowest(period), bars, value=talib.MIN(bars.close, period))


@settings(deadline=None)
@given(VALUES, PERIODS)
def test_highest_and_lowest_are_the_extremes_of_the_window(values: list[float], period: int) -> None:
    highest, lowest = Highest(period), Lowest(period)
    for end, value in enumerate(values, 1):
        window = values[max(0, end - period) : end]
        full = len(window) == period
        assert highest.update(value) == (max(window) if full else None)
        assert lowest.update(value) == (min(window) if full else None)


@settings(deadline=None)
@given(st.lists(st.floats(0.0, 1e9), max_size=80), PERIODS)
def test_rolling_sum_of_what_is_not_negative_keeps_its_digits(values: list[float], period: int) -> None:
    rolling = RollingSum(period)
    for end, value in enumerate(values, 1):
        wanted = fsum(values[max(0, end - period) : end])
        assert rolling.add(value) == pytest.approx(wanted, rel=1e-14, abs=0.0)


def test_rolling_sum_of_zeros_is_zero_whatever_was_before() -> None:
    rolling = RollingSum(5)
    sums = [rolling.add(x) for x in [1e12, 0.1, 1e-7, *[0.0] * 9]]
    assert sums[7:] == [0.0] * 5


@pytest.mark.parametrize("window", [Highest, Lowest, RollingSum])
def test_a_window_holds_something(window: type[Highest]) -> None:
    with pytest.raises(ValueError, match="period must"):
        window(0)
