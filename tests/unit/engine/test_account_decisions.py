"""An operator approves or rejects what a report was certain of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from tests.unit.engine.test_account import SECOND, T0, USDT, look_twice, session, snapshot, wish
from tradewind.domain import events as ev
from tradewind.domain.account import VenueOrder
from tradewind.domain.commands import Correct, QueryAccount
from tradewind.domain.control import DifferencesApproved, DifferencesRejected
from tradewind.domain.ids import ClientOrderId, VenueOrderId
from tradewind.domain.order import Side
from tradewind.domain.reconciliation import Kind, Mode, ReconciliationReport
from tradewind.domain.step import CorrectionStale, DecisionIgnored, RefusalCode
from tradewind.engine.account_decisions import REPORTS_MAX
from tradewind.testing import BTC

D = Decimal
MANUAL = Mode.MANUAL_APPROVAL


def report_of(step: Any) -> ReconciliationReport:
    (report,) = [notice for notice in step.notices if isinstance(notice, ReconciliationReport)]
    return report


def corrected(made: Any, step: Any) -> list[Any]:
    """Let the corrections of a step happen; return what came of them."""
    return [made.process(effect.event) for effect in step.effects if isinstance(effect, Correct)]


def test_approved_the_books_follow_the_venue_with_the_next_comparison() -> None:
    made = session(MANUAL)
    report = report_of(look_twice(made, held=1))
    step = made.process(DifferencesApproved(T0 + 6 * SECOND, report.id, "ann"))
    assert [type(effect) for effect in step.effects] == [QueryAccount]
    assert made.view.position(BTC).quantity == 2
    corrected(made, made.process(snapshot(7, held=1)))
    assert made.view.position(BTC).quantity == 1
    made.process(snapshot(8, held=1))
    made.process(snapshot(13, held=1))
    assert wish(made, side=Side.BUY) is None
    made.process(snapshot(20))
    assert not corrected(made, made.process(snapshot(25))), "once approved is not approved for ever"


def test_what_has_changed_at_the_venue_since_the_report_is_not_approved() -> None:
    made = session(MANUAL)
    report = report_of(look_twice(made, held=1))
    made.process(snapshot(6, held=3))
    step = made.process(DifferencesApproved(T0 + 7 * SECOND, report.id))
    assert step.notices == (DecisionIgnored(report.id, BTC, "it is not so any more"),)
    assert not corrected(made, made.process(snapshot(11, held=3)))


def test_what_changes_after_the_approval_is_not_corrected() -> None:
    made = session(MANUAL)
    report = report_of(look_twice(made, held=1))
    made.process(DifferencesApproved(T0 + 6 * SECOND, report.id))
    assert not corrected(made, made.process(snapshot(7, held=3)))
    assert not corrected(made, made.process(snapshot(12, held=3)))


def test_a_correction_of_books_that_moved_meanwhile_is_made_again() -> None:
    made = session(MANUAL)
    report = report_of(look_twice(made, cash=50_000))
    made.process(DifferencesApproved(T0 + 6 * SECOND, report.id))
    (correct,) = [e for e in made.process(snapshot(7, cash=50_000)).effects if isinstance(e, Correct)]
    made.process(ev.BalanceTransferred("binance", USDT, D(1), made.view.now))
    assert [type(notice) for notice in made.process(correct.event).notices] == [CorrectionStale]
    corrected(made, made.process(snapshot(8, cash=50_001)))
    assert made.view.cash(USDT) == 50_001


def test_a_report_that_nobody_knows_is_said_to_be_unknown() -> None:
    made = session(MANUAL)
    for word in (DifferencesApproved(T0, "rec-9"), DifferencesRejected(T0, "rec-9")):
        (notice,) = made.process(word).notices
        assert (type(notice), notice.report) == (DecisionIgnored, "rec-9")


def test_what_nothing_can_be_booked_for_is_said_with_what_can_be_done() -> None:
    made = session(MANUAL)
    stranger = VenueOrder(ClientOrderId("web-1"), VenueOrderId("v"), BTC, Side.BUY, D(1), D(0), D(50))
    made.process(structs.replace(snapshot(0), orders=(stranger,)))
    report = report_of(made.process(structs.replace(snapshot(5), orders=(stranger,))))
    (notice,) = made.process(DifferencesApproved(T0 + 6 * SECOND, report.id)).notices
    assert (notice.report, notice.subject) == (report.id, "web-1")
    assert "cancel it at the venue" in notice.reason


def test_equity_follows_the_cash_that_is_approved_and_is_not_told_of_beside_it() -> None:
    made = session(MANUAL)
    report = report_of(look_twice(made, cash=50_000))
    assert {each.kind for each in report.confirmed} == {Kind.CASH, Kind.EQUITY}
    assert not made.process(DifferencesApproved(T0 + 6 * SECOND, report.id)).notices
    corrected(made, made.process(snapshot(7, cash=50_000)))
    assert not report_of(made.process(snapshot(8, cash=50_000))).criticals


def test_equity_alone_is_said_to_follow_from_what_does_not_differ() -> None:
    made = session(MANUAL, cash_tolerance=D("0.5"))
    report = report_of(look_twice(made, cash=96_000))
    assert [each.kind for each in report.confirmed] == [Kind.EQUITY]
    (notice,) = made.process(DifferencesApproved(T0 + 6 * SECOND, report.id)).notices
    assert "follows from cash and positions" in notice.reason


@pytest.mark.parametrize("mode", [MANUAL, Mode.WARN_ONLY])
def test_rejected_it_is_not_raised_again_until_it_changes(mode: Mode) -> None:
    made = session(mode)
    report = report_of(look_twice(made, held=1))
    assert wish(made) is RefusalCode.CLOSE_ONLY
    made.process(DifferencesRejected(T0 + 6 * SECOND, report.id, "ann"))
    for at in (7, 12, 40):
        told = report_of(made.process(snapshot(at, held=1)))
        assert (told.confirmed, told.suspected) == ((), ())
        assert [each.subject for each in told.rejected] == [BTC]
    assert not made.risk.disputed
    assert wish(made) is None
    assert report_of(made.process(snapshot(50, held=D("0.5")))).suspected, "another difference"


def test_rejected_and_gone_it_is_raised_when_it_comes_back() -> None:
    made = session(MANUAL)
    report = report_of(look_twice(made, held=1))
    made.process(DifferencesRejected(T0 + 6 * SECOND, report.id))
    made.process(snapshot(7))
    assert report_of(made.process(snapshot(8, held=1))).suspected


def test_a_rejected_position_does_not_hide_the_cash() -> None:
    made = session(MANUAL)
    report = report_of(look_twice(made, held=1))
    made.process(DifferencesRejected(T0 + 6 * SECOND, report.id))
    assert [each.subject for each in report_of(made.process(snapshot(7, held=1, cash=5))).suspected] == ["USDT"]


def test_so_many_reports_are_remembered() -> None:
    made = session(MANUAL)
    first = report_of(look_twice(made, held=1))
    for number in range(REPORTS_MAX):
        made.process(snapshot(10 + number, held=1))
    assert made.process(DifferencesRejected(T0 + 100 * SECOND, first.id)).notices


def test_what_was_decided_outlives_a_restart_and_so_does_what_can_be() -> None:
    made = session(MANUAL)
    report = report_of(look_twice(made, held=1))
    after = session(MANUAL)
    after.account.restore(made.account.state())
    assert after.account.state() == made.account.state()
    after.process(DifferencesRejected(T0 + 6 * SECOND, report.id))
    again = session(MANUAL)
    again.account.restore(after.account.state())
    assert report_of(again.process(snapshot(7, held=1))).rejected
