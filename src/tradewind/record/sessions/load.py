"""A whole session in memory, from its journal: what reports and comparisons are made from."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import TYPE_CHECKING

from tradewind.domain.events import SessionStarted, WarmupEnded
from tradewind.domain.market import Bar
from tradewind.domain.money import ZERO, money_context
from tradewind.domain.step import BarRefused, Mark
from tradewind.record.journal.reader import read, read_header
from tradewind.record.recorder.books import Books
from tradewind.record.recorder.breakers import trips_in
from tradewind.record.recorder.facts import CostPaid, Executed, Fact, Transferred, TripClosed, Valued
from tradewind.record.stats.cost import Activity
from tradewind.record.stats.equity import Sample, Transfer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal
    from pathlib import Path

    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.domain.trip import RoundTrip


class BarColumns:
    """The bars of one instrument in the session's own interval, as columns; `ts` are open times."""

    __slots__ = ("close", "high", "low", "open", "ts")

    def __init__(self) -> None:
        self.ts = array("q")
        self.open, self.high, self.low, self.close = array("d"), array("d"), array("d"), array("d")

    def add(self, bar: Bar) -> None:
        """Take a bar."""
        self.ts.append(bar.ts_open)
        self.open.append(bar.open)
        self.high.append(bar.high)
        self.low.append(bar.low)
        self.close.append(bar.close)


class LoadedSession:
    """All that happened in a session, in order; money is in the base currency."""

    def __init__(self, journal: Path, before: Sequence[Path] = ()) -> None:
        """`before` are the journals of the sessions that it resumes, the first one first: they are part of it."""
        self.header = read_header(journal)
        self.equity: list[Sample] = []
        self.trips: list[RoundTrip] = []
        self.fills: list[Fill] = []
        self.marks: list[tuple[TimeNs, Mark]] = []
        self.transfers: list[Transfer] = []
        self.bars: dict[InstrumentId, BarColumns] = {}
        self.refusals: Counter[str] = Counter()
        self.tripped: Counter[str] = Counter()
        """How often which breaker has tripped."""
        self.costs: dict[str, Decimal | None] = dict.fromkeys(("fees", "funding", "interest", "turnover"), ZERO)
        self.steps = 0
        self.started = self.ended = 0
        self._interval = self.header.engine.interval
        self._is_history = False
        with money_context():
            books = Books(self.header)
            for path in (*before, journal):
                books = self._read(path)
            self.open_since = tuple(
                position.opened_at for position in books.portfolio.positions.values() if position.opened_at is not None
            )

    def _read(self, journal: Path) -> Books:
        """Read one session; of one that goes on, the history that it began with has been told."""
        books = Books(read_header(journal))
        for step in read(journal):
            event = step.event
            if isinstance(event, SessionStarted):
                self._is_history = event.restored is not None and event.warming
            if isinstance(event, WarmupEnded) and self._is_history:
                self._is_history = False
            else:
                self._take(step)
            for fact in books.take(step):
                self._tell(event.ts_recv, fact)
        self._is_history = False
        return books

    def activity(self) -> Activity:
        """Return what executions added up to; None where a part of it could not be valued."""
        return Activity(
            fills=len(self.fills),
            turnover=self.costs["turnover"],
            fees=self.costs["fees"],
            funding=self.costs["funding"],
            interest=self.costs["interest"],
            refusals=dict(self.refusals),
            open_since=self.open_since,
        )

    def _take(self, step: Step) -> None:
        event = step.event
        self.steps += 1
        if self._is_history:
            return
        self.ended = event.ts_recv
        self.started = self.started or event.ts_recv
        if isinstance(event, WarmupEnded):
            self._forget_history(event.ts_recv)
        for refusal in step.refusals:
            self.refusals[refusal.code.value] += 1
        if step.notices:
            self.tripped.update(trips_in(step))
        self.marks += [(event.ts_recv, notice) for notice in step.notices if isinstance(notice, Mark)]
        if isinstance(event, Bar) and event.interval == self._interval:
            if step.notices and any(isinstance(notice, BarRefused) for notice in step.notices):
                return
            if event.instrument not in self.bars:
                self.bars[event.instrument] = BarColumns()
            self.bars[event.instrument].add(event)

    def _forget_history(self, ts: TimeNs) -> None:
        """Begin anew: what came before was history, for strategies to warm up on."""
        self.started = ts
        for each in (self.equity, self.marks, self.bars, self.refusals, self.tripped):
            each.clear()

    def _tell(self, ts: TimeNs, fact: Fact) -> None:
        match fact:
            case Executed():
                self.fills.append(fact.fill)
                self._pay("fees", fact.fee_base)
                self._pay("turnover", None if fact.notional_base is None else abs(fact.notional_base))
            case TripClosed():
                self.trips.append(fact.trip)
            case CostPaid():
                self._pay(fact.kind, fact.amount)
            case Transferred():
                self.transfers.append(Transfer(ts, fact.amount))
            case Valued():
                self.equity.append((ts, float(fact.equity)))

    def _pay(self, kind: str, amount: Decimal | None) -> None:
        """Add to a sum; what is not known makes it unknown."""
        total = self.costs[kind]
        self.costs[kind] = None if total is None or amount is None else total + amount
