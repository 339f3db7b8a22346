"""Commands about our books and the venue's: each comparison is the engine's own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.app.control.commands import Done, Outcome
from tradewind.app.control.desk import done
from tradewind.domain.control import DifferencesApproved, DifferencesRejected, ReconcileRequested
from tradewind.domain.time import NS_PER_DAY, NS_PER_SECOND
from tradewind.record.recorder.comparisons import told_of_account

if TYPE_CHECKING:
    from tradewind.app.control import commands as c
    from tradewind.app.control.desk import Desk
    from tradewind.domain.time import TimeNs
    from tradewind.runtime.answers import Compared

EMERGENCY_DAYS = 30
LOOKS_MAX = 5
"""So many comparisons at the most until one leaves nothing to look at again."""


async def reconcile(desk: Desk, word: c.Reconcile) -> Done:
    """Compare now; certain differences are no success."""
    return _told("reconcile", await _compare(desk, word.operator, word.timeout_seconds))


async def sync(desk: Desk, word: c.Sync) -> Done:
    """Compare until nothing is left to look at again; in an emergency from the executions of 30 days back."""
    since = desk.engine.view.now - EMERGENCY_DAYS * NS_PER_DAY if word.emergency else None
    pause = desk.engine.settings.reconciliation.confirm_after_ns / NS_PER_SECOND
    for look in range(LOOKS_MAX if word.emergency else 1):
        if look:
            await asyncio.sleep(pause)
        compared = await _compare(desk, word.operator, word.timeout_seconds, since)
        if not compared.report.suspected and not compared.report.actions:
            break
    return _told("sync", compared)


async def approve(desk: Desk, word: c.Decide) -> Done:
    """Correct our books by what a report was certain of; the comparison that follows at once does it."""
    request = desk.request()
    asked = DifferencesApproved(0, word.report, word.operator, request)
    compared = asyncio.wrap_future(desk.answers.compared(request))
    try:
        step = await desk.say(asked, word.timeout_seconds)
        answer = done("approve", step, f"{word.report} approved")
        if answer.outcome is Outcome.REFUSED:
            return answer
        async with asyncio.timeout(word.timeout_seconds):
            report = _told("approve", await compared)
    except TimeoutError:
        return replace(answer, outcome=Outcome.PARTLY, left=("the venue has not told its account yet",))
    finally:
        compared.cancel()
    return replace(report, told=(*answer.told, *report.told))


async def reject(desk: Desk, word: c.Decide) -> Done:
    """Leave our books as they are."""
    asked = DifferencesRejected(0, word.report, word.operator, desk.request())
    return done("reject", await desk.say(asked, word.timeout_seconds), f"{word.report} rejected")


async def _compare(desk: Desk, operator: str, seconds: float, since: TimeNs | None = None) -> Compared:
    return await desk.compare(ReconcileRequested(0, operator, desk.request(), since), seconds)


def _told(command: str, compared: Compared) -> Done:
    report = compared.report
    _, text, _ = told_of_account(report)
    differs = [f"{each.kind.value} {each.subject}: ours {each.ours}, theirs {each.theirs}" for each in report.confirmed]
    outcome = Outcome.PARTLY if differs else Outcome.DONE
    data = {"report": report.id, "confirmed": len(report.confirmed), "suspected": len(report.suspected)}
    return Done(command, outcome, compared.step.seq, (text,), tuple(differs), data)
