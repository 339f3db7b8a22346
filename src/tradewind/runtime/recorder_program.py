"""The recorder's own program: it follows a session's journal and writes the session's files.

It ends when the session says so, or when the session is there no more: then it writes what the journal has
and leaves the session as one that did not end well.
"""

from __future__ import annotations

import logging
import os
import select
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.domain.control import StopRequested
from tradewind.domain.errors import TradewindError
from tradewind.record.journal.reader import Follower
from tradewind.record.recorder.recorder import SessionRecorder
from tradewind.record.sessions.folders import SessionFolders
from tradewind.record.sessions.lineage_stats import stats_before
from tradewind.runtime.clock import WallClock
from tradewind.runtime.recorder_words import (
    ENDED,
    Closed,
    Failed,
    Note,
    RecorderTask,
    Stats,
    Taken,
    Trouble,
    Word,
    send,
)

if TYPE_CHECKING:
    from tradewind.record.stats.live import LiveTradeStats

IDLE_SECONDS = 1.0


def main(task: str) -> None:
    """Do what a task in JSON says, told by standard input, telling on standard output."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # meant for the session, which will say what follows
        signal.signal(number, signal.SIG_IGN)
    telling = os.dup(1)
    os.dup2(2, 1)  # who prints shall not be taken at his word
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # the session says it
    _Recording(msgspec.json.decode(task, type=RecorderTask), told=0, telling=telling).run()


class _Recording:
    """One session's recorder at work."""

    def __init__(self, task: RecorderTask, told: int, telling: int) -> None:
        self._told = told
        self._telling = telling
        self._parent = os.getppid()
        self._is_heard = True
        self._was_stopped = False
        """Whether the session came to its end; one that an error ended did not, and may be gone on with."""
        self._trouble = ""
        self._noted = 0
        self._follower = Follower(Path(task.journal))
        folders = SessionFolders.taken_over(Path(task.home), self._follower.header, Path(task.journal), task.lock)
        notes: list[str] = []
        self._recorder = SessionRecorder(
            folders, self._follower.header, WallClock(),
            flush_seconds=task.flush_seconds, on_stats=self._tell_stats if task.tells_stats else None,
            before=stats_before(folders.root, self._follower.header, notes),
        )  # fmt: skip
        self._recorder.notes += notes

    def run(self) -> None:
        """Follow the session to its end."""
        try:
            while (words := self._words()) is not None and ENDED not in words:
                self._catch_up()
            self._catch_up()
            self._recorder.close(ended=words is not None and self._was_stopped)
            self._tell(Closed(self._recorder.stats()))
        except (TradewindError, OSError) as error:
            self._tell(Failed(str(error)))
        finally:
            self._follower.close()

    def _words(self) -> bytes | None:
        """Wait for what the session says, a second at most; None when it is there no more."""
        if select.select([self._told], [], [], IDLE_SECONDS)[0]:
            return os.read(self._told, 65_536) or None
        return b"" if os.getppid() == self._parent else None

    def _catch_up(self) -> None:
        """Take what the journal has; with nothing new, the recorder only looks at the clock."""
        while steps := self._follower.more():
            self._recorder.observe(steps)
            self._was_stopped = self._was_stopped or any(type(step.event) is StopRequested for step in steps)
            self._tell(Taken(self._recorder.last_seq))
        self._recorder.observe(())
        for note in self._recorder.notes[self._noted :]:
            self._noted += 1
            self._tell(Note(note))
        trouble = str(self._recorder.trouble or "")
        if trouble != self._trouble:
            self._trouble = trouble
            self._tell(Trouble(trouble))

    def _tell_stats(self, stats: LiveTradeStats) -> None:
        self._tell(Stats(stats))

    def _tell(self, word: Word) -> None:
        """Say something; a session that was killed does not hear it, and its files are written all the same."""
        if self._is_heard:
            try:
                send(self._telling, word)
            except OSError:
                self._is_heard = False
