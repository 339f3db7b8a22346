"""Statistics of a session under way: events go in one by one, each at the same cost, and days come out.

A fold of what happened: fed from the journal or live, the same events give the same figures. Days are kept
apart by the time of each event, so that a late one still goes to its own day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO, money_context
from tradewind.domain.time import TimeNs, iso_date
from tradewind.record.stats.counts import net_of
from tradewind.record.stats.equity import Units
from tradewind.record.stats.kept import KeptStats
from tradewind.record.stats.live import (
    Heading,
    LiveTradeStats,
    Period,
    live_trade_stats,
)
from tradewind.record.stats.tally import Tally, plus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from tradewind.domain.trip import RoundTrip


class StatsAccumulator:
    """Keep the statistics of each day and of the session.

    `day_of` names the day of a time; it is where a session's time zone comes in.
    """

    def __init__(self, day_of: Callable[[TimeNs], str] = iso_date) -> None:
        self._day_of = day_of
        self._days: dict[str, Tally] = {}
        self._total = Tally(ZERO)
        self._units = Units()
        self._is_performance_known = True

    def on_trip(self, trip: RoundTrip) -> None:
        """Count a round trip, on the day it closed."""
        with money_context():
            net = net_of(trip) if trip.complete else None
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
                tally.turnover = plus(tally.turnover, None if notional is None else abs(notional))
                tally.fees = plus(tally.fees, fee)
                tally.realized = plus(tally.realized, net)

    def on_cost(self, ts: TimeNs, amount: Decimal | None) -> None:
        """Book funding or interest; negative was received, None could not be valued."""
        with money_context():
            for tally in self._at(ts):
                tally.realized = plus(tally.realized, None if amount is None else -amount)

    def on_fee(self, ts: TimeNs, amount: Decimal | None) -> None:
        """Book a fee that belongs to no execution of ours; None could not be valued."""
        self.on_fill(ts, ZERO, amount, ZERO)

    def on_refusal(self, ts: TimeNs, code: str) -> None:
        """Count a wish that was refused."""
        for tally in self._at(ts):
            tally.refusals[code] = tally.refusals.get(code, 0) + 1

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

    def on_equities(self, times: Sequence[TimeNs], equities: Sequence[float], unrealized: Decimal | None) -> None:
        """Take what the account was worth at several times of one day; `unrealized` is that of the last."""
        before = self._units.value
        values = [self._units.see(equity) for equity in equities]
        for tally in self._at(times[0]):
            tally.unrealized = unrealized
            if not self._is_performance_known:
                tally.is_drawdown_known = False
                continue
            if tally.drawdown.peak is None and before is not None:
                tally.drawdown.see(times[0], before)
            tally.drawdown.see_all(times, values)

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
        return self._days.get(date, Tally(self._total.unrealized)).period()

    def total(self) -> Period:
        """Return the statistics since the session began."""
        return self._total.period()

    def stats(self, heading: Heading) -> LiveTradeStats:
        """Return the document of the heading's day."""
        return live_trade_stats(heading, self.day(heading.date), self.total())

    def kept(self, seq: int) -> KeptStats | None:
        """Return what a session that goes on from step `seq` begins with; None if nothing was counted yet."""
        if not self._days:
            return None
        day = max(self._days)
        return KeptStats(
            seq, day, self._days[day].kept(), self._total.kept(), self._units.count, self._units.value,
            self._is_performance_known,
        )  # fmt: skip

    def go_on(self, kept: KeptStats) -> None:
        """Begin with what an earlier session has come to."""
        self._total = Tally.of(kept.total)
        self._days[kept.day] = Tally.of(kept.today)
        self._units.count, self._units.value = kept.units, kept.unit
        self._is_performance_known = kept.is_performance_known

    def _at(self, ts: TimeNs) -> tuple[Tally, Tally]:
        name = self._day_of(ts)
        day = self._days.get(name)
        if day is None:
            day = self._days[name] = Tally(self._total.unrealized)
        return day, self._total
