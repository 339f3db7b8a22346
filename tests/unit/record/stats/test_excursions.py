from __future__ import annotations

import pytest

from tests.unit.record.stats_session import trip
from tradewind.domain.order import Side
from tradewind.record.stats.excursions import excursions, excursions_by, exit_efficiency


def test_rp_12_2_exit_efficiency() -> None:
    assert exit_efficiency(trip(leave="104", mfe=0.05, mae=-0.01)) == pytest.approx(0.8)
    assert exit_efficiency(trip(side=Side.SELL, leave="96", mfe=0.05, mae=-0.01)) == pytest.approx(0.8)


@pytest.mark.parametrize(("leave", "mfe", "efficiency"), [("90", 0.05, 0.0), ("120", 0.05, 1.0)])
def test_efficiency_stays_within_zero_and_one(leave: str, mfe: float, efficiency: float) -> None:
    assert exit_efficiency(trip(leave=leave, mfe=mfe, mae=0.0)) == efficiency


def test_a_price_that_never_went_our_way_has_no_efficiency() -> None:
    assert exit_efficiency(trip(mfe=-0.01, mae=-0.02)) is None
    assert exit_efficiency(trip()) is None


def test_averages_and_their_ratio() -> None:
    found = excursions([trip("1", mfe=0.06, mae=-0.03), trip("-1", mfe=0.02, mae=-0.05), trip("1")])
    assert found.count == 2
    assert found.average_mfe == pytest.approx(0.04)
    assert found.average_mae == pytest.approx(-0.04)
    assert found.ratio == pytest.approx(1.0)
    assert found.mfe_of_winners == (0.06,) * 5
    assert found.mae_of_losers == (-0.05,) * 5


def test_nothing_is_null_and_not_zero() -> None:
    found = excursions([trip("1")])
    assert (found.count, found.average_mfe, found.ratio, found.exit_efficiency) == (0, None, None, None)
    assert found.mfe_of_winners is None


def test_groups_by_strategy_instrument_and_side() -> None:
    groups = excursions_by([trip(mfe=0.1, mae=0.0), trip(side=Side.SELL, mfe=0.2, mae=0.0)])
    assert list(groups) == [("cross", "binance:BTCUSDT", "buy"), ("cross", "binance:BTCUSDT", "sell")]
