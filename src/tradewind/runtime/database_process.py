"""The writer of the operational database, in a process of its own: the session only says that its journal has more.

Nothing waits for it, not even a replay: what it has not written is in the journal. One that dies is started again, and
finds in the database itself how far it was.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.runtime.database_words import Away, DatabaseTask, Done, Remark, Written, heard
from tradewind.runtime.frames import send_frame
from tradewind.runtime.recorder_words import COMMITTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.step import Step

RESTART_SECONDS = (0.5, 1.0, 5.0, 30.0)
"""How long to wait before the process is started again: the first time, the second …; the last from then on."""
SILENT_SECONDS_MAX = 30.0
"""At the end, so long after its last word it is given up: longer than any statement may take."""
_MODULE = "tradewind.runtime.database_program"
_PROGRAM = f"import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {_MODULE} import main; main()"
"""Its own program, not the one that runs here: that may be a script which would trade a second time."""

log = structlog.get_logger(__name__)


class DatabaseProcess:
    """Starts the writer with the first steps, keeps it alive, and knows how far it is."""

    name = "database"
    is_behind = False
    """It may lag as it likes."""

    def __init__(self, task: DatabaseTask, shown: str) -> None:
        self.away = ""
        """Why nothing can be written now; empty if it can."""
        self.written = 0
        """The step up to which the database has the session."""
        self.starts = 0
        self._task = task
        self._shown = shown
        self._told = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._tending: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._is_done = False
        self._heard_at = 0.0

    @property
    def pid(self) -> int | None:
        """The writer's process, once there is one."""
        process = self._process
        return None if process is None else process.pid

    @property
    def missed(self) -> str:
        """What of the session the database does not have; empty as long as the session runs, and if it has all."""
        if not self._closing.is_set() or self.written >= self._told:
            return ""
        why = f" ({self.away})" if self.away else ""
        return f"it lacks steps {self.written + 1} to {self._told}{why}; the next session writes them, or `db rebuild`"

    def observe(self, steps: Sequence[Step]) -> None:
        """Say that these steps are in the journal; never waits."""
        self._told = steps[-1].seq
        if self._tending is None:
            self._tending = threading.Thread(target=self._tend, name="database", daemon=True)
            self._tending.start()
        self._say(COMMITTED)

    def close(self) -> None:
        """Let it write what is left, and wait for that, but not for ever."""
        if self._tending is None:
            return
        self._heard_at = time.monotonic()
        self._closing.set()
        self._end()
        while self._tending.is_alive():
            self._tending.join(1.0)
            if time.monotonic() - self._heard_at > self._task.close_seconds + SILENT_SECONDS_MAX:
                self._kill()
                break

    def _tend(self) -> None:
        """Start the process, hear it to its end, and start it again until it has done all."""
        while True:
            last = self._closing.is_set()
            try:
                process = self._start()
            except OSError as error:
                told = f"cannot be started: {error}"
            else:
                self._hear(process)
                told = f"ended with {process.wait()}"
            if self._is_done or last:
                return
            log.warning("the database's process is gone; it is started again, nothing is lost", why=told)
            pause = RESTART_SECONDS[min(self.starts, len(RESTART_SECONDS)) - 1]
            self._closing.wait(pause)

    def _start(self) -> subprocess.Popen[bytes]:
        self.starts += 1
        process = subprocess.Popen(  # noqa: S603 - this interpreter, our own program
            [sys.executable, "-I", "-c", _PROGRAM, json.dumps(sys.path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True,
        )  # fmt: skip
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it is gone already; whoever hears it finds out
            send_frame(process.stdin.fileno(), msgspec.json.encode(self._task))
        os.set_blocking(process.stdin.fileno(), False)
        with self._lock:
            self._process = process
        if self._closing.is_set():
            self._end()
        return process

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        assert process.stdin is not None
        for word in heard(process.stdout.fileno()):
            self._heard_at = time.monotonic()
            match word:
                case Written():
                    self.written = word.seq
                case Away():
                    self._tell_away(word.text)
                case Remark():
                    log.info(word.text)
                case Done():
                    self.written = word.seq
                    self._is_done = True
        process.stdout.close()
        with self._lock:  # nobody may write to what has been closed: the number may be another file's by then
            process.stdin.close()

    def _end(self) -> None:
        """Say that there is no more to come, by hanging up: a word might find no room."""
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()

    def _say(self, word: bytes) -> None:
        with self._lock:
            process = self._process
            if process is None or process.stdin is None or process.stdin.closed:
                return
            try:
                os.write(process.stdin.fileno(), word)
            except BlockingIOError:
                return  # thousands of words wait for it: it will look
            except OSError:
                return  # it is there no more; whoever hears it starts it again

    def _tell_away(self, text: str) -> None:
        was, self.away = self.away, text
        if text:
            log.warning("the database cannot be written now; trading goes on, the journal has everything", error=text)
        elif was:
            log.info("the database is written again", database=self._shown)

    def _kill(self) -> None:
        process = self._process
        if process is not None:
            log.warning("the database's process does not answer: it is ended", pid=process.pid)
            self._is_done = True  # as much as could be: no other takes its place
            process.kill()
