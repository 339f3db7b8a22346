"""When the venue is asked for its account, and what follows from what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain import events as ev
from tradewind.domain.commands import Correct, QueryAccount, SetTimer
from tradewind.domain.ids import TimerId
from tradewind.domain.reconciliation import Kind, Mode
from tradewind.domain.step import CorrectionStale
from tradewind.execution.comparison import Ours, Reconciliation, Suspects
from tradewind.execution.reconcile import reconcile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.reconciliation import Discrepancy
    from tradewind.domain.time import TimeNs
    from tradewind.execution.orders import Orders
    from tradewind.portfolio.portfolio import Portfolio
    from tradewind.risk.review import RiskGate

ROUND, AGAIN = TimerId("/account/round"), TimerId("/account/again")


class AccountCheck:
    """Compares our books with the venue's, on a timer and whenever a snapshot comes."""

    def __init__(
        self, settings: Reconciliation, orders: Orders, portfolio: Portfolio, risk: RiskGate, words: list[Any]
    ) -> None:
        self._settings = settings
        self._orders = orders
        self._portfolio = portfolio
        self._risk = risk
        self._words = words
        self._suspects: Suspects = {}
        self._fills_since: TimeNs = 0

    def routes(self) -> dict[type, Callable[[Any], object]]:
        """Return who takes the venue's word on the account, and what corrects our books."""
        return {
            ev.AccountSnapshot: self._compare,
            ev.SnapshotFailed: lambda _: True,
            ev.PositionAdjusted: self._adjust_position,
            ev.BalanceAdjusted: self._adjust_balance,
        }

    def begin(self, ts: TimeNs) -> None:
        """Set the first timer, if there are to be rounds."""
        self._fills_since = ts
        if self._settings.interval_ns:
            self._words.append(SetTimer(ROUND, ts + self._settings.interval_ns))

    def fired(self, event: ev.TimerFired) -> None:
        """Ask for the account."""
        self._words.append(QueryAccount(self._fills_since))
        if event.timer == ROUND:
            self._words.append(SetTimer(ROUND, event.ts_recv + self._settings.interval_ns))

    def _compare(self, theirs: ev.AccountSnapshot) -> bool:
        """Compare, and do what the mode says about what is certain."""
        books = self._portfolio
        ours = Ours(self._orders, books.totals, dict(books.ledger.wallet()), books.instruments)
        report, corrections, self._suspects = reconcile(ours, theirs, self._settings, self._suspects)
        if theirs.fills is not None:
            self._fills_since = max(self._fills_since, theirs.ts_venue - self._settings.grace_ns)
        self._words += [report, *(Correct(event) for event in corrections)]
        mode = self._settings.mode
        if mode is Mode.HALT_ON_MISMATCH and report.confirmed:
            self._risk.halted.add(None)
        elif mode is Mode.MANUAL_APPROVAL:
            self._risk.disputed = {name for each in report.confirmed for name in self._concerned(each)}
        if report.suspected:
            self._words.append(SetTimer(AGAIN, theirs.ts_recv + self._settings.confirm_after_ns))
        return True

    def _adjust_position(self, event: ev.PositionAdjusted) -> bool:
        if not self._portfolio.book_position_adjustment(event):
            self._words.append(CorrectionStale(event.id, event.instrument))
        return True

    def _adjust_balance(self, event: ev.BalanceAdjusted) -> bool:
        if not self._portfolio.book_balance_adjustment(event):
            self._words.append(CorrectionStale(event.id, event.asset))
        return True

    def _concerned(self, what: Discrepancy) -> Iterator[InstrumentId]:
        """Yield the instruments that a difference is about."""
        order = self._orders.by_id.get(what.subject)  # type: ignore[call-overload] # a name that may be an order's
        for name, facts in self._portfolio.instruments.items():
            of_cash = what.kind is Kind.CASH and what.subject in (facts.base, facts.quote)
            if of_cash or name == what.subject or (order is not None and order.spec.instrument == name):
                yield name
