"""What follows from what the venue says of its account; when it is asked is the affair of `account_rounds.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tradewind.domain import events as ev
from tradewind.domain.commands import Correct
from tradewind.domain.control import DifferencesApproved, DifferencesRejected, ReconcileRequested
from tradewind.domain.fill import Fill
from tradewind.domain.ids import EXTERNAL, ClientOrderId
from tradewind.domain.money import exact
from tradewind.domain.reconciliation import Kind, Mode, Severity, Strangers
from tradewind.domain.time import NS_PER_HOUR
from tradewind.engine.account_corrections import Corrections
from tradewind.engine.account_decisions import Decisions
from tradewind.engine.account_guard import LAPSED, STOPS, Guard
from tradewind.engine.account_memory import kept, known
from tradewind.engine.account_rounds import AccountRounds
from tradewind.execution.comparison import Ours, Reconciliation, Suspects
from tradewind.execution.reconcile import key_of, reconcile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal

    from tradewind.domain.account import AccountKind
    from tradewind.domain.checkpoint import ReconciliationState
    from tradewind.domain.events import Charge
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.reconciliation import Discrepancy, ReconciliationReport
    from tradewind.domain.step import DecisionIgnored
    from tradewind.domain.time import TimeNs
    from tradewind.execution.inquiry import Asking
    from tradewind.execution.order_ids import OrderIds
    from tradewind.execution.orders import Orders
    from tradewind.portfolio.portfolio import Portfolio
    from tradewind.ports import View
    from tradewind.risk.review import RiskGate

CLEAN_PASSES = 2
"""After a critical difference, so many comparisons must find none before exposure may grow again."""
STALE_NS = NS_PER_HOUR
"""Books that have stood still for longer are called stale in the first report."""
DIFFERS = "reconciliation"
"""Who says that exposure may only fall after a critical difference, in `RiskGate.close_only`."""


class AccountCheck:
    """Compares our books with the venue's whenever a snapshot comes, and does what the mode says."""

    def __init__(  # noqa: PLR0913 - the stages that are compared, and those that obey
        self,
        settings: Reconciliation,
        orders: Orders,
        portfolio: Portfolio,
        risk: RiskGate,
        words: list[Any],
        *,
        asking: Asking,
        view: View,
        ids: OrderIds,
        account: AccountKind,
        exits_here: bool,
    ) -> None:
        self._settings = settings
        self._orders = orders
        self._portfolio = portfolio
        self._risk = risk
        self._words = words
        self._asking = asking
        self._view = view
        self._ids = ids
        self._account = account
        self._exits_here = exits_here
        self._rounds = AccountRounds(settings, risk, words)
        self.guard = Guard(settings, orders, portfolio, risk, ids=ids, words=words)
        self._decisions = Decisions()
        self._corrections = Corrections(orders, portfolio, ids, words, cancels=settings.orphans is Strangers.CANCEL)
        self._suspects: Suspects = {}
        self._settled = 0
        self._clean = CLEAN_PASSES
        self._is_stale = False

    def routes(self, tell: Callable[[str, object], None]) -> dict[type, Callable[[Any], object]]:
        """Return who takes the venue's word on the account, and what corrects our books; strategies hear by `tell`."""
        return {
            ev.LinkChanged: lambda event: self._on_link(event, tell),
            ev.AccountSnapshot: self._compare,
            ev.SnapshotFailed: self._rounds.failed,
            ev.InstrumentChanged: self._portfolio.take_terms,
            **self._corrections.routes(),
            ReconcileRequested: lambda event: self._rounds.ask(event.fills_since),
            DifferencesApproved: lambda event: self._decide(self._decisions.approve(event)),
            DifferencesRejected: lambda event: self._decide(self._decisions.reject(event)),
        }

    def state(self) -> ReconciliationState:
        """Return what is remembered from one comparison to the next, as plain data."""
        return replace(
            self._rounds.state(), suspicions=kept(self._suspects), clean=self._clean,
            rejected=kept(self._decisions.decided.rejected), reports=self._decisions.state(),
            approved=kept(self._decisions.decided.approved), lapsed=self.guard.state(),
        )  # fmt: skip

    def restore(self, state: ReconciliationState) -> None:
        """Take over what `state` wrote down."""
        self._rounds.restore(state)
        self._clean = state.clean
        self._suspects = known(state.suspicions)
        self.guard.restore(state.lapsed)
        self._decisions.restore(state, self._suspects)

    def was_away(self, away_ns: TimeNs) -> None:
        """Take it that a session goes on whose books stood still for so long."""
        self._is_stale = away_ns > STALE_NS

    @property
    def compared_at(self) -> TimeNs:
        """The venue's time of the last account that was compared with ours, 0 before the first."""
        return self._rounds.newest

    def ask(self) -> int:
        """Have the account compared; return the number of the question."""
        return self._rounds.ask()

    def begin(self, ts: TimeNs, *, anew: bool = True) -> None:
        """Begin the rounds, if there are to be any."""
        self._rounds.begin(ts, anew=anew)
        self.guard.begin(ts)

    def fired(self, event: ev.TimerFired) -> None:
        """Ask for the account, or look after stops."""
        if event.timer not in (LAPSED, STOPS):
            self._rounds.fired(event.timer, event.ts_recv)
        elif not self._risk.warming and self.guard.look(event.timer, event.ts_recv):
            self._rounds.ask()

    def heard(self, event: ev.OrderEvent, outcome: object) -> None:
        """Look after what it ended; ask, if it settled what was unknown, or was a fill of some size."""
        if self._orders.ended is not None:
            self.guard.heard(self._orders.ended, event.ts_recv)
        if type(event) is ev.OrderNotFound:
            doubt = self._orders.doubts.get(event.order)
            if doubt is not None and doubt.is_forgotten:
                self._rounds.ask()  # what the account says of it is the end of it
                return
        settings, settled = self._settings, self._asking.settled
        if not settings.interval_ns:
            return
        if settled != self._settled or (type(outcome) is Fill and self._is_large(outcome)):
            self._settled = settled
            self._rounds.ask()

    def _is_large(self, fill: Fill) -> bool:
        """Tell whether a fill is more than the fraction of equity; one that cannot be valued is."""
        if not self._settings.fill_fraction:
            return False
        facts = self._portfolio.instruments[fill.instrument]
        equity, worth = self._view.equity(), self._view.worth(facts.quote)
        if equity is None or worth is None:
            return True
        return facts.notional(fill.quantity, fill.price) * worth > self._settings.fill_fraction * equity

    def _on_link(self, event: ev.LinkChanged, tell: Callable[[str, object], None]) -> None:
        """Ask what has happened while the line was down."""
        tell("on_link", event)
        if event.up:
            self._rounds.ask()

    def _compare(self, theirs: ev.AccountSnapshot) -> bool:
        """Compare, and do what the mode says about what is certain."""
        if not self._rounds.takes(theirs):
            return True
        books = self._portfolio
        ours = Ours(
            self._orders, books.totals, dict(books.ledger.wallet()), books.instruments,
            {name: held.quantity for (owner, name), held in books.positions.items() if owner == EXTERNAL},
            self._ids.prefix, self._view.worth, self._mark, self._account,
            books.charges.is_liquidation, self._is_charged, self._exits_here,
        )  # fmt: skip
        outcome = reconcile(ours, theirs, self._settings, self._suspects, self._decisions.decided)
        report, self._suspects = replace(outcome.report, stale=self._is_stale), outcome.suspects
        self._is_stale = False
        self._decisions.take(outcome)
        self._words.append(report)
        self._words.extend(map(Correct, outcome.corrections))
        for each in report.confirmed:
            if each.kind is Kind.UNPROTECTED:
                order, since = self._orders.by_id[ClientOrderId(each.subject)], self._suspects[key_of(each)].since
                self.guard.miss(order, since, theirs.ts_recv)
        mode = self._settings.mode
        if mode is Mode.HALT_ON_MISMATCH and report.confirmed:
            self._risk.halted.add(None)
        elif mode is Mode.MANUAL_APPROVAL:
            disputed = {name for each in report.confirmed for name in self._concerned(each)}
            self._risk.disputed = disputed | self._risk.disputed if theirs.unread else disputed
        self._restrict(report, was_read=not theirs.unread)
        if report.suspected or self._clean < CLEAN_PASSES:
            self._rounds.look_again(
                theirs.ts_recv,
                soon=bool(report.suspected) or not report.criticals,
                at_once=any(each.kind is Kind.UNPROTECTED for each in report.suspected),
            )
        self._rounds.compared(is_settled=not report.suspected)
        return True

    def _is_charged(self, charge: Charge) -> bool:
        """Tell whether a charge is booked, or older than what the answers since the session's beginning tell."""
        return charge.ts_venue < self._rounds.told_from or self._portfolio.charges.knows(charge)

    def _mark(self, instrument: InstrumentId) -> Decimal | None:
        last = self._view.last_price(instrument)
        return None if last is None else exact(last)

    def _decide(self, words: Iterator[DecisionIgnored]) -> None:
        """Take a decision, and compare: that is when what was approved is put right."""
        self._words.extend(words)
        self._rounds.ask()

    def _restrict(self, report: ReconciliationReport, *, was_read: bool) -> None:
        """Let exposure fall only from a critical difference on, until enough comparisons have found none.

        One that could not read everything has found what it says, but that it says nothing more lifts nothing.
        """
        if report.confirmed and report.max_severity is Severity.CRITICAL:
            self._clean = 0
            what = ", ".join(sorted({f"{each.kind.value} {each.subject}" for each in report.criticals}))
            self._risk.close_only[DIFFERS] = f"our books differ from the venue's: {what}"
        elif self._clean < CLEAN_PASSES and was_read and not report.criticals:
            self._clean += 1
            if self._clean == CLEAN_PASSES:
                self._risk.close_only.pop(DIFFERS, None)

    def _concerned(self, what: Discrepancy) -> Iterator[InstrumentId]:
        """Yield the instruments that a difference is about."""
        order = self._orders.by_id.get(what.subject)  # type: ignore[call-overload] # a name that may be an order's
        for name, facts in self._portfolio.instruments.items():
            of_cash = what.kind in (Kind.CASH, Kind.LOCKED) and what.subject in (facts.base, facts.quote)
            if of_cash or name == what.subject or (order is not None and order.spec.instrument == name):
                yield name
