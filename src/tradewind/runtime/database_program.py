"""The program that writes a session's database: it follows the journal, and waits for the database, not the session.

When the session has ended, or is there no more, it writes what is left; a database that is away then is waited for a
while. What is missing all the same is written beside the next session, or by `tradewind db rebuild`.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import time
from pathlib import Path

import msgspec
import structlog

from tradewind.domain.errors import DatabaseError
from tradewind.record.sql.address import Address
from tradewind.record.sql.backlog import Backlog
from tradewind.record.sql.database import Database
from tradewind.record.sql.projector import Projector
from tradewind.runtime.database_words import Away, DatabaseTask, Done, Remark, Word, Written, send
from tradewind.runtime.frames import one_frame

RETRY_SECONDS = 0.5


def main() -> None:
    """Do what the task on standard input says, telling on standard output."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # meant for the session, which will say what follows
        signal.signal(number, signal.SIG_IGN)
    telling = os.dup(1)
    os.dup2(2, 1)  # who prints shall not be taken at his word
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # the session says it
    task = one_frame(0)
    if task:
        _Writing(msgspec.json.decode(task, type=DatabaseTask), told=0, telling=telling).run()


class _Writing:
    """One session's database at work."""

    def __init__(self, task: DatabaseTask, told: int, telling: int) -> None:
        self._task = task
        self._told = told
        self._telling = telling
        self._parent = os.getppid()
        self._is_heard = True
        self._away = ""
        self._wait_seconds = 0.0
        self._said = 0
        self._has_news = True
        self._database = database = Database(Address(task.url))
        self._projector = Projector(Path(task.journal), database)
        self._backlog = Backlog(Path(task.root), Path(task.journal), database)

    def run(self) -> None:
        """Follow the session to its end."""
        wait = 0.0
        while self._listens(time.monotonic() + wait):
            wait = self._round()
        self._finish()
        self._database.close()
        self._tell(Done(self._projector.written))

    def _listens(self, until: float) -> bool:
        """Hear what the session says until it is time to write; False when it has ended, or is there no more."""
        while True:
            left = max(until - time.monotonic(), 0.0)
            if select.select([self._told], [], [], left)[0]:
                words = os.read(self._told, 65_536)
                if not words:  # it has hung up
                    return False
                self._has_news = True
            if os.getppid() != self._parent:
                return False
            if left == 0.0:
                return True

    def _round(self) -> float:
        """Write what there is, this session's first; return how many seconds there are until the next round."""
        try:
            if self._has_news:
                self._has_news = is_busy = self._write()
            else:
                is_busy = self._backlog.go_on()
        except DatabaseError as error:
            self._has_news = True
            return self._is_away(str(error))
        for remark in self._backlog.remarks():
            self._tell(Remark(remark))
        self._is_back()
        return 0.0 if is_busy or not self._backlog.is_over else self._task.flush_seconds

    def _write(self) -> bool:
        """Write what this session's journal has; True if it has more."""
        while self._projector.read():
            pass
        self._projector.write()
        return self._projector.read()

    def _finish(self) -> None:
        """Write what is left; give up when the database has been away for so long."""
        deadline = time.monotonic() + self._task.close_seconds
        while True:
            try:
                self._projector.catch_up()
            except DatabaseError as error:
                wait = self._is_away(str(error))
                if time.monotonic() + wait > deadline:
                    return
                time.sleep(wait)
            else:
                self._is_back()
                return

    def _is_away(self, text: str) -> float:
        """Take note that nothing can be written now; return how many seconds to wait."""
        self._wait_seconds = min(self._wait_seconds * 2 or RETRY_SECONDS, self._task.retry_longest_seconds)
        if text != self._away:
            self._away = text
            self._tell(Away(text))
        return self._wait_seconds

    def _is_back(self) -> None:
        self._wait_seconds = 0.0
        if self._away:
            self._away = ""
            self._tell(Away(""))
        if self._projector.written != self._said:
            self._said = self._projector.written
            self._tell(Written(self._said))

    def _tell(self, word: Word) -> None:
        """Say something; a session that was killed does not hear it, and its rows are written all the same."""
        if self._is_heard:
            try:
                send(self._telling, word)
            except OSError:
                self._is_heard = False
