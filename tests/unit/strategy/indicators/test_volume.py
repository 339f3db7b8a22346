from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import talib

from tests.unit.strategy.indicators.series import Series, assert_same, generated, windows
from tradewind.domain.time import NS_PER_HOUR, NS_PER_MINUTE
from tradewind.strategy.indicators import OBV, VWAP, RollingVWAP


def test_obv(bars: Series) -> None:
    assert_same(OBV(), bars, value=talib.OBV(bars.close, bars.volume))


def test_vwap(bars: Series) -> None:
    expected = np.cumsum(bars.typical * bars.volume) / np.cumsum(bars.volume)
    assert_same(VWAP(), bars, value=expected)


def test_vwap_of_each_session(bars: Series) -> None:
    hours = np.arange(len(bars.close)) * NS_PER_MINUTE // NS_PER_HOUR
    starts = np.searchsorted(hours, hours)
    turnover, volume = bars.typical * bars.volume, bars.volume
    expected = np.full(len(hours), np.nan)
    for start in np.unique(starts):
        hour = slice(start, start + 60)
        traded = np.cumsum(volume[hour])
        expected[hour] = np.divide(np.cumsum(turnover[hour]), traded, out=expected[hour], where=traded > 0.0)
    assert_same(VWAP(session_ns=NS_PER_HOUR), bars, value=expected)


@pytest.mark.parametrize("period", [1, 20])
def test_rolling_vwap(bars: Series, period: int) -> None:
    turnover, volume = (windows(x, period).sum(axis=1) for x in (bars.typical * bars.volume, bars.volume))
    expected = np.divide(turnover, volume, out=np.full_like(volume, np.nan), where=volume > 0.0)
    assert_same(RollingVWAP(period), bars, value=expected)


def test_there_is_no_average_of_nothing() -> None:
    prices, nothing = np.full(3, 5.0), np.array([0.0, 2.0, 0.0])
    bars = Series(prices, prices, prices, prices, nothing).bars
    since_the_first, of_each = VWAP(), RollingVWAP(1)
    assert [since_the_first.update(bar) for bar in bars] == [None, 5.0, 5.0]
    assert [of_each.update(bar) for bar in bars] == [None, 5.0, None]


def test_reset_begins_anew() -> None:
    first, *rest = generated().bars[:3]
    again = VWAP()
    again.update(first)
    again.reset()
    assert not again.ready
    fresh = VWAP()
    assert [again.update(bar) for bar in rest] == [fresh.update(bar) for bar in rest]


@pytest.mark.parametrize(
    ("make", "complaint"), [(lambda: VWAP(0), "session_ns must"), (lambda: RollingVWAP(0), "period must")]
)
def test_parameters_that_make_no_sense(make: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make()
