"""Observers: each in its own thread, behind a bounded queue, so that none delays the engine.

A half-full queue makes sources wait (`is_behind`). If it overflows all the same, what does not fit is dropped and
counted, and the session names the observer in its `troubles`.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.step import Step
    from tradewind.ports import Observer

IDLE_SECONDS = 1.0
BACKLOG_MAX = 64
"""Turns that may wait for one observer."""

log = structlog.get_logger(__name__)


class Watcher(Protocol):
    """Who is told of a session's committed steps, and does not hold the session up."""

    @property
    def name(self) -> str:
        """What it is called in the session's troubles."""
        ...

    @property
    def missed(self) -> str:
        """Why it did not see all of the session; empty if it did."""
        ...

    @property
    def is_behind(self) -> bool:
        """Whether whoever can wait should wait for it."""
        ...

    def observe(self, steps: Sequence[Step]) -> None:
        """Take the steps of a turn; never waits."""
        ...

    def close(self) -> None:
        """Finish what waits, and wait for that."""
        ...


class ObserverThread:
    """Runs one observer; an exception in it ends its watching, not the session, and is kept in `failure`."""

    def __init__(self, observer: Observer, backlog_max: int = BACKLOG_MAX) -> None:
        self.name = type(observer).__name__
        self.dropped = 0
        self.failure: Exception | None = None
        self._observer = observer
        self._turns: queue.Queue[Sequence[Step] | None] = queue.Queue(backlog_max)
        self._thread = threading.Thread(target=self._run, name=f"observer {self.name}", daemon=True)
        self._thread.start()

    @property
    def missed(self) -> str:
        """Why its record has a hole; empty if it has none."""
        if self.failure is not None:
            return str(self.failure)
        return f"{self.dropped} steps dropped" if self.dropped else ""

    @property
    def is_behind(self) -> bool:
        """Whether whoever can wait should wait: at half the bound, as the inbox has more turns to come."""
        return self.failure is None and self._turns.qsize() >= self._turns.maxsize // 2

    def observe(self, steps: Sequence[Step]) -> None:
        """Hand over the steps of a turn, or drop them if the observer is hopelessly behind."""
        if self.failure is not None:
            return
        try:
            self._turns.put_nowait(steps)
        except queue.Full:
            self.dropped += len(steps)
            log.warning("observer is behind: steps dropped", observer=self.name, dropped=self.dropped)

    def close(self) -> None:
        """Let it finish what waits, and wait for it."""
        self._turns.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (steps := self._next()) is not None:
            if self.failure is None:
                self._guarded(lambda steps=steps: self._observer.observe(steps))
        self._guarded(self._observer.close)

    def _next(self) -> Sequence[Step] | None:
        """Wait for the next turn; in a quiet market the observer gets an empty one, to look at the clock."""
        try:
            return self._turns.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            return ()

    def _guarded(self, call: object) -> None:
        try:
            call()  # type: ignore[operator]
        except Exception as error:  # noqa: BLE001 - whoever watches must not end what is watched
            self.failure = error
            log.error(  # noqa: TRY400 - its message says what to do; a traceback would not
                "observer failed: its record is incomplete; rebuild it from the journal",
                observer=self.name,
                error=str(error),
            )
