"""The supervision of a live session, put together: guards, watchdog, and who is told."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradewind.app.config import environment
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.lease.sqlite import boot_ns
from tradewind.runtime.guards import MB, ClockGuard, DiskGuard, LinkGuard
from tradewind.runtime.notify import Notify
from tradewind.runtime.supervisor import Supervisor
from tradewind.runtime.watchdog import Pulse, Watchdog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.app.config import Config
    from tradewind.app.session.files import SessionFiles

EXIT_HUNG = 1
"""As after a crash: whoever looks after the process starts it again."""


@dataclass
class Supervision:
    """What looks after one session."""

    supervisor: Supervisor
    watchdog: Watchdog
    notify: Notify

    def end(self) -> None:
        """Look after it no more."""
        self.watchdog.end()
        self.notify.close()


def supervision_of(config: Config, files: SessionFiles, environ: Mapping[str, str] | None = None) -> Supervision:
    """Put the supervision of a session together; nothing runs yet."""
    settings, environ = config.supervision, environment() if environ is None else environ
    folder, journal = files.journal_path.parent, files.journal
    assert isinstance(journal, SqliteJournal)

    def free_bytes() -> int:
        there = os.statvfs(folder)
        return there.f_bavail * there.f_frsize

    disk = DiskGuard(free_bytes, int(settings.disk_free_min_mb * MB), lambda: journal.is_strained)
    clock = ClockGuard(time.time_ns, boot_ns, settings.clock_jump_seconds, settings.clock_settle_seconds)
    links = LinkGuard(boot_ns, settings.close_only_after_seconds)
    pulse, notify = Pulse(), notify_of(environ)
    watchdog = Watchdog(
        pulse, settings.hang_seconds, notify,
        hung=_end if settings.end_when_hung else lambda _: None,
        feed_seconds=_feed_seconds(environ),
    )  # fmt: skip
    return Supervision(Supervisor((disk, clock), links, pulse, notify, boot_ns), watchdog, notify)


def notify_of(environ: Mapping[str, str] | None = None) -> Notify:
    """Return who tells systemd how it stands, if systemd has started us."""
    return Notify((environment() if environ is None else environ).get("NOTIFY_SOCKET", ""))


def _feed_seconds(environ: Mapping[str, str]) -> float | None:
    """Return how often systemd's own watchdog is to be fed, in seconds: a third of the time that it waits."""
    text = environ.get("WATCHDOG_USEC", "")
    return int(text) / 3_000_000 if text.isdigit() and int(text) else None


def _end(where: str) -> None:
    """End a process whose loop hangs; what was committed is on the disk, and the lease ends by its time."""
    print(f"the loop does not turn, so the process ends:\n{where}", file=sys.stderr, flush=True)
    os._exit(EXIT_HUNG)
