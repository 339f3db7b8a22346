"""What an operator decides about differences: to follow the venue, or to leave our books as they are."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tradewind.domain.reconciliation import Kind
from tradewind.domain.step import DecisionIgnored
from tradewind.engine.account_memory import kept_report, known, known_report
from tradewind.execution.comparison import Certain, Decided, Suspect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.checkpoint import KeptReport, ReconciliationState
    from tradewind.domain.control import DifferencesApproved, DifferencesRejected
    from tradewind.execution.comparison import Outcome, Suspects

REPORTS_MAX = 64
"""So many reports can be decided about; older ones have been told again by newer ones."""
_NOT_BOOKED = {
    "order": "it is somebody else's: cancel it at the venue, or set reconciliation.external to adopt",
    "position": "this session does not trade it, so its books have no place for it",
    Kind.LOCKED.value: "what is locked follows from orders: release it at the venue, or reject the report",
    "cash": "this session's books have no place for it",
    Kind.EQUITY.value: "it follows from cash and positions, and neither differs by enough to be corrected",
    Kind.ACCOUNT_MODE.value: "the kind of an account is set at the venue and in the configuration",
}
"""Why nothing can be booked for a difference, by what it is about."""


class Decisions:
    """Remembers what reports were certain of, and what was decided about it."""

    def __init__(self) -> None:
        self.decided = Decided({}, {})
        self._reports: deque[tuple[str, tuple[Certain, ...]]] = deque(maxlen=REPORTS_MAX)
        self._latest: Suspects = {}

    def state(self) -> tuple[KeptReport, ...]:
        """Return the reports that can be decided about, as plain data; what was decided is kept beside them."""
        return tuple(kept_report(report, certain) for report, certain in self._reports)

    def restore(self, state: ReconciliationState, latest: Suspects) -> None:
        """Take over what `state` wrote down; `latest` is what the last comparison found."""
        self.decided = Decided(known(state.rejected), known(state.approved))
        self._latest = latest
        self._reports.extend(known_report(kept) for kept in state.reports)

    def take(self, outcome: Outcome) -> None:
        """Remember a comparison; if it could judge everything, forget what was decided and is gone."""
        self._latest = outcome.suspects
        if outcome.certain:
            self._reports.append((outcome.report.id, outcome.certain))
        if outcome.is_whole and (self.decided.rejected or self.decided.approved):
            rejected, approved = self.decided
            left = {each.subject for each in outcome.report.rejected}
            self.decided = Decided(
                {key: suspect for key, suspect in rejected.items() if key[1] in left},
                {key: suspect for key, suspect in approved.items() if key in outcome.suspects},
            )

    def approve(self, word: DifferencesApproved) -> Iterator[DecisionIgnored]:
        """Have put right what a report named, as far as the last comparison would still name it.

        Equity is no entry in the books: it follows what it is made of, and is not told of beside that.
        """
        current = list(self._current(word.report))
        cured = any(isinstance(each, Certain) and each.can_be_cured for each in current)
        for each in current:
            if isinstance(each, DecisionIgnored):
                yield each
            elif each.can_be_cured:
                self.decided.approved[each.key] = Suspect(word.ts_recv, each.mark)
            elif not (cured and each.key[0] == Kind.EQUITY.value):
                area, subject = each.key
                yield DecisionIgnored(word.report, subject, _NOT_BOOKED[area])

    def reject(self, word: DifferencesRejected) -> Iterator[DecisionIgnored]:
        """Leave what a report named as it is, as far as the last comparison would still name it."""
        for each in self._current(word.report):
            if isinstance(each, DecisionIgnored):
                yield each
            else:
                self.decided.rejected[each.key] = Suspect(word.ts_recv, each.mark)

    def _current(self, report: str) -> Iterator[Certain | DecisionIgnored]:
        """Yield what a report named, if it is still the same, or why it is not."""
        certain = next((certain for name, certain in self._reports if name == report), None)
        if certain is None:
            yield DecisionIgnored(report, "", "no such report with certain differences among the latest")
            return
        for each in certain:
            latest = self._latest.get(each.key)
            if latest is not None and latest.mark == each.mark:
                yield each
            else:
                yield DecisionIgnored(report, each.key[1], "it is not so any more")
