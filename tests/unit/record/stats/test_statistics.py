from __future__ import annotations

import itertools
from decimal import Decimal

import msgspec
import pytest
from msgspec import structs

from tests.unit.record.stats_session import trip
from tradewind.domain.errors import DataValidationError
from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR
from tradewind.record.stats.cost import Activity
from tradewind.record.stats.equity import Transfer
from tradewind.record.stats.statistics import Statistics, statistics_of

DAY = NS_PER_DAY
START = 20_000 * DAY


def daily(*values: float) -> list[tuple[int, float]]:
    return [(START + i * DAY, value) for i, value in enumerate(values)]


def test_rp_24_1_ratios_of_six_days() -> None:
    stats = statistics_of([], daily(100, 101, 100, 102, 101, 103))
    assert stats.risk.sharpe == pytest.approx(7.645, abs=5e-4)
    assert stats.risk.sortino == pytest.approx(18.455, abs=5e-4)
    assert stats.risk.max_drawdown == pytest.approx(0.0099, abs=5e-5)
    assert stats.risk.var_95 is None


def test_rp_24_2_all_wins_have_no_profit_factor() -> None:
    stats = statistics_of([trip("5"), trip("7")], daily(100, 112))
    assert stats.quality.profit_factor is None
    assert stats.quality.payoff_ratio is None
    assert stats.quality.expectancy == 6.0


def test_rp_24_3_win_rate() -> None:
    stats = statistics_of([trip("1")] * 26 + [trip("-1")] * 16, [])
    assert stats.counts.win_rate == pytest.approx(0.619, abs=5e-4)


def test_of_nothing_everything_is_undefined_and_sums_are_zero() -> None:
    stats = statistics_of([], [])
    groups = msgspec.to_builtins(stats)
    known = {name for group in groups.values() for name, value in group.items() if value is not None}
    assert known == {
        "total", "winning", "losing", "breakeven", "long", "short", "current_streak", "longest_winning_streak",
        "longest_losing_streak", "realized_pnl", "gross_profit", "gross_loss", "fees", "interest", "funding",
        "refusals", "deposits", "withdrawals", "unvalued",
    }  # fmt: skip


def test_money_totals_are_exact() -> None:
    trips = [trip("0.1", fees="0.000000000000000001"), trip("0.2", fees="1000000000000")]
    stats = statistics_of(trips, [])
    assert stats.returns.realized_pnl == Decimal("0.3")
    assert stats.cost.fees == Decimal("1000000000000.000000000000000001")


def test_trips_count_in_the_order_of_their_ends() -> None:
    trips = [trip("1", closed_at=3), trip("-1", closed_at=1), trip("1", closed_at=2)]
    assert statistics_of(trips, []).counts.current_streak == 2


def test_a_deposit_is_not_profit() -> None:
    equity = [*daily(100, 110), (START + 2 * DAY, 1110.0), (START + 3 * DAY, 1221.0)]
    stats = statistics_of([], equity, transfers=[Transfer(START + 2 * DAY, Decimal(1000))])
    assert stats.returns.total_return == pytest.approx(1.1 * 1.1 - 1)
    assert stats.returns.total_pnl == pytest.approx(121.0)
    assert stats.risk.max_drawdown == 0.0
    assert stats.balance.deposits == 1000
    assert stats.balance.peak == 1221.0


def test_what_was_brought_before_the_first_sample_is_the_start() -> None:
    stats = statistics_of([], daily(100, 110), transfers=[Transfer(START, Decimal(100))])
    assert stats.balance.deposits == 0
    assert stats.returns.total_pnl == 10.0


def test_a_withdrawal_of_everything_is_not_a_loss() -> None:
    equity = daily(100, 110, 0, 0, 50, 55)
    moves = [Transfer(START + 2 * DAY, Decimal(-110)), Transfer(START + 4 * DAY, Decimal(50))]
    stats = statistics_of([], equity, transfers=moves)
    assert stats.risk.max_drawdown == 0.0
    assert stats.returns.total_return == pytest.approx(1.1 * 1.1 - 1)
    assert stats.balance.withdrawals == 110


