"""The program that writes a session's database: it follows the journal, so the session never waits for the database.

When the session has ended, or is dead, it writes the rest; if the database is unavailable then, it retries for a while.
What is still missing is written during the next session, or by `tradewind db rebuild`.
"""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from tradewind.domain.errors import DatabaseError
from tradewind.record.sql.address import Address
from tradewind.record.sql.backlog import Backlog
from tradewind.record.sql.database import Database
from tradewind.record.sql.folder_projector import FolderProjector
from tradewind.record.sql.projector import Projector
from tradewind.runtime.followers.database_messages import CODEC, DatabaseTask, Done, Message, Note, Unavailable, Written
from tradewind.runtime.followers.frames import receive_frame
from tradewind.runtime.followers.parent import Parent

RETRY_SECONDS = 0.5


def main() -> None:
    """Do what the task says, which is the first frame on standard input."""
    parent = Parent(CODEC)
    task = receive_frame(0)
    if task:
        _Writing(msgspec.json.decode(task, type=DatabaseTask), parent).run()


class _Writing:
    """One session's database at work."""

    def __init__(self, task: DatabaseTask, parent: Parent[Message]) -> None:
        self._task = task
        self._parent = parent
        self._error = ""
        self._wait_seconds = 0.0
        self._reported = 0
        self._has_news = True
        self._database = database = Database(Address(task.url))
        self._projector: Projector | FolderProjector
        self._backlog: Backlog | None = None
        if task.journals:
            self._projector = FolderProjector(Path(task.journals), database)
        else:
            self._projector = Projector(Path(task.journal), database)
            self._backlog = Backlog(Path(task.root), Path(task.journal), database)

    def run(self) -> None:
        """Follow the session to its end."""
        wait = 0.0
        while self._wait(time.monotonic() + wait):
            wait = self._round()
        self._finish()
        self._database.close()
        self._parent.tell(Done(self._projector.written))

    def _wait(self, until: float) -> bool:
        """Take notices of the session until it is time to write; return False when the session has ended."""
        while True:
            left = max(until - time.monotonic(), 0.0)
            notices = self._parent.poll(left)
            if notices is None:
                return False
            self._has_news = self._has_news or bool(notices)
            if left == 0.0:
                return True

    def _round(self) -> float:
        """Write what there is, this session's first; return the seconds until the next round."""
        try:
            if self._has_news:
                self._has_news = is_busy = self._write()
            else:
                is_busy = self._backlog is not None and self._backlog.go_on()
        except DatabaseError as error:
            self._has_news = True
            return self._failed(str(error))
        for remarks in (self._projector.remarks(), () if self._backlog is None else self._backlog.remarks()):
            for remark in remarks:
                self._parent.tell(Note(remark))
        self._succeeded()
        is_over = self._backlog is None or self._backlog.is_over
        return 0.0 if is_busy or not is_over else self._task.flush_seconds

    def _write(self) -> bool:
        """Write what this session's journal has; True if it has more."""
        while self._projector.read():
            pass
        self._projector.write()
        return self._projector.read()

    def _finish(self) -> None:
        """Write the rest; give up when the database stays unavailable for `close_seconds`."""
        deadline = time.monotonic() + self._task.close_seconds
        while True:
            try:
                self._projector.catch_up()
            except DatabaseError as error:
                wait = self._failed(str(error))
                if time.monotonic() + wait > deadline:
                    return
                time.sleep(wait)
            else:
                self._succeeded()
                return

    def _failed(self, text: str) -> float:
        """Report an error, once; return the seconds to wait before the next try."""
        self._wait_seconds = min(self._wait_seconds * 2 or RETRY_SECONDS, self._task.retry_longest_seconds)
        if text != self._error:
            self._error = text
            self._parent.tell(Unavailable(text))
        return self._wait_seconds

    def _succeeded(self) -> None:
        self._wait_seconds = 0.0
        if self._error:
            self._error = ""
            self._parent.tell(Unavailable(""))
        if self._projector.written != self._reported:
            self._reported = self._projector.written
            self._parent.tell(Written(self._reported))
