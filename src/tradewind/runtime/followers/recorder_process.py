"""The recorder of a live session, in a separate process: the session only notifies it that its journal has more.

So the loop shares neither interpreter nor disk waits with tables and statistics, and the end of a day costs it nothing.
The recorder misses nothing however far it falls behind, as it reads from the journal; a replay waits for it all the
same (`is_behind`), so that its files are never old.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.record.recorder import FLUSH_SECONDS
from tradewind.runtime.followers.child import COMMITTED, ENDED, notify, start
from tradewind.runtime.followers.recorder_messages import (
    CODEC,
    Closed,
    Failed,
    Note,
    Progressed,
    RecorderTask,
    Stats,
    WriteFailed,
)

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tradewind.domain.step import Step
    from tradewind.record.sessions.folders import SessionFolders
    from tradewind.record.stats.live import LiveTradeStats

LAG_STEPS_MAX = 65_536
"""Further behind the journal than this, sources that can wait should wait."""
STARTS_MAX = 4
"""A recorder that dies so often will die again; then its files wait for the end of the session."""
_MODULE = "tradewind.runtime.followers.recorder_program"
_FIRST = "os.environ.setdefault('POLARS_MAX_THREADS', '1')"

log = structlog.get_logger(__name__)


class RecorderProcess:
    """Starts a recorder with the first steps; one that dies is started again and reads the journal from its start."""

    def __init__(
        self,
        folders: SessionFolders,
        journal: Path,
        *,
        flush_seconds: float = FLUSH_SECONDS,
        on_stats: Callable[[LiveTradeStats], None] | None = None,
    ) -> None:
        self.name = "SessionRecorder"
        self.missed = ""
        """Why its files have to be rebuilt; empty if nothing is known to be missing."""
        self.trouble = ""
        """Why files could not be written the last time; empty if they could."""
        self.notes: list[str] = []
        """What users should know of its figures, each thing once."""
        self.last_seq = 0
        """The last step that it has processed."""
        self.stats: LiveTradeStats | None = None
        """The final statistics, once the session has ended."""
        self._folders = folders
        self._on_stats = on_stats
        self._task = RecorderTask(
            journal=str(journal.absolute()), home=str(folders.home.absolute()), lock=folders.lock,
            flush_seconds=flush_seconds, tells_stats=on_stats is not None,
        )  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None
        self._receiving: threading.Thread | None = None
        self._committed_seq = 0
        self._told_seq = 0
        """The step up to which statistics have been passed on, however often they come again."""
        self._starts = 0
        self._lock = threading.Lock()
        """Held while one process takes the place of another."""
        self._is_ending = False

    @property
    def pid(self) -> int | None:
        """The recorder's process id, once it has been started."""
        return None if self._process is None else self._process.pid

    @property
    def is_behind(self) -> bool:
        """Whether sources that can wait should wait."""
        return not self.missed and self._committed_seq - self.last_seq > LAG_STEPS_MAX

    def observe(self, steps: Sequence[Step]) -> None:
        """Notify it that these steps are in the journal; never waits."""
        if self._process is None and not self.missed:
            self._start()
        self._committed_seq = steps[-1].seq
        self._notify(COMMITTED)

    def close(self) -> None:
        """Let it write the rest, and wait for it."""
        if self._process is None and not self.missed:
            self._start()
        if self._process is not None and self._receiving is not None:
            self._end(self._process)
            self._receiving.join()
        self._folders.release()

    def _start(self) -> None:
        process = self._begin()
        if process is not None:
            self._receiving = threading.Thread(target=self._follow, args=(process,), name="recorder", daemon=True)
            self._receiving.start()

    def _begin(self) -> subprocess.Popen[bytes] | None:
        """Start a process; None if that cannot be done."""
        task = msgspec.json.encode(self._task).decode()
        self._starts += 1
        try:
            process = self._process = start(_MODULE, task, first=_FIRST, handles=(self._task.lock,))
        except OSError as error:
            self._fail(f"cannot be started: {error}")
            return None
        assert process.stdin is not None
        os.set_blocking(process.stdin.fileno(), False)
        return process

    def _notify(self, notice: bytes) -> None:
        with self._lock:
            if self._process is not None and not self.missed:
                notify(self._process, notice)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Say that the session has ended; a recorder that dies from here on is not started again."""
        with self._lock:
            self._is_ending = True
            process = self._process or process
            if process.stdin is not None and not process.stdin.closed:
                os.set_blocking(process.stdin.fileno(), True)
                notify(process, ENDED)

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        """Take in what a recorder tells, and start another in the place of one that dies."""
        followed: subprocess.Popen[bytes] | None = process
        while followed is not None:
            self._receive(followed)
            code = followed.wait()
            with self._lock:
                assert followed.stdin is not None
                followed.stdin.close()
                followed = self._next(followed.pid, code)

    def _next(self, pid: int, code: int) -> subprocess.Popen[bytes] | None:
        """Return the recorder that goes on after one that has ended; None if there is none."""
        if self.missed or (self.stats is not None and not code):
            return None
        why = f"its process {pid} ended with {code}"
        if self._is_ending or self._starts >= STARTS_MAX:
            self._fail(why)
            return None
        log.warning("the recorder died and is started again: it reads the journal from its beginning", error=why)
        self.last_seq, self.trouble = 0, ""
        return self._begin()

    def _receive(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for message in CODEC.receive(process.stdout.fileno()):
            match message:
                case Progressed():
                    self.last_seq = message.seq
                    self._told_seq = max(self._told_seq, message.seq)
                case Stats():
                    if self._on_stats is not None and self.last_seq >= self._told_seq:
                        self._on_stats(message.stats)
                case WriteFailed():
                    self._report_trouble(message.text)
                case Note():
                    if message.text not in self.notes:
                        self.notes.append(message.text)
                        log.warning(message.text)
                case Closed():
                    self.stats = message.stats
                case Failed():
                    self._fail(message.text)
        process.stdout.close()

    def _report_trouble(self, text: str) -> None:
        self.trouble = text
        if text:
            log.warning("session files cannot be written; the journal has everything", error=text)
        else:
            log.info("session files are written again")

    def _fail(self, why: str) -> None:
        self.missed = why
        log.error("the recorder failed: session files are stale until they are rebuilt from the journal", error=why)
