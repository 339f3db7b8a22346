"""A session's journal as rows of the operational database: steps go in, in order, rows come out.

What stands in the rows depends on the journal and on how far it was taken, on nothing else: not on when they were
written, nor in how many parts. Knows no database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.errors import StateError
from tradewind.domain.events import (
    AccountSnapshot,
    BalanceAdjusted,
    BalanceTransferred,
    OrderAdopted,
    PositionAdjusted,
    SessionStarted,
    TradingDay,
    WarmupEnded,
)
from tradewind.domain.market import Bar, MarketEvent, Quote, Trade
from tradewind.domain.money import money_context
from tradewind.record.recorder.books import Books
from tradewind.record.recorder.facts import Executed, OrderMoved, Transferred, TripClosed, Valued
from tradewind.record.sql.changes import Changes
from tradewind.record.sql.projection_account import AccountRows
from tradewind.record.sql.projection_breakers import BreakerRows
from tradewind.record.sql.projection_control import FlagRows, ReconciliationRows, put_day
from tradewind.record.sql.projection_events import EventRows
from tradewind.record.sql.projection_names import Names, session_key
from tradewind.record.sql.projection_orders import OrderRows
from tradewind.record.sql.projection_performance import PerformanceRows
from tradewind.record.sql.projection_positions import PositionRows
from tradewind.record.sql.projection_risk import RiskRows
from tradewind.record.sql.projection_session import SessionRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.domain.step import Step
    from tradewind.domain.trip import RoundTrip
    from tradewind.record.journal.header import SessionHeader
    from tradewind.record.recorder.facts import Fact

MARKET = frozenset(MarketEvent.__args__)
_QUIET = frozenset((Bar, Quote, Trade))
"""Nothing but prices is in them."""


class Projection:
    """Takes the steps of one session; `changes` has the rows that are new since it was cleared."""

    def __init__(self, header: SessionHeader) -> None:
        self.session_id = session_key(header)
        self.last_seq = 0
        self.changes = Changes(self.session_id)
        self._books = Books(header)
        self._is_warming = False
        names, books, changes = Names(header), self._books, self.changes
        self._events = EventRows(header, changes)
        self._session = SessionRow(header, changes)
        self._orders = OrderRows(names, books, self._events, changes)
        self._positions = PositionRows(header, names, books, self._events, changes)
        self._account = AccountRows(header, books, self._positions, changes)
        self._performance = PerformanceRows(header, books, changes)
        self._flags = FlagRows(changes)
        self._reconciliation = ReconciliationRows(changes)
        self._breakers = BreakerRows(changes)
        self._risk = RiskRows(changes)

    def take(self, steps: Iterable[Step]) -> None:
        """Take steps; raise `StateError` at a hole."""
        with money_context():
            for step in steps:
                self._take(step)

    def refresh(self) -> None:
        """Put the rows that say how things stand after the last step: to be called before they are written."""
        with money_context():
            self._positions.refresh()
            self._account.refresh()
            self._session.refresh()
            if self._session.is_stopping:
                self._performance.end()

    def _take(self, step: Step) -> None:
        if step.seq != self.last_seq + 1:
            raise StateError(f"step {step.seq} came after {self.last_seq}", {"seq": step.seq})
        event, ts, seq = step.event, step.event.ts_recv, step.seq
        if type(event) is SessionStarted:
            self._is_warming = event.warming
        elif type(event) is WarmupEnded:
            self._is_warming = False
        if not self._is_warming:
            self._account.before(ts)
            self._performance.before(ts)
        self.last_seq = seq
        self.changes.begin(seq)
        facts = self._books.take(step)
        if type(event) is SessionStarted:
            self._begin(event, facts)
        if self._is_warming:  # history before the session: the books must know it, the rows do not tell it
            if seq == 1:
                self._see(step)
            return
        self._session.see(step)
        self._performance.see(step)
        if type(event) not in _QUIET or step.notices or step.refusals or step.effects:
            self._see(step)
        if facts:
            self._tell(step, facts)
        if isinstance(event, PositionAdjusted):
            self._positions.take_over(event.id)

    def _begin(self, event: SessionStarted, facts: Sequence[Fact]) -> None:
        """Take over what a session begins with; orders of the one before are told also if history comes first."""
        self._account.told(event)
        self._positions.take_over()
        if event.warming:
            for fact in facts:
                if isinstance(fact, OrderMoved):
                    self._orders.moved(fact)

    def _see(self, step: Step) -> None:
        """Take what a step says by itself."""
        event = step.event
        self._events.see(step)
        self._flags.see(step)
        self._reconciliation.see(step)
        self._breakers.see(step)
        self._risk.see(step)
        match event:
            case AccountSnapshot():
                self._account.told(event)
            case TradingDay():
                put_day(self.changes, event)
            case PositionAdjusted():
                self._positions.adjusted(event)

    def _tell(self, step: Step, facts: Sequence[Fact]) -> None:
        event, ts = step.event, step.event.ts_recv
        ended: list[RoundTrip] = []
        for fact in facts:
            self._session.tell(ts, fact)
            self._performance.tell(ts, fact)
            match fact:
                case Valued():
                    self._account.valued(ts, fact)
                case OrderMoved():
                    self._orders.moved(fact)
                    if isinstance(event, OrderAdopted):
                        self._reconciliation.adopted(event)
                case Executed():
                    self._orders.executed(fact, self._positions.executed(fact))
                case TripClosed():
                    ended.append(fact.trip)
                case Transferred() if isinstance(event, BalanceTransferred | BalanceAdjusted):
                    self._account.transferred(event, fact)
        if type(event) not in MARKET:
            self._account.moved()
        for trip in ended:  # after all fills: a liquidation ends the round trips of several strategies
            self._positions.closed(trip)
