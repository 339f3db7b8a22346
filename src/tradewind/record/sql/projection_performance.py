"""Rows of performance: of each day that is over, and of the session once it has ended, as reports reckon it."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain.money import ZERO, plain
from tradewind.record.recorder.facts import CostPaid, Executed, Transferred, TripClosed, Valued
from tradewind.record.sessions.days import Days
from tradewind.record.sql.changes import stored
from tradewind.record.stats.cost import Activity
from tradewind.record.stats.equity import Transfer
from tradewind.record.stats.statistics import statistics_of

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.domain.trip import RoundTrip
    from tradewind.record.journal.header import SessionHeader
    from tradewind.record.recorder.books import Books
    from tradewind.record.recorder.facts import Fact
    from tradewind.record.sql.changes import Changes, Row

_COUNTS = ("total", "winning", "losing", "breakeven", "unvalued", "long", "short")
_BALANCES = ("initial", "current", "peak")
_UNKNOWN = ("slippage", "exposure_average", "exposure_peak")
"""Metrics that a journal does not tell yet: they have no column."""


class PerformanceRows:
    """Follows the performance of one session, day by day."""

    def __init__(self, header: SessionHeader, books: Books, changes: Changes) -> None:
        self._books = books
        self._changes = changes
        self._day_of = Days(header.timezone).of
        self._day = ""
        self._today = self._whole = _Period(0)
        self._seq = 0

    def before(self, ts: TimeNs) -> None:
        """Put the row of a day that is over."""
        day = self._day_of(ts)
        if day == self._day:
            return
        if self._day:
            self._put("day", self._today)
            self._today = _Period(ts, self._today.last)
        else:
            self._whole, self._today = _Period(ts), _Period(ts)
        self._day = day

    def see(self, step: Step) -> None:
        """Take note of a step, its refusals too."""
        self._seq = step.seq
        for period in (self._today, self._whole):
            period.end = step.event.ts_recv
            for refusal in step.refusals:
                period.refusals[refusal.code.value] += 1

    def tell(self, ts: TimeNs, fact: Fact) -> None:
        """Take what a step brought."""
        for period in (self._today, self._whole):
            period.tell(ts, fact)

    def end(self) -> None:
        """Put the last day and the session, as far as they have come."""
        if self._day:
            self._put("day", self._today)
            self._put("session", self._whole)

    def _put(self, name: str, period: _Period) -> None:
        since = (position.opened_at for position in self._books.portfolio.positions.values())
        row = period.row(tuple(ts for ts in since if ts is not None))
        self._changes.put("performance_metrics", (name, period.start), {"period": name, **row}, self._seq)


class _Period:
    """What happened in a day, or in the whole session."""

    def __init__(self, start: TimeNs, before: float | None = None) -> None:
        self.start = self.end = start
        self.last = before
        """The last equity."""
        self.refusals: Counter[str] = Counter()
        self._times, self._equity = array("q"), array("d")
        if before is not None:
            self._times.append(start)
            self._equity.append(before)
        self._trips: list[RoundTrip] = []
        self._transfers: list[Transfer] = []
        self._fills = 0
        self._sums: dict[str, Decimal | None] = dict.fromkeys(("fees", "funding", "interest", "turnover"), ZERO)

    def tell(self, ts: TimeNs, fact: Fact) -> None:
        """Take what a step brought."""
        match fact:
            case Valued():
                self.last = float(fact.equity)
                self._times.append(ts)
                self._equity.append(self.last)
            case Executed():
                self._fills += 1
                self._pay("fees", fact.fee_base)
                self._pay("turnover", None if fact.notional_base is None else abs(fact.notional_base))
            case TripClosed():
                self._trips.append(fact.trip)
            case CostPaid():
                self._pay(fact.kind, fact.amount)
            case Transferred():
                self._transfers.append(Transfer(ts, fact.amount))

    def row(self, open_since: tuple[TimeNs, ...]) -> Row:
        """Reckon all metrics."""
        sums = self._sums
        activity = Activity(
            fills=self._fills, refusals=dict(self.refusals), open_since=open_since, turnover=sums["turnover"],
            fees=sums["fees"], funding=sums["funding"], interest=sums["interest"],
        )  # fmt: skip
        found = statistics_of(
            self._trips, list(zip(self._times, self._equity, strict=True)), activity,
            transfers=self._transfers, start=self.start, end=self.end,
        )  # fmt: skip
        counts, balance = msgspec.structs.asdict(found.counts), msgspec.structs.asdict(found.balance)
        groups = (found.returns, found.risk, found.quality, found.cost)
        row: dict[str, Any] = {
            "period_start": self.start,
            "period_end": self.end,
            "strategy_breakdown": json.dumps(self._by_strategy(), sort_keys=True),
            **{(f"{name}_trades" if name in _COUNTS else name): value for name, value in counts.items()},
            **{name: value for group in groups for name, value in msgspec.structs.asdict(group).items()},
            **{(f"{name}_balance" if name in _BALANCES else name): value for name, value in balance.items()},
        }
        row["refusals"] = json.dumps(row["refusals"], sort_keys=True)
        for name in _UNKNOWN:
            assert row.pop(name) is None, f"{name} is known now: give it a column"
        return {
            name: value if isinstance(value, str | int | float | None) else stored(value) for name, value in row.items()
        }

    def _by_strategy(self) -> dict[str, dict[str, object]]:
        found: dict[str, list[RoundTrip]] = {}
        for trip in self._trips:
            found.setdefault(trip.strategy, []).append(trip)
        return {
            name: {"trades": len(trips), "net": plain(stored(sum((trip.net for trip in trips), ZERO)) or ZERO)}
            for name, trips in found.items()
        }

    def _pay(self, kind: str, amount: Decimal | None) -> None:
        """Add to a sum; what is not known makes it unknown."""
        total = self._sums[kind]
        self._sums[kind] = None if total is None or amount is None else total + amount
