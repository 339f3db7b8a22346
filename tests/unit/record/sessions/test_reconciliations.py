"""What a journal tells of comparisons with the venue, and of what was decided about them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.unit.record.session_steps import HEADER, OCT_1
from tradewind.domain import events as ev
from tradewind.domain.control import DifferencesApproved, DifferencesRejected
from tradewind.domain.ids import TradeId
from tradewind.domain.reconciliation import Discrepancy, Kind, Mode, ReconciliationReport, Severity
from tradewind.domain.step import CorrectionStale, DecisionIgnored, Step
from tradewind.domain.time import NS_PER_SECOND
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.sessions.reconciliations import ReportState, gathered, reconciliations_of

if TYPE_CHECKING:
    from pathlib import Path

CASH = Discrepancy(Kind.CASH, Severity.MODERATE, "USDT", Decimal(100), Decimal(104))
HELD = Discrepancy(Kind.QUANTITY_MISMATCH, Severity.CRITICAL, "binance:BTCUSDT", Decimal(1), Decimal(2))


def at(number: int) -> int:
    return OCT_1 + number * NS_PER_SECOND


def compared(number: int, *confirmed: Discrepancy, **more: Any) -> Step:
    report = ReconciliationReport(f"rec-{number}", at(number), Mode.MANUAL_APPROVAL, confirmed, **more)
    return Step(number, ev.AccountSnapshot("v", (), (), at(number), at(number)), notices=(report,))


def said(number: int, word: type[Any], report: str, *notices: Any) -> Step:
    return Step(number, word(at(number), report, "jo"), notices=notices)


def states(steps: list[Step]) -> list[str]:
    return [each.state.value for each in gathered(steps).comparisons]


def test_what_nobody_has_decided_is_open_until_a_comparison_finds_it_gone() -> None:
    steps = [compared(1), compared(2, CASH), compared(3, CASH, HELD)]
    assert states(steps) == ["equal", "open", "open"]
    assert states([*steps, compared(4, HELD)]) == ["equal", "gone", "open", "open"]
    assert states([*steps, compared(4, suspected=(CASH,))]) == ["equal", "gone", "gone", "equal"]


def test_what_was_decided_stays_so_with_who_said_it_and_what_could_not_be_done() -> None:
    ignored = DecisionIgnored("rec-2", "binance:BTCUSDT", "it is not so any more")
    found = gathered([
        compared(1, CASH), compared(2, CASH, HELD), said(3, DifferencesApproved, "rec-2", ignored),
        said(4, DifferencesRejected, "rec-1"), compared(5),
    ]).comparisons  # fmt: skip
    assert [each.state for each in found] == [ReportState.REJECTED, ReportState.APPROVED, ReportState.EQUAL]
    decision = found[1].decision
    assert decision is not None
    assert (decision.operator, decision.ts) == ("jo", at(3))
    assert decision.ignored == {"binance:BTCUSDT": "it is not so any more"}
    assert found[1].severity == "critical"
    first, _ = found[1].confirmed
    assert [first.kind, first.ours, first.theirs] == ["cash", 100, 104]


def test_corrections_that_came_too_late_are_counted() -> None:
    stale = Step(2, ev.TimerFired("t", at(2)), notices=(CorrectionStale(TradeId("adj"), "USDT"),))  # type: ignore[arg-type] # a timer
    found = gathered([compared(1, CASH, actions=("sets USDT",)), stale])
    assert (found.stale, found.comparisons[0].actions) == (1, ("sets USDT",))


def test_they_are_read_from_a_journal(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite", HEADER)
    journal.append(compared(1, CASH))
    journal.commit()
    (found,) = reconciliations_of(tmp_path / "journal.sqlite").comparisons
    assert (found.seq, found.id, found.says_something) == (1, "rec-1", True)
    journal.close()
