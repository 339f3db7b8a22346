from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.record.stats_session import trip
from tradewind.record.stats.quality import Quality, expectancy, quality_of


def quality(*nets: str) -> Quality:
    trips = [trip(net) for net in nets]
    return quality_of(trips, [t.net for t in trips], earned=30.0, worst_fall=15.0)


def test_of_wins_and_losses() -> None:
    found = quality("30", "10", "-20")
    assert (found.gross_profit, found.gross_loss) == (Decimal(40), Decimal(-20))
    assert (found.profit_factor, found.payoff_ratio, found.recovery_factor) == (2.0, 1.0, 2.0)
    assert (found.average_win, found.average_loss, found.median_trade) == (20.0, -20.0, 10.0)
    assert found.average_trade == pytest.approx(20 / 3)
    assert found.expectancy == pytest.approx(20 / 3)


def test_all_losses_have_a_profit_factor_of_zero_and_no_payoff() -> None:
    found = quality("-1", "-2")
    assert (found.profit_factor, found.payoff_ratio, found.average_win) == (0.0, None, None)


def test_recovery_needs_a_fall() -> None:
    assert quality_of([], [], earned=30.0, worst_fall=0.0).recovery_factor is None


@given(st.lists(st.decimals(-1000, 1000, places=2), min_size=1))
def test_expectancy_is_what_a_trip_brings(nets: list[Decimal]) -> None:
    assert expectancy(nets) == pytest.approx(float(sum(nets)) / len(nets), abs=1e-9)
