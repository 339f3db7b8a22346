"""Statistics of a session: every metric of spec/risk-and-positions.md, section 24, in six groups.

Pure reckoning from round trips, equity and counts; reads no file, knows no engine. What is undefined is None,
never 0. Ratios are fractions, money is in the base currency; totals of money are exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.money import money_context
from tradewind.record.stats.cost import Activity, Cost, cost_of
from tradewind.record.stats.counts import Counts, counts_of, net_of
from tradewind.record.stats.drawdown import Drawdown
from tradewind.record.stats.equity import Balance, Sample, Transfer, balance_of, checked, per_unit
from tradewind.record.stats.quality import Quality, quality_of
from tradewind.record.stats.returns import Returns, returns_from
from tradewind.record.stats.risk import Risk, risk_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.time import TimeNs
    from tradewind.domain.trip import RoundTrip
    from tradewind.ports import Calendar


class Statistics(msgspec.Struct, frozen=True):
    """All metrics of a session; `msgspec.to_builtins` makes a plain tree of them."""

    counts: Counts
    returns: Returns
    risk: Risk
    quality: Quality
    cost: Cost
    balance: Balance


def statistics_of(  # noqa: PLR0913 - two to reckon from, the rest keywords with defaults
    trips: Sequence[RoundTrip],
    equity: Sequence[Sample],
    activity: Activity | None = None,
    *,
    transfers: Sequence[Transfer] = (),
    start: TimeNs | None = None,
    end: TimeNs | None = None,
    calendar: Calendar | None = None,
) -> Statistics:
    """Reckon all metrics. Days and years are those of UTC (365 days), or of the calendar (252 days).

    `start` and `end` are those of the session, by default of the equity samples; equity is of the whole account.
    """
    samples = checked(equity)
    begin = start if start is not None else samples[0][0] if samples else 0
    finish = end if end is not None else samples[-1][0] if samples else 0
    during = [t for t in transfers if samples and t.ts > samples[0][0]]
    units = per_unit(samples, during)
    follow = Drawdown()
    for ts, value in units:
        follow.see(ts, value)
    with money_context():
        closed = sorted(trips, key=lambda trip: trip.closed_at)
        nets = [net_of(trip) for trip in closed]
        known = nets if all(trip.complete for trip in closed) else None
        amounts = [t.amount for t in during if t.amount is not None]
        moved = float(sum(amounts)) if len(amounts) == len(during) else None
        earned = samples[-1][1] - samples[0][1] - moved if samples and moved is not None else None
        of_unit = units[-1][1] - units[0][1] if units else None
        returns = returns_from(known, units, finish - begin, total_pnl=earned, calendar=calendar)
        return Statistics(
            counts=counts_of(closed, nets),
            returns=returns,
            risk=risk_of(units, returns.cagr, calendar),
            quality=quality_of(closed, known, earned=of_unit, worst_fall=follow.worst_amount),
            cost=cost_of(closed, activity or Activity(), begin, finish),
            balance=balance_of(samples, during),
        )
