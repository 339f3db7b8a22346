from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.time import NS_PER_DAY
from tradewind.record.stats.risk import percentile, risk_of, sharpe, sortino, volatility


@given(st.lists(st.floats(-1, 1), min_size=1), st.floats(0, 1))
def test_percentile_is_that_of_numpy(values: list[float], share: float) -> None:
    assert percentile(values, share) == pytest.approx(float(np.quantile(values, share)), abs=1e-12)


def test_ratios_without_variation_are_undefined() -> None:
    assert sharpe([0.01] * 5, 365) is None
    assert sharpe([0.01], 365) is None
    assert sortino([0.01, 0.02], 365) is None
    assert sortino([], 365) is None
    assert volatility([0.01], 365) is None
    assert volatility([0.01, 0.01], 365) == 0.0


def test_sortino_takes_the_downside_around_zero_over_all_days() -> None:
    assert sortino([0.02, -0.01, 0.02, -0.01], 1) == pytest.approx(0.005 / math.sqrt(2 * 0.01**2 / 4))


def test_value_at_risk_needs_thirty_returns() -> None:
    def days(count: int) -> list[tuple[int, float]]:
        return [(i * NS_PER_DAY, 100.0 + i % 3) for i in range(count + 1)]

    assert risk_of(days(29), None).var_95 is None
    assert risk_of(days(30), None).var_95 == pytest.approx(100 / 102 - 1)


def test_drawdown_and_ulcer_of_day_ends() -> None:
    risk = risk_of([(i * NS_PER_DAY, v) for i, v in enumerate([100.0, 90.0, 80.0, 100.0])], 0.5)
    assert risk.average_drawdown == pytest.approx(0.3 / 4)
    assert risk.ulcer_index == pytest.approx(math.sqrt((0.01 + 0.04) / 4))
    assert risk.longest_drawdown_hours == 72
    assert risk.calmar == pytest.approx(2.5)


def test_calmar_needs_a_drawdown_and_a_growth() -> None:
    level = [(0, 100.0), (NS_PER_DAY, 100.0)]
    assert risk_of(level, 0.5).calmar is None
    assert risk_of([(0, 100.0), (NS_PER_DAY, 90.0)], None).calmar is None
