"""The program of the recorder: it follows a session's journal and writes the session's files.

It ends when the session says so, or when the session is dead: then it writes what the journal has and leaves the
session marked as crashed.
"""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.control import StopRequested
from tradewind.domain.errors import TradewindError
from tradewind.record.events.log import EventLog
from tradewind.record.journal.reader import Follower
from tradewind.record.recorder.recorder import SessionRecorder
from tradewind.record.sessions.folders import SessionFolders
from tradewind.record.sessions.lineage_stats import stats_before
from tradewind.runtime.clock import WallClock
from tradewind.runtime.followers.child import ENDED
from tradewind.runtime.followers.parent import Parent
from tradewind.runtime.followers.recorder_messages import (
    CODEC,
    Closed,
    Failed,
    Message,
    Note,
    Progressed,
    RecorderTask,
    Stats,
    WriteFailed,
)

if TYPE_CHECKING:
    from tradewind.record.stats.live import LiveTradeStats

IDLE_SECONDS = 1.0
GC_THRESHOLD = 50_000
"""New objects between two looks for garbage that reference counting has missed."""
GATHER_SECONDS = 0.03
"""Between a notice and a look: several turns cost hardly more than one, and the session has the processors first."""


def main(task: str) -> None:
    """Do what a task in JSON says."""
    _Recording(msgspec.json.decode(task, type=RecorderTask), Parent(CODEC)).run()


class _Recording:
    """One session's recorder at work."""

    def __init__(self, task: RecorderTask, parent: Parent[Message]) -> None:
        self._parent = parent
        self._was_stopped = False
        """Whether the session was stopped in order; one that ended by an error was not, and can be resumed."""
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
        self._events = EventLog(folders.home, self._follower.header)

    def run(self) -> None:
        """Follow the session to its end."""
        gc.freeze()  # what was imported stays; rows and steps hold no cycles, so looking for some is mostly in vain
        gc.set_threshold(GC_THRESHOLD)
        try:
            while (notices := self._parent.poll(IDLE_SECONDS)) is not None and ENDED not in notices:
                if notices:
                    time.sleep(GATHER_SECONDS)
                self._catch_up()
            if notices is None:
                self._follower.reopen()
            self._catch_up()
            self._events.close(clean=notices is not None and self._was_stopped)
            self._recorder.close(ended=notices is not None and self._was_stopped)
            self._parent.tell(Closed(self._recorder.stats()))
        except (TradewindError, OSError) as error:
            self._parent.tell(Failed(str(error)))
        finally:
            self._follower.close()

    def _catch_up(self) -> None:
        """Process the new steps of the journal; without any, the recorder only checks whether files are due."""
        while steps := self._follower.more():
            self._recorder.observe(steps)
            self._events.observe(steps)
            self._was_stopped = self._was_stopped or any(type(step.event) is StopRequested for step in steps)
            self._parent.tell(Progressed(self._recorder.last_seq))
        self._recorder.observe(())
        for note in self._recorder.notes[self._noted :]:
            self._noted += 1
            self._parent.tell(Note(note))
        trouble = str(self._recorder.trouble or "")
        if trouble != self._trouble:
            self._trouble = trouble
            self._parent.tell(WriteFailed(trouble))

    def _tell_stats(self, stats: LiveTradeStats) -> None:
        self._parent.tell(Stats(stats))
