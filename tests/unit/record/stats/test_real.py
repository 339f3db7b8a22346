"""Statistics of a moving-average cross over Bitcoin's real bars, against empyrical-reloaded 0.7.1.

The figures were made in a separate environment, with `returns` the change from one UTC day's last equity to the next:

    python -m tests.unit.record.stats_session 1d > equity.csv
    empyrical.sharpe_ratio(returns, annualization=365)   # likewise sortino_ratio, annual_volatility, cagr,
    empyrical.max_drawdown(equity.pct_change())          # calmar_ratio; value_at_risk(returns)
"""

from __future__ import annotations

import math

import pytest

from tests.unit.record.stats_session import DATA, START, cross
from tradewind.domain.time import NS_PER_DAY
from tradewind.record.stats.accumulator import StatsAccumulator
from tradewind.record.stats.statistics import Statistics, statistics_of

pytestmark = [pytest.mark.data, pytest.mark.skipif(not DATA.exists(), reason=f"no market data at {DATA}")]

EMPYRICAL = {
    "1d": {
        "sharpe": 0.8589072031443392,
        "sortino": 1.3274944339017458,
        "volatility": 0.4801073927769427,
        "var_95": -0.034778179975597436,
        "max_drawdown": 0.7488285721516252,
        "calmar": 0.4635063901882309,
    },
    "1h": {
        "sharpe": 0.5354220193109812,
        "sortino": 0.8707829480237533,
        "volatility": 0.4749467855994456,
        "var_95": -0.033164371211868826,
        "max_drawdown": 0.6592954782008866,
    },
}
"""Calmar of hours is left out: empyrical takes the drawdown of day ends, we that of every sample."""

TOTAL_RETURN = {"1d": 12.385293590428445, "1h": 2.481237269761594}


@pytest.fixture(scope="module", params=["1d", "1h"])
def session(request: pytest.FixtureRequest) -> tuple[str, Statistics]:
    trips, equity = cross(request.param)
    return request.param, statistics_of(trips, equity)


def test_risk_is_that_of_empyrical(session: tuple[str, Statistics]) -> None:
    interval, stats = session
    for name, value in EMPYRICAL[interval].items():
        assert getattr(stats.risk, name) == pytest.approx(value, rel=1e-9), name


def test_total_return_is_that_of_empyrical(session: tuple[str, Statistics]) -> None:
    interval, stats = session
    assert stats.returns.total_return == pytest.approx(TOTAL_RETURN[interval], rel=1e-9)


def test_growth_of_whole_days_is_that_of_empyrical() -> None:
    trips, equity = cross("1d")
    assert statistics_of(trips, equity).returns.cagr == pytest.approx(0.347086828347807, rel=1e-9)


def test_profit_is_the_change_of_equity() -> None:
    trips, equity = cross("1d")
    flat = next(value for ts, value in equity if ts - NS_PER_DAY == trips[-1].closed_at)
    realized = statistics_of(trips, equity).returns.realized_pnl
    assert realized is not None
    assert flat - START == pytest.approx(float(realized), rel=1e-12)


def test_the_live_figures_are_the_batch_figures(session: tuple[str, Statistics]) -> None:
    interval, stats = session
    trips, equity = cross(interval)
    live = StatsAccumulator()
    for trip in trips:
        live.on_trip(trip)
    for ts, value in equity:
        live.on_equity(ts, value)
    result = live.total().trade_result
    assert (result.number_of_trades, result.win_rate) == (stats.counts.total, stats.counts.win_rate)
    assert result.max_drawdown == stats.risk.max_drawdown
    assert live.total().trade_pnl.maximum_loss == stats.returns.worst_trade
    assert math.isclose(live.total().trade_holding_time.avg or 0.0, stats.cost.average_duration_s or 0.0)
