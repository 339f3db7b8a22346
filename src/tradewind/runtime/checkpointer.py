"""Writes a session's checkpoints while it runs: the state is copied between two turns, a thread writes it to disk.

A checkpoint that cannot be written stops nothing, as the journal has everything; the failure is logged at once, and
the next checkpoint is written when it is due.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING

import structlog
from msgspec.structs import replace

from tradewind.domain.errors import LocalError
from tradewind.record.checkpoint import Checkpoint
from tradewind.runtime.places import Places

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from tradewind.domain.checkpoint import EngineState
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Clock
    from tradewind.record.checkpoint import Checkpoints

EQUITY_MOVE = Decimal("0.1")
"""An account that moved by more than this part of its worth since the last checkpoint is written down at once."""
LOOK_SECONDS = 1.0
"""How often the worth of the account is looked at."""

log = structlog.get_logger(__name__)


class Checkpointer:
    """Takes a session's state when it is due and has it written.

    `state` returns all of it as of the last step, but for the `places` of the market data, which are kept here.

    Not for two threads: `look` and `write` are called where the engine runs.
    """

    def __init__(  # noqa: PLR0913 - whose state, how often, by which clocks
        self,
        files: Checkpoints,
        session: str,
        *,
        state: Callable[[], EngineState],
        equity: Callable[[], Decimal | None],
        clock: Clock,
        interval_seconds: float,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self.trouble = ""
        """Why the last one could not be written; empty if it could."""
        self.written = 0
        self.last_seq = 0
        """The step of the last one that is on disk."""
        self.last_saved_at: TimeNs | None = None
        """When it was taken, by the session's clock."""
        self.longest_seconds = 0.0
        """The longest time for which taking the state has held the session up."""
        self._files = files
        self._session = session
        self._state = state
        self._equity = equity
        self._clock = clock
        self.interval_seconds = interval_seconds
        self._seconds = seconds
        self._good = seconds()
        self._due = seconds() + interval_seconds
        self._look = seconds() + LOOK_SECONDS
        self._worth: Decimal | None = None
        self._places = Places()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="checkpoint")
        self._writing: Future[None] | None = None

    def observe(self, steps: Sequence[Step]) -> None:
        """Take note of how far the steps of a turn have come in the market data; they are committed."""
        for step in steps:
            self._places.take(step.event)

    def look(self) -> None:
        """Take the state if it is time, or if the account has moved; called between turns, never waits."""
        now = self._seconds()
        if now < self._look or (self._writing is not None and not self._writing.done()):
            return
        self._look = now + LOOK_SECONDS
        if now >= self._due or self._has_moved():
            self.write()

    def write(self) -> Future[None]:
        """Take the state of now and have it written."""
        began = self._seconds()
        self._due = began + self.interval_seconds
        self._worth = self._equity()
        state = replace(self._state(), places=self._places.kept())
        self.longest_seconds = max(self.longest_seconds, self._seconds() - began)
        checkpoint = Checkpoint(
            session=self._session, seq=state.seq, ts=state.ts, saved_at=self._clock.now(), engine=state
        )
        self._writing = self._writer.submit(self._put, checkpoint)
        return self._writing

    @property
    def age_seconds(self) -> float:
        """For how long none could be written; since the start, if there was none yet."""
        return self._seconds() - self._good

    def wait(self) -> None:
        """Wait for what is being written."""
        if self._writing is not None:
            self._writing.result()

    def close(self) -> None:
        """Wait for what is being written, and write nothing more."""
        self._writer.shutdown()

    def _has_moved(self) -> bool:
        worth, before = self._equity(), self._worth
        if before is None or worth is None:
            self._worth = before if worth is None else worth
            return False
        return abs(worth - before) > abs(before) * EQUITY_MOVE

    def _put(self, checkpoint: Checkpoint) -> None:
        try:
            self._files.write(checkpoint)
        except LocalError as error:
            self.trouble = str(error)
            log.warning("a checkpoint cannot be written; the journal has everything", error=str(error))
            return
        if self.trouble:
            log.info("checkpoints are written again")
        self.trouble = ""
        self.written += 1
        self.last_seq, self.last_saved_at = checkpoint.seq, checkpoint.saved_at
        self._good = self._seconds()
