"""A session's files made again from its journal alone, by the recorder that made them the first time."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from tradewind.record.events.log import EventLog
from tradewind.record.journal.reader import check, read, read_header
from tradewind.record.sessions.folders import SessionFolders
from tradewind.record.sessions.lineage_stats import stats_before

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.domain.time import TimeNs

BATCH_STEPS = 10_000


class Rebuilt(msgspec.Struct, frozen=True):
    """What was made again."""

    home: str
    days: int
    steps: int


class _NoHurry:
    """A clock that stands still: nobody watches, so files are written when their day is full."""

    def now(self) -> TimeNs:
        """Return always the same."""
        return 0


def rebuild(journal: Path, home: Path | None = None, root: Path | None = None) -> Rebuilt:
    """Write the session's files again, in place or below another root; raise `JournalError` if the journal is damaged.

    `home` is the session's first folder, by default where the journal lies. A running session is refused.
    """
    from tradewind.record.recorder.recorder import SessionRecorder  # with polars, which live sessions do without

    check(journal)  # first: half of a session must not take the place of files that may be whole
    header = read_header(journal)
    folders = SessionFolders.reopen(home or journal.parent, header, root)
    try:
        folders.describe(header, journal)
        there = (home or journal.parent).parent.parent
        recorder = SessionRecorder(folders, header, _NoHurry(), before=stats_before(there, header, []))
        events = EventLog(folders.home, header) if header.by_day else None  # a backtest has none
        steps = read(journal)
        while batch := list(islice(steps, BATCH_STEPS)):
            recorder.observe(batch)
            if events is not None:
                events.observe(batch)
        if events is not None:
            events.close(clean=True)
        recorder.close()
    finally:
        folders.release()
    return Rebuilt(str(folders.home), len(folders.days), recorder.last_seq)
