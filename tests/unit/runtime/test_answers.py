"""Who asked and has gone gets no answer, and the session goes on."""

from __future__ import annotations

from tradewind.domain.commands import QueryAccount
from tradewind.domain.control import Paused, ReconcileRequested
from tradewind.domain.events import SnapshotFailed
from tradewind.domain.step import Step
from tradewind.runtime.answers import Answers


def test_an_answer_to_somebody_who_has_gone_ends_nothing() -> None:
    answers = Answers()
    taken, compared = answers.taken("r1"), answers.compared("r2")
    later = answers.taken("r3")
    for future in (taken, compared, later):
        assert future.cancel()
    answers.observe([Step(1, Paused(0, request="r1"))])
    answers.observe([Step(2, ReconcileRequested(0, request="r2"), (QueryAccount(0, 7),))])
    answers.observe([Step(3, SnapshotFailed("sim", "away", 0, 7))])
    answers.close()


def test_an_answer_comes_to_who_waits() -> None:
    answers = Answers()
    taken = answers.taken("r1")
    answers.observe([Step(1, Paused(0, request="r1"))])
    assert taken.result(0).seq == 1
