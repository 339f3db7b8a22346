"""Statistics of a session under way: events go in one by one, each at the same cost, and days come out.

A fold of what happened: fed from the journal or live, the same events give the same figures. Days are kept
apart by the time of each event, so that a late one still goes to its own day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO, money_context
from tradewind.domain.time import NS_PER_SECOND, TimeNs, iso_date
from tradewind.record.stats_counts import net_of
from tradewind.record.stats_drawdown import Drawdown
from tradewind.record.stats_equity import Units
from tradewind.record.stats_live import (
    Heading,
    LiveTradeStats,
    Period,
    TradeHoldingTime,
    TradePnl,
    TradeResult,
    live_trade_stats,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tradewind.domain.trip import RoundTrip


class StatsAccumulator:
    """Keep the statistics of each day and of the session.

    `day_of` names the day of a time; it is where a session's time zone comes in.
    """

    def __init__(self, day_of: Callable[[TimeNs], str] = iso_date) -> None:
        self._day_of = day_of
        self._days: dict[str, _Tally] = {}
        self._total = _Tally(ZERO)
        self._units = Units()
        self._is_performance_known = True

    def on_trip(self, trip: RoundTrip) -> None:
        """Count a round trip, on the day it closed."""
        with money_context():
            net = net_of(trip)
            held_ns = trip.closed_at - trip.opened_at
            for tally in self._at(trip.closed_at):
                tally.count(net, held_ns)

    def on_fill(self, ts: TimeNs, notional: Decimal | None, fee: Decimal | None, realized: Decimal | None) -> None:
        """Book an execution: its value, its fee, and the profit that it realised before costs (0 if it opened).

        None is what could not be valued; sums that it belongs to are not known from then on.
        """
        with money_context():
            net = None if realized is None or fee is None else realized - fee
            for tally in self._at(ts):
                tally.turnover = _sum(tally.turnover, None if notional is None else abs(notional))
                tally.fees = _sum(tally.fees, fee)
                tally.realized = _sum(tally.realized, net)

    def on_cost(self, ts: TimeNs, amount: Decimal | None) -> None:
        """Book funding or interest; negative was received, None could not be valued."""
        with money_context():
            for tally in self._at(ts):
                tally.realized = _sum(tally.realized, None if amount is None else -amount)

    def on_fee(self, ts: TimeNs, amount: Decimal | None) -> None:
        """Book a fee that belongs to no execution of ours; None could not be valued."""
        self.on_fill(ts, ZERO, amount, ZERO)

    def on_equity(self, ts: TimeNs, equity: float, unrealized: Decimal | None = None) -> None:
        """Take what the account is worth, and what open positions would bring; None if a price is missing."""
        before = self._units.value
        value = self._units.see(equity)
        for tally in self._at(ts):
            tally.unrealized = unrealized
            if not self._is_performance_known:
                tally.is_drawdown_known = False
                continue
            if tally.drawdown.peak is None and before is not None:
                tally.drawdown.see(ts, before)  # a day begins where the day before it ended
            tally.drawdown.see(ts, value)

    def on_transfer(self, amount: Decimal | None) -> None:
        """Take a deposit (positive) or a withdrawal, before the first equity that contains it.

        After one that could not be valued (None) nobody knows what of the equity was earned.
        """
        if amount is None:
            self._is_performance_known = False
        else:
            self._units.transfer(float(amount))

    def day(self, date: str) -> Period:
        """Return the statistics of one day; what is open stays open on a day without events."""
        return self._days.get(date, _Tally(self._total.unrealized)).period()

    def total(self) -> Period:
        """Return the statistics since the session began."""
        return self._total.period()

    def stats(self, heading: Heading) -> LiveTradeStats:
        """Return the document of the heading's day."""
        return live_trade_stats(heading, self.day(heading.date), self.total())

    def _at(self, ts: TimeNs) -> tuple[_Tally, _Tally]:
        name = self._day_of(ts)
        day = self._days.get(name)
        if day is None:
            day = self._days[name] = _Tally(self._total.unrealized)
        return day, self._total


class _Tally:
    """The running sums of one period."""

    __slots__ = (
        "drawdown", "fees", "held_max_ns", "held_min_ns", "held_ns", "is_drawdown_known", "losing", "loss", "profit",
        "realized", "total", "turnover", "unrealized", "winning",
    )  # fmt: skip

    def __init__(self, unrealized: Decimal | None) -> None:
        self.total = self.winning = self.losing = 0
        self.realized: Decimal | None = ZERO
        self.fees: Decimal | None = ZERO
        self.turnover: Decimal | None = ZERO
        self.loss = self.profit = ZERO
        self.unrealized = unrealized
        self.held_ns = self.held_min_ns = self.held_max_ns = 0
        self.drawdown = Drawdown()
        self.is_drawdown_known = True

    def count(self, net: Decimal, held_ns: int) -> None:
        """Count a round trip."""
        self.held_min_ns = min(self.held_min_ns, held_ns) if self.total else held_ns
        self.held_max_ns = max(self.held_max_ns, held_ns)
        self.held_ns += held_ns
        self.total += 1
        self.winning += net > 0
        self.losing += net < 0
        self.loss = min(self.loss, net)
        self.profit = max(self.profit, net)

    def period(self) -> Period:
        """Return the figures as they stand."""
        result = TradeResult(
            number_of_trades=self.total,
            number_of_winning_trades=self.winning,
            number_of_losing_trades=self.losing,
            win_rate=self.winning / self.total if self.total else None,
            max_drawdown=self.drawdown.worst if self.is_drawdown_known and self.drawdown.peak is not None else None,
        )
        return Period(
            number_of_trades=self.total,
            realized_pnl=self.realized,
            win_rate=result.win_rate,
            trade_result=result,
            trade_pnl=self._pnl(),
            trade_holding_time=self._holding(),
            total_fees=self.fees,
            turnover=self.turnover,
        )

    def _pnl(self) -> TradePnl:
        with money_context():
            total = _sum(self.realized, self.unrealized)
        return TradePnl(
            realized_pnl=self.realized,
            unrealized_pnl=self.unrealized,
            total_pnl=total,
            maximum_loss=self.loss,
            maximum_profit=self.profit,
        )

    def _holding(self) -> TradeHoldingTime:
        if not self.total:
            return TradeHoldingTime(min=None, max=None, avg=None)
        return TradeHoldingTime(
            min=self.held_min_ns / NS_PER_SECOND,
            max=self.held_max_ns / NS_PER_SECOND,
            avg=self.held_ns / self.total / NS_PER_SECOND,
        )


def _sum(total: Decimal | None, amount: Decimal | None) -> Decimal | None:
    """Add an amount; what is not known makes the sum unknown."""
    return None if total is None or amount is None else total + amount
