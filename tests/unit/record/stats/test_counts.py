from __future__ import annotations

from decimal import Decimal

from tests.unit.record.stats_session import trip
from tradewind.domain.money import money_context
from tradewind.domain.order import Side
from tradewind.record.stats.counts import counts_of, net_of, streaks


def test_counts_by_outcome_and_side() -> None:
    trips = [trip("1"), trip("-2", side=Side.SELL), trip("0"), trip("3")]
    counts = counts_of(trips, [t.net for t in trips])
    assert (counts.total, counts.winning, counts.losing, counts.breakeven) == (4, 2, 1, 1)
    assert (counts.long, counts.short, counts.win_rate) == (3, 1, 0.5)


def test_streaks_end_with_the_other_outcome_or_with_none() -> None:
    assert streaks([Decimal(n) for n in (1, 1, 0, 1, -1, -1, -1, 1, -1)]) == (-1, 2, 3)
    assert streaks([]) == (0, 0, 0)


def test_the_dust_of_an_average_price_is_neither_won_nor_lost() -> None:
    with money_context():
        third = Decimal(1) / 3
        assert net_of(trip(third * 3 - 1)) == 0
        assert net_of(trip("0.000000000000000001")) > 0
