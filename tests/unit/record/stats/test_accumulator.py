from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.unit.record.stats_session import trip
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR, NS_PER_SECOND, iso_date
from tradewind.record.stats.accumulator import StatsAccumulator
from tradewind.record.stats.statistics import statistics_of

if TYPE_CHECKING:
    from tradewind.domain.trip import RoundTrip

DAY = NS_PER_DAY
times = st.integers(0, 5 * DAY)
money = st.decimals(-1000, 1000, places=8)
trips = st.builds(
    lambda net, opened, held, complete: structs.replace(
        trip(net, opened_at=opened, closed_at=opened + held), complete=complete
    ),
    money, times, st.integers(0, DAY), st.booleans(),
)  # fmt: skip
fills = st.tuples(times, st.decimals(0, 10**6, places=8), money, money)
samples = st.lists(st.tuples(times, st.floats(1, 1e6)), unique_by=lambda s: s[0]).map(sorted)


@given(st.lists(trips), st.lists(fills), samples)
def test_one_by_one_is_the_same_as_all_at_once(
    trips: list[RoundTrip], fills: list[tuple[int, Decimal, Decimal, Decimal]], samples: list[tuple[int, float]]
) -> None:
    live = StatsAccumulator()
    for one in trips:
        live.on_trip(one)
    for fill in fills:
        live.on_fill(*fill)
    for ts, equity in samples:
        live.on_equity(ts, equity)
    batch, total = statistics_of(trips, samples), live.total()
    assert total.trade_result.number_of_trades == batch.counts.total
    assert total.trade_result.number_of_winning_trades == batch.counts.winning
    assert total.trade_result.number_of_losing_trades == batch.counts.losing
    assert total.trade_result.number_of_unvalued_trades == batch.counts.unvalued
    assert total.win_rate == batch.counts.win_rate
    assert total.trade_result.max_drawdown == batch.risk.max_drawdown
    if not batch.counts.unvalued:
        assert total.trade_pnl.maximum_loss == min(0, batch.returns.worst_trade or 0)
        assert total.trade_pnl.maximum_profit == max(0, batch.returns.best_trade or 0)
    assert total.trade_holding_time.avg == pytest.approx(batch.cost.average_duration_s)
    with money_context():
        assert total.total_fees == sum(fee for _, _, fee, _ in fills)
        assert total.turnover == sum(value for _, value, _, _ in fills)
        assert total.realized_pnl == sum(profit - fee for _, _, fee, profit in fills)


@given(st.lists(trips), st.lists(fills))
def test_the_days_add_up_to_the_session(
    trips: list[RoundTrip], fills: list[tuple[int, Decimal, Decimal, Decimal]]
) -> None:
    live = StatsAccumulator()
    for one in trips:
        live.on_trip(one)
    for fill in fills:
        live.on_fill(*fill)
    days = [live.day(iso_date(n * DAY)) for n in range(7)]
    with money_context():
        assert sum(day.realized_pnl or 0 for day in days) == live.total().realized_pnl
        assert sum(day.total_fees or 0 for day in days) == live.total().total_fees
    assert sum(day.number_of_trades for day in days) == live.total().number_of_trades
    assert min(day.trade_pnl.maximum_loss for day in days) == live.total().trade_pnl.maximum_loss


@given(samples, st.permutations(range(3)))
def test_kinds_of_events_may_come_in_any_order(samples: list[tuple[int, float]], order: list[int]) -> None:
    def run(order: list[int]) -> StatsAccumulator:
        live = StatsAccumulator()
        for kind in order:
            if kind == 0:
                live.on_trip(trip("5", closed_at=DAY + 1))
            elif kind == 1:
                live.on_fill(DAY + 1, Decimal(1), Decimal(1), Decimal(1))
            else:
                for ts, equity in samples:
                    live.on_equity(ts, equity, Decimal(0))
        return live

    assert run(order).total() == run([0, 1, 2]).total()
    assert run(order).day("1970-01-02") == run([0, 1, 2]).day("1970-01-02")


def test_a_day_starts_from_where_the_day_before_ended() -> None:
    live = StatsAccumulator()
    for ts, equity in [(0, 100.0), (1, 80.0), (DAY, 60.0), (DAY + 1, 90.0)]:
        live.on_equity(ts, equity)
    assert live.day("1970-01-01").trade_result.max_drawdown == pytest.approx(0.2)
    assert live.day("1970-01-02").trade_result.max_drawdown == pytest.approx(0.25)
    assert live.total().trade_result.max_drawdown == pytest.approx(0.4)