def test_activity_outranks_what_trips_say_of_costs() -> None:
    stats = statistics_of(
        [trip("1", fees="2", funding="3", borrow="4")],
        daily(100, 101),
        Activity(fills=3, turnover=Decimal(500), fees=Decimal(5), refusals={"no_price": 2, "halted": 1}),
    )
    assert [stats.cost.fees, stats.cost.funding, stats.cost.interest] == [5, 3, 4]
    assert list(stats.cost.refusals) == ["halted", "no_price"]
    assert stats.cost.turnover == 500


def test_a_calendar_has_252_days_a_year() -> None:
    class Weekdays:
        def day_end(self, ts: int) -> int:
            end = ts - ts % DAY + DAY
            while (end // DAY - 1 + 3) % 7 >= 5:  # 1970-01-01 was a Thursday
                end += DAY
            return end

    monday = 20_003 * DAY  # 2024-10-07
    equity = [(monday + NS_PER_HOUR * 12 + i * DAY, 100.0 + i % 2 + i) for i in range(12) if i % 7 < 5]
    every, trading = statistics_of([], equity), statistics_of([], equity, calendar=Weekdays())
    assert every.risk.volatility != trading.risk.volatility
    assert trading.risk.sharpe == pytest.approx(sharpe_by_hand([value for _, value in equity], 252))


def sharpe_by_hand(values: list[float], days: int) -> float:
    returns = [b / a - 1 for a, b in itertools.pairwise(values)]
    mean = sum(returns) / len(returns)
    return float(mean / (sum((r - mean) ** 2 for r in returns) / (len(returns) - 1)) ** 0.5 * days**0.5)


@pytest.mark.parametrize("equity", [[(1, float("nan"))], [(1, float("inf"))], [(2, 1.0), (1, 1.0)]])
def test_bad_equity_is_refused(equity: list[tuple[int, float]]) -> None:
    with pytest.raises(DataValidationError):
        statistics_of([], equity)


def test_statistics_survive_json() -> None:
    stats = statistics_of([trip("0.5", mfe=0.05, mae=-0.01)], daily(100, 101), Activity(refusals={"halted": 1}))
    assert msgspec.json.decode(msgspec.json.encode(stats), type=Statistics) == stats


def test_after_a_deposit_of_unknown_worth_nobody_knows_what_was_earned() -> None:
    equity, unknown = daily(100, 110, 1110), Transfer(START + 2 * DAY, None)
    stats = statistics_of([], equity, transfers=[Transfer(START + DAY, Decimal(5)), unknown])
    assert {stats.returns.total_pnl, stats.returns.total_return, stats.returns.best_day, stats.returns.cagr} == {None}
    assert {stats.risk.max_drawdown, stats.risk.sharpe, stats.risk.volatility} == {None}
    assert (stats.balance.deposits, stats.balance.withdrawals, stats.balance.current) == (None, None, 1110.0)
    assert statistics_of([], equity, transfers=[Transfer(START, None)]).returns.total_pnl == 1010.0


def test_a_cost_of_unknown_worth_is_not_nothing() -> None:
    unknown = Activity(fees=None, funding=None, interest=Decimal(2))
    cost = statistics_of([trip("1", fees="2", funding="3", borrow="4")], daily(100, 101), unknown).cost
    assert (cost.fees, cost.funding, cost.interest) == (None, None, Decimal(2))
    lacking = structs.replace(trip("1", fees="2"), complete=False)
    stats = statistics_of([trip("3"), lacking], daily(100, 101))
    assert (stats.cost.fees, stats.returns.realized_pnl, stats.returns.best_trade) == (None, None, None)
    assert (stats.quality.gross_profit, stats.quality.expectancy, stats.counts.total) == (None, None, 2)


def test_a_trip_whose_costs_are_not_known_is_neither_won_nor_lost() -> None:
    unknown = structs.replace(trip("5", closed_at=2), complete=False)
    counts = statistics_of([trip("1", closed_at=1), unknown, trip("-1", closed_at=3)], []).counts
    assert (counts.total, counts.winning, counts.losing, counts.breakeven, counts.unvalued) == (3, 1, 1, 0, 1)
    assert counts.win_rate == 0.5
    assert statistics_of([unknown], []).counts.win_rate is None
