from __future__ import annotations

import pytest

from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR, day_number
from tradewind.record.stats.equity import Units, day_ends, monthly_returns, returns_of

DAY, HOUR = NS_PER_DAY, NS_PER_HOUR


def test_a_day_ends_with_its_last_sample() -> None:
    samples = [(9 * HOUR, 1.0), (12 * HOUR, 2.0), (23 * HOUR, 3.0), (DAY + HOUR, 4.0)]
    assert day_ends(samples) == [(9 * HOUR, 1.0), (DAY, 3.0), (DAY + HOUR, 4.0)]


def test_midnight_belongs_to_the_day_before() -> None:
    assert day_ends([(0, 1.0), (DAY, 2.0), (DAY + 1, 3.0)]) == [(0, 1.0), (DAY, 2.0), (DAY + 1, 3.0)]


def test_a_day_without_samples_repeats_the_value_before() -> None:
    samples = [(HOUR, 1.0), (2 * HOUR, 2.0), (3 * DAY + HOUR, 3.0)]
    assert day_ends(samples) == [(HOUR, 1.0), (DAY, 2.0), (2 * DAY, 2.0), (3 * DAY, 2.0), (3 * DAY + HOUR, 3.0)]


def test_the_first_sample_is_the_start_and_not_a_day() -> None:
    noon = 12 * HOUR
    assert day_ends([(noon, 1.0), (noon + DAY, 2.0)]) == [(noon, 1.0), (noon + DAY, 2.0)]
    assert day_ends([(noon, 1.0)]) == [(noon, 1.0)]
    assert day_ends([]) == []


def test_returns_end_where_equity_does() -> None:
    assert returns_of([(0, 100.0), (1, 50.0), (2, 0.0), (3, 10.0)]) == [-0.5, -1.0]


def test_months_are_chained_from_the_start() -> None:
    january, february = day_number(2024, 1, 31) * DAY, day_number(2024, 2, 29) * DAY
    points = [(january - DAY, 100.0), (january + DAY, 110.0), (february, 121.0)]
    months = monthly_returns(points)
    assert months == {(2024, 1): pytest.approx(0.1), (2024, 2): pytest.approx(0.1)}
    assert monthly_returns([]) == {}


def test_nothing_can_be_bought_of_an_account_worth_nothing() -> None:
    units = Units()
    assert units.see(0.0) == 0.0
    units.transfer(100.0)
    assert units.count == 1.0