def test_profit_is_booked_at_the_fill_and_the_trip_counts_where_it_closes() -> None:
    live = StatsAccumulator()
    live.on_fill(10, Decimal(100), Decimal(1), Decimal(0))
    live.on_fill(20, Decimal(60), Decimal("0.5"), Decimal(5))
    live.on_fill(DAY, Decimal(50), Decimal("0.5"), Decimal(4))
    live.on_cost(DAY, Decimal(2))
    live.on_trip(trip("5", opened_at=10, closed_at=DAY))
    first, second = live.day("1970-01-01"), live.day("1970-01-02")
    assert (first.realized_pnl, first.number_of_trades) == (Decimal("3.5"), 0)
    assert (second.realized_pnl, second.number_of_trades) == (Decimal("1.5"), 1)
    assert live.total().realized_pnl == 5


def test_an_open_position_stays_open_over_midnight() -> None:
    live = StatsAccumulator()
    live.on_equity(0, 100.0, Decimal(7))
    live.on_fill(DAY, Decimal(1), Decimal(0), Decimal(0))
    assert live.day("1970-01-02").trade_pnl.unrealized_pnl == 7
    assert live.day("1970-01-03").trade_pnl.unrealized_pnl == 7


def test_a_missing_price_is_null_and_not_zero() -> None:
    live = StatsAccumulator()
    assert live.total().trade_pnl.total_pnl == 0
    live.on_equity(0, 100.0, None)
    assert live.total().trade_pnl.unrealized_pnl is None
    assert live.total().trade_pnl.total_pnl is None


def test_transfers_are_no_drawdown() -> None:
    live = StatsAccumulator()
    live.on_equity(0, 100.0)
    live.on_transfer(Decimal(-60))
    live.on_equity(1, 40.0)
    live.on_equity(2, 30.0)
    assert live.total().trade_result.max_drawdown == pytest.approx(0.25)


def test_days_may_be_those_of_a_time_zone() -> None:
    live = StatsAccumulator(day_of=lambda ts: iso_date(ts + 2 * NS_PER_HOUR))
    live.on_trip(trip("1", closed_at=23 * NS_PER_HOUR))
    assert live.day("1970-01-02").number_of_trades == 1


def test_holding_times() -> None:
    live = StatsAccumulator()
    for seconds in (120, 3600, 600):
        live.on_trip(trip("1", closed_at=seconds * NS_PER_SECOND))
    held = live.total().trade_holding_time
    assert (held.min, held.max, held.avg) == (120, 3600, 1440)


def test_what_could_not_be_valued_makes_its_sums_unknown_and_no_others() -> None:
    live = StatsAccumulator()
    live.on_fill(0, Decimal(100), Decimal(1), Decimal(5))
    live.on_equity(0, 100.0, Decimal(2))
    live.on_fill(DAY, Decimal(100), None, Decimal(5))
    first, second, total = live.day("1970-01-01"), live.day("1970-01-02"), live.total()
    assert (first.realized_pnl, first.total_fees, first.turnover) == (Decimal(4), Decimal(1), Decimal(100))
    assert (second.realized_pnl, second.total_fees, second.turnover) == (None, None, Decimal(100))
    assert (total.realized_pnl, total.total_fees, total.turnover) == (None, None, Decimal(200))
    assert (total.trade_pnl.unrealized_pnl, total.trade_pnl.total_pnl) == (Decimal(2), None)
    live.on_cost(2 * DAY, None)
    assert live.day("1970-01-03").realized_pnl is None
    assert live.day("1970-01-03").total_fees == 0


def test_after_a_transfer_that_could_not_be_valued_nobody_knows_what_was_earned() -> None:
    live = StatsAccumulator()
    live.on_equity(0, 100.0)
    live.on_equity(1, 90.0)
    assert live.total().trade_result.max_drawdown == pytest.approx(0.1)
    live.on_transfer(None)
    live.on_equity(DAY, 200.0, Decimal(7))
    live.on_equity(DAY + 1, 100.0, Decimal(8))
    assert live.total().trade_result.max_drawdown is None
    assert live.day("1970-01-02").trade_result.max_drawdown is None
    assert live.day("1970-01-01").trade_result.max_drawdown == pytest.approx(0.1)
    assert live.total().trade_pnl.unrealized_pnl == 8


def test_refusals_are_counted_by_code_and_day() -> None:
    live = StatsAccumulator()
    for ts, code in ((0, "no_price"), (1, "order_rate"), (DAY, "no_price")):
        live.on_refusal(ts, code)
    assert live.total().refusals == {"no_price": 2, "order_rate": 1}
    assert live.day("1970-01-02").refusals == {"no_price": 1}
