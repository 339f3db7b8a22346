"""Waits for what the engine makes of an operator's words: a comparison comes some time after it was asked for."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from tradewind.domain.commands import QueryAccount
from tradewind.domain.control import OperatorEvent
from tradewind.domain.errors import EngineSetupError, VenueUnavailable
from tradewind.domain.events import AccountSnapshot, SnapshotFailed
from tradewind.domain.reconciliation import ReconciliationReport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.step import Step

T = TypeVar("T")

REPORTS_MAX = 1_000
"""The last reports are kept for whoever asks; the journal has them all."""
_WORDS = frozenset(OperatorEvent.__args__)


@dataclass(frozen=True)
class Compared:
    """A comparison, and the step in which it was made."""

    report: ReconciliationReport
    step: Step


class Answers:
    """A watcher of a session. Its futures may be waited for in any thread."""

    name = "operator"
    missed = ""
    is_behind = False

    def __init__(self) -> None:
        self.reports: deque[ReconciliationReport] = deque(maxlen=REPORTS_MAX)
        self._lock = threading.Lock()
        self._words: dict[str, Future[Step]] = {}
        self._asked: dict[str, Future[Compared]] = {}
        self._numbers: dict[int, Future[Compared]] = {}
        self._is_over = False

    def taken(self, request: str) -> Future[Step]:
        """Return the step in which the word with this `request` was taken."""
        return self._wait(request, self._words)

    def compared(self, request: str) -> Future[Compared]:
        """Return the comparison that the word with this `request` asks for; `VenueUnavailable` if there is none."""
        return self._wait(request, self._asked)

    def observe(self, steps: Sequence[Step]) -> None:
        """Look for words and answers in the steps of a turn."""
        with self._lock:
            for step in steps:
                if type(step.event) in _WORDS:
                    self._on_word(step)
                elif isinstance(step.event, AccountSnapshot):
                    self._on_account(step, step.event.number)
                elif isinstance(step.event, SnapshotFailed) and step.event.number in self._numbers:
                    waiting = self._numbers.pop(step.event.number)
                    _fail(waiting, VenueUnavailable(f"the venue did not tell its account: {step.event.reason}"))

    def close(self) -> None:
        """Tell whoever still waits that there will be no answer."""
        with self._lock:
            self._is_over = True
            asked = [*self._asked.values(), *self._numbers.values()]
            waiting: list[Future[Any]] = [*self._words.values(), *asked]
        for future in waiting:
            _fail(future, EngineSetupError("the session has ended"))

    def _wait(self, request: str, among: dict[str, Future[T]]) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            if self._is_over:
                raise EngineSetupError("the session has ended")
            among[request] = future
        return future

    def _on_word(self, step: Step) -> None:
        request = getattr(step.event, "request", "")
        taken, asked = self._words.pop(request, None), self._asked.pop(request, None)
        if taken is not None:
            _give(taken, step)
        if asked is not None:
            number = next(effect.number for effect in step.effects if isinstance(effect, QueryAccount))
            self._numbers[number] = asked

    def _on_account(self, step: Step, number: int) -> None:
        report = next((notice for notice in step.notices if isinstance(notice, ReconciliationReport)), None)
        if report is not None:
            self.reports.append(report)
        waiting = self._numbers.pop(number, None)
        if waiting is None:
            return
        if report is None:
            _fail(waiting, VenueUnavailable("a later answer of the venue has overtaken this one"))
        else:
            _give(waiting, Compared(report, step))


def _give(future: Future[T], result: T) -> None:
    """Give an answer, unless whoever asked has gone."""
    if future.set_running_or_notify_cancel():
        future.set_result(result)


def _fail(future: Future[Any], error: Exception) -> None:
    """Say why there is no answer, unless whoever asked has gone."""
    if future.set_running_or_notify_cancel():
        future.set_exception(error)
