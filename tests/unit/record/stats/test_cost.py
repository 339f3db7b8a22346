from __future__ import annotations

import pytest

from tests.unit.record.stats_session import trip
from tradewind.domain.time import NS_PER_SECOND
from tradewind.record.stats.cost import Activity, cost_of, covered, time_average


def test_time_in_market_counts_overlaps_once_and_what_is_still_open() -> None:
    trips = [trip(opened_at=10, closed_at=30), trip(opened_at=20, closed_at=40)]
    assert cost_of(trips, Activity(), 0, 100).time_in_market == 0.3
    assert cost_of(trips, Activity(open_since=(90,)), 0, 100).time_in_market == 0.4
    assert cost_of(trips, Activity(), 0, 0).time_in_market is None


def test_spans_are_cut_at_the_session() -> None:
    assert covered([(-50, 10), (5, 20), (90, 200)], 0, 100) == 30


def test_duration_in_seconds() -> None:
    trips = [trip(closed_at=NS_PER_SECOND), trip(closed_at=4 * NS_PER_SECOND)]
    assert cost_of(trips, Activity(), 0, 1).average_duration_s == 2.5


def test_exposure_is_weighted_by_time() -> None:
    activity = Activity(exposure=((0, 0.0), (50, 1.0), (75, 2.0)))
    cost = cost_of([], activity, 0, 100)
    assert cost.exposure_average == pytest.approx(0.75)
    assert cost.exposure_peak == 2.0
    assert time_average([], 100) is None
    assert time_average([(5, 1.0)], 5) is None
