"""The comparisons with the venue's books that a session's journal tells of, and what operators decided about them."""

from __future__ import annotations

import enum
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.control import DifferencesApproved, DifferencesRejected
from tradewind.domain.reconciliation import Mode, ReconciliationReport
from tradewind.domain.step import CorrectionStale, DecisionIgnored
from tradewind.domain.time import TimeNs
from tradewind.record.journal.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tradewind.domain.reconciliation import Discrepancy
    from tradewind.domain.step import Step


class ReportState(enum.StrEnum):
    """How it stands with what a comparison found."""

    EQUAL = "equal"
    """Nothing was certainly different."""
    OPEN = "open"
    """The last comparison still finds some of it, and nobody has decided."""
    APPROVED = "approved"
    REJECTED = "rejected"
    GONE = "gone"
    """Nobody has decided, and the last comparison finds nothing of it."""


class Decision(msgspec.Struct, frozen=True):
    """What an operator decided about a report; `ignored` says of which subjects it could not be done, and why."""

    word: ReportState
    operator: str
    ts: TimeNs
    ignored: dict[str, str] = {}


class Difference(msgspec.Struct, frozen=True):
    """What is different; amounts are in the unit of what is compared."""

    kind: str
    severity: str
    subject: str
    ours: Decimal | None
    theirs: Decimal | None


class Comparison(msgspec.Struct, frozen=True):
    """One report, by the step `seq` that told it; times in nanoseconds UTC."""

    seq: int
    id: str
    ts: TimeNs
    mode: Mode
    state: ReportState
    severity: str
    confirmed: tuple[Difference, ...] = ()
    suspected: tuple[Difference, ...] = ()
    rejected: tuple[Difference, ...] = ()
    actions: tuple[str, ...] = ()
    decision: Decision | None = None
    stale: bool = False
    """Whether our books had stood still for more than an hour before it."""

    @property
    def says_something(self) -> bool:
        """Whether anything was different, suspected or done."""
        return bool(self.confirmed or self.suspected or self.rejected or self.actions or self.stale)


class Reconciliations(msgspec.Struct, frozen=True):
    """All comparisons of a session, oldest first."""

    comparisons: tuple[Comparison, ...]
    stale: int = 0
    """How many corrections came too late, as the books had moved; the next comparison made them anew."""


def reconciliations_of(journal: Path) -> Reconciliations:
    """Read the comparisons of a session, which may run; `JournalError` if its journal is damaged."""
    return gathered(read(journal))


def gathered(steps: Iterable[Step]) -> Reconciliations:
    """Gather the comparisons from steps."""
    reports: dict[str, tuple[int, ReconciliationReport]] = {}
    decisions: dict[str, Decision] = {}
    stale, last = 0, ""
    for step in steps:
        event = step.event
        if isinstance(event, DifferencesApproved | DifferencesRejected):
            decisions[event.report] = _decided(event, step)
        for notice in step.notices:
            if isinstance(notice, ReconciliationReport):
                last = notice.id
                reports[last] = step.seq, notice
            elif isinstance(notice, CorrectionStale):
                stale += 1
    standing = {_about(each) for each in reports[last][1].confirmed} if last else set()
    found = (_told(seq, report, decisions.get(name), standing) for name, (seq, report) in reports.items())
    return Reconciliations(tuple(found), stale)


def _decided(event: DifferencesApproved | DifferencesRejected, step: Step) -> Decision:
    word = ReportState.APPROVED if isinstance(event, DifferencesApproved) else ReportState.REJECTED
    ignored = {notice.subject: notice.reason for notice in step.notices if isinstance(notice, DecisionIgnored)}
    return Decision(word, event.operator, event.ts_recv, ignored)


def _told(seq: int, report: ReconciliationReport, decision: Decision | None, standing: set[object]) -> Comparison:
    state = ReportState.EQUAL
    if report.confirmed:
        is_open = any(_about(each) in standing for each in report.confirmed)
        state = decision.word if decision is not None else ReportState.OPEN if is_open else ReportState.GONE
    return Comparison(
        seq, report.id, report.ts, report.mode, state, report.max_severity.name.lower(), _plain(report.confirmed),
        _plain(report.suspected), _plain(report.rejected), report.actions, decision, report.stale,
    )  # fmt: skip


def _plain(found: Iterable[Discrepancy]) -> tuple[Difference, ...]:
    return tuple(
        Difference(each.kind.value, each.severity.name.lower(), each.subject, each.ours, each.theirs) for each in found
    )


def _about(what: Discrepancy) -> object:
    return what.kind, what.subject
