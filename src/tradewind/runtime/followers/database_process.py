"""The writer of the operational database, in a separate process: the session only notifies it of new steps.

Nothing waits for it, not even a replay: what it has not written is in the journal. If it dies it is started again, and
finds in the database how far it had come.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.runtime.followers.child import COMMITTED, notify, start
from tradewind.runtime.followers.database_messages import CODEC, DatabaseTask, Done, Note, Unavailable, Written
from tradewind.runtime.followers.frames import send_frame

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

    from tradewind.domain.step import Step

RESTART_SECONDS = (0.5, 1.0, 5.0, 30.0)
"""How long to wait before the first restart, the second …; the last value from then on."""
SILENT_SECONDS_MAX = 30.0
"""At the end, it is killed when it has sent nothing for this long: longer than any statement may take."""
_MODULE = "tradewind.runtime.followers.database_program"

log = structlog.get_logger(__name__)


class DatabaseProcess:
    """Starts the writer with the first steps, restarts it if it dies, and knows how far it is."""

    name = "database"
    is_behind = False
    """Nothing waits for it."""

    def __init__(self, task: DatabaseTask, shown: str) -> None:
        self.error = ""
        """Why nothing can be written now; empty if it can."""
        self.written = 0
        """The step up to which the database has the session."""
        self.starts = 0
        self._task = task
        self._shown = shown
        self._committed = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._supervising: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._is_done = False
        self._received_at = 0.0

    @property
    def pid(self) -> int | None:
        """The writer's process id, once it has been started."""
        process = self._process
        return None if process is None else process.pid

    @property
    def missed(self) -> str:
        """Which steps of the session the database lacks; empty while the session runs, and if there are none."""
        if not self._closing.is_set() or self.written >= self._committed:
            return ""
        why = f" ({self.error})" if self.error else ""
        steps = f"steps {self.written + 1} to {self._committed}"
        return f"it lacks {steps}{why}; the next session writes them, or `db rebuild`"

    def observe(self, steps: Sequence[Step]) -> None:
        """Notify it that these steps are in the journal; never waits."""
        self._committed = steps[-1].seq
        self.tell_more()

    def tell_more(self) -> None:
        """Notify it that there is more to read, and start it at first; never waits."""
        if self._supervising is None:
            self._supervising = threading.Thread(target=self._supervise, name="database", daemon=True)
            self._supervising.start()
        self._notify()

    def close(self) -> None:
        """Let it write the rest, and wait for that, but not for ever."""
        if self._supervising is None:
            return
        self._received_at = time.monotonic()
        self._closing.set()
        self._end()
        while self._supervising.is_alive():
            self._supervising.join(1.0)
            if time.monotonic() - self._received_at > self._task.close_seconds + SILENT_SECONDS_MAX:
                self._kill()
                break

    def _supervise(self) -> None:
        """Start the process, receive its messages to its end, and restart it until it is done."""
        while True:
            last = self._closing.is_set()
            try:
                process = self._start()
            except OSError as error:
                why = f"cannot be started: {error}"
            else:
                self._receive(process)
                why = f"ended with {process.wait()}"
            if self._is_done or last:
                return
            log.warning("the database's process ended and is started again; nothing is lost", why=why)
            pause = RESTART_SECONDS[min(self.starts, len(RESTART_SECONDS)) - 1]
            self._closing.wait(pause)

    def _start(self) -> subprocess.Popen[bytes]:
        self.starts += 1
        process = start(_MODULE)
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended already, as `_receive` will see
            send_frame(process.stdin.fileno(), msgspec.json.encode(self._task))
        os.set_blocking(process.stdin.fileno(), False)
        with self._lock:
            self._process = process
        if self._closing.is_set():
            self._end()
        return process

    def _receive(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        assert process.stdin is not None
        for message in CODEC.receive(process.stdout.fileno()):
            self._received_at = time.monotonic()
            match message:
                case Written():
                    self.written = message.seq
                case Unavailable():
                    self._report(message.text)
                case Note():
                    log.info(message.text)
                case Done():
                    self.written = message.seq
                    self._is_done = True
        process.stdout.close()
        with self._lock:  # after the close, the descriptor may belong to another file
            process.stdin.close()

    def _end(self) -> None:
        """Signal the end by closing the pipe: a notice might not fit into it."""
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()

    def _notify(self) -> None:
        with self._lock:
            process = self._process
            if process is not None and process.stdin is not None and not process.stdin.closed:
                notify(process, COMMITTED)

    def _report(self, text: str) -> None:
        was, self.error = self.error, text
        if text:
            log.warning("the database cannot be written now; trading goes on, the journal has everything", error=text)
        elif was:
            log.info("the database is written again", database=self._shown)

    def _kill(self) -> None:
        process = self._process
        if process is not None:
            log.warning("the database's process does not answer and is killed", pid=process.pid)
            self._is_done = True  # it is not restarted
            process.kill()
