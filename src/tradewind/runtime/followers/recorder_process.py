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
_MODULE = "tradewind.runtime.followers.recorder_program"
_FIRST = "os.environ.setdefault('POLARS_MAX_THREADS', '1')"

log = structlog.get_logger(__name__)


class RecorderProcess:
    """Starts a recorder with the first steps; if it ends before it is told to, that is reported at once."""

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
            assert self._process.stdin is not None
            os.set_blocking(self._process.stdin.fileno(), True)
            self._notify(ENDED)
            self._receiving.join()
            self._process.stdin.close()
        self._folders.release()

    def _start(self) -> None:
        task = msgspec.json.encode(self._task).decode()
        try:
            self._process = start(_MODULE, task, first=_FIRST, handles=(self._task.lock,))
        except OSError as error:
            self._fail(f"cannot be started: {error}")
            return
        assert self._process.stdin is not None
        os.set_blocking(self._process.stdin.fileno(), False)
        self._receiving = threading.Thread(target=self._receive, args=(self._process,), name="recorder", daemon=True)
        self._receiving.start()

    def _notify(self, notice: bytes) -> None:
        if self._process is not None and not self.missed:
            notify(self._process, notice)

    def _receive(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for message in CODEC.receive(process.stdout.fileno()):
            match message:
                case Progressed():
                    self.last_seq = message.seq
                case Stats():
                    if self._on_stats is not None:
                        self._on_stats(message.stats)
                case WriteFailed():
                    self._report_trouble(message.text)
                case Note():
                    self.notes.append(message.text)
                    log.warning(message.text)
                case Closed():
                    self.stats = message.stats
                case Failed():
                    self._fail(message.text)
        process.stdout.close()
        code = process.wait()
        if not self.missed and (self.stats is None or code):
            self._fail(f"its process {process.pid} ended with {code}")

    def _report_trouble(self, text: str) -> None:
        self.trouble = text
        if text:
            log.warning("session files cannot be written; the journal has everything", error=text)
        else:
            log.info("session files are written again")

    def _fail(self, why: str) -> None:
        self.missed = why
        log.error("the recorder failed: session files are stale until they are rebuilt from the journal", error=why)
