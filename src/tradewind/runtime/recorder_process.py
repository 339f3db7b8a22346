"""The recorder of a live session, in a process of its own: the session only says that its journal has more.

So the loop shares neither its interpreter nor its disk waits with tables and statistics, and a day's end costs it
nothing. The recorder misses nothing however far it falls behind, as it reads from the journal; a replay is
made to wait for it all the same, so that what it writes is never old.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.record.recorder.recorder import FLUSH_SECONDS
from tradewind.runtime.recorder_words import (
    COMMITTED,
    ENDED,
    Closed,
    Failed,
    Note,
    RecorderTask,
    Stats,
    Taken,
    Trouble,
    heard,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tradewind.domain.step import Step
    from tradewind.record.sessions.folders import SessionFolders
    from tradewind.record.stats.live import LiveTradeStats

LAG_STEPS_MAX = 65_536
"""So far behind the journal, and whoever can wait should wait."""
_MODULE = "tradewind.runtime.recorder_program"
_PROGRAM = (
    "import json, os, sys; os.environ.setdefault('POLARS_MAX_THREADS', '1'); sys.path[:] = json.loads(sys.argv[1]);"
    f"from {_MODULE} import main; main(sys.argv[2])"
)
"""Its own program, not the one that runs here: that may be a script which would trade a second time."""

log = structlog.get_logger(__name__)


class RecorderProcess:
    """Starts a recorder with the first steps; one that ends before it is told to is a failure, and said so at once."""

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
        """Why its files have to be made again; empty as far as one knows."""
        self.trouble = ""
        """Why files could not be written the last time; empty if they could."""
        self.notes: list[str] = []
        """What people should know of its figures, each thing once."""
        self.last_seq = 0
        """The step that it has come to."""
        self.stats: LiveTradeStats | None = None
        """How the session ended, once it has."""
        self._folders = folders
        self._on_stats = on_stats
        self._task = RecorderTask(
            journal=str(journal.absolute()), home=str(folders.home.absolute()), lock=folders.lock,
            flush_seconds=flush_seconds, tells_stats=on_stats is not None,
        )  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None
        self._hearing: threading.Thread | None = None
        self._told_seq = 0

    @property
    def pid(self) -> int | None:
        """The recorder's process, once there is one."""
        return None if self._process is None else self._process.pid

    @property
    def is_behind(self) -> bool:
        """Whether whoever can wait should wait."""
        return not self.missed and self._told_seq - self.last_seq > LAG_STEPS_MAX

    def observe(self, steps: Sequence[Step]) -> None:
        """Say that these steps are in the journal; never waits."""
        if self._process is None and not self.missed:
            self._start()
        self._told_seq = steps[-1].seq
        self._say(COMMITTED)

    def close(self) -> None:
        """Let it write what is left, and wait for it."""
        if self._process is None and not self.missed:
            self._start()
        if self._process is not None and self._hearing is not None:
            assert self._process.stdin is not None
            os.set_blocking(self._process.stdin.fileno(), True)
            self._say(ENDED)
            self._hearing.join()
            self._process.stdin.close()
        self._folders.release()

    def _start(self) -> None:
        command = [sys.executable, "-I", "-c", _PROGRAM, json.dumps(sys.path), msgspec.json.encode(self._task).decode()]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter, our own program
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                pass_fds=(self._task.lock,), start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            self._fail(f"cannot be started: {error}")
            return
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        self._hearing = threading.Thread(target=self._hear, args=(self._process,), name="recorder", daemon=True)
        self._hearing.start()

    def _say(self, word: bytes) -> None:
        if self._process is None or self.missed:
            return
        assert self._process.stdin is not None
        try:
            os.write(self._process.stdin.fileno(), word)
        except BlockingIOError:
            return  # thousands of words wait for it: it will look
        except OSError:
            return  # it is there no more; whoever hears it says so

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for word in heard(process.stdout.fileno()):
            match word:
                case Taken():
                    self.last_seq = word.seq
                case Stats():
                    if self._on_stats is not None:
                        self._on_stats(word.stats)
                case Trouble():
                    self._tell_trouble(word.text)
                case Note():
                    self.notes.append(word.text)
                    log.warning(word.text)
                case Closed():
                    self.stats = word.stats
                case Failed():
                    self._fail(word.text)
        process.stdout.close()
        code = process.wait()
        if not self.missed and (self.stats is None or code):
            self._fail(f"its process {process.pid} ended with {code}")

    def _tell_trouble(self, text: str) -> None:
        self.trouble = text
        if text:
            log.warning("session files cannot be written; the journal has everything", error=text)
        else:
            log.info("session files are written again")

    def _fail(self, why: str) -> None:
        self.missed = why
        log.error("the recorder failed: session files are as they were until they are made from the journal", error=why)
