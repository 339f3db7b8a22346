"""The files of one day of a session, and when each is written again.

A file is written whole. How often follows its size, so that the work of writing stays in proportion to
what there is to write: a small table whenever it changed, a large one when it has grown by a tenth, and
none is older than a minute.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from tradewind.domain.errors import LocalError
from tradewind.domain.time import NS_PER_SECOND, TimeNs
from tradewind.record.files import NewFile, write_all
from tradewind.record.recorder.tables import SPECS, Table
from tradewind.record.sessions.folders import STATS_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tradewind.record.sessions.folders import SessionFolders

DAYS_KEPT = 4
"""Days in memory; then all but the newest are put away, together, as the disk is waited for once."""
DAYS_KEPT_MAX = 24
"""So many may be there as long as they have few rows."""
ROWS_KEPT = 50_000
"""More rows than this in all are not few."""
SMALL_ROWS = 10_000
GROWTH = 10
"""A large table is due when one row in so many is new."""
STALE_NS = 60 * NS_PER_SECOND


class OpenDays:
    """The days of a session that are held in memory; an older one is read back when a late row comes.

    A day's folder is told in `session.yaml` with the first files that are written into it, and before them.
    """

    def __init__(self, folders: SessionFolders) -> None:
        self._folders = folders
        self._days: dict[str, DayFiles] = {}
        self._put_away: set[str] = set()

    def __len__(self) -> int:
        return len(self._days)

    def get(self, day: str) -> DayFiles:
        """Return the files of a day."""
        files = self._days.get(day)
        return self._open(day) if files is None else files

    def write(self, now: TimeNs) -> None:
        """Write what is due, and put away the days that have waited longest."""
        self._write([file for files in self._days.values() for file in files.due(now)])
        if self._are_many(len(self._days) - 1):
            self._put_away_all_but(1)

    def finish(self) -> None:
        """Write everything as it is to stay."""
        self._put_away_all_but(0)

    def _open(self, day: str) -> DayFiles:
        if self._are_many(len(self._days)):
            with contextlib.suppress(LocalError):  # then they stay in memory; `write` tries again, and says so
                self._put_away_all_but(1)
        files = self._days[day] = DayFiles(self._folders.folder(day), reload=day in self._put_away)
        return files

    def _are_many(self, count: int) -> bool:
        """Tell whether one more day than `count` would be too many to hold."""
        if count < DAYS_KEPT:
            return False
        return count >= DAYS_KEPT_MAX or sum(map(len, self._days.values())) > ROWS_KEPT

    def _put_away_all_but(self, count: int) -> None:
        days = sorted(self._days)[: len(self._days) - count]
        self._write([file for day in days for file in self._days[day].unwritten()])
        for day in days:
            del self._days[day]
            self._put_away.add(day)

    def _write(self, files: list[NewFile]) -> None:
        write_all([*self._folders.untold(), *files])


class DayFiles:
    """Seven tables and a page of statistics, in the folder of one day."""

    def __init__(self, folder: Path, *, reload: bool = False) -> None:
        self.folder = folder
        self.tables = {spec.name: Table(spec, folder / f"{spec.name}.parquet", reload=reload) for spec in SPECS}
        self.stats: str | None = None
        """The page as it is to be written; None when it stands there."""
        self._written: dict[str, TimeNs] = {}

    def __len__(self) -> int:
        return sum(map(len, self.tables.values()))

    def write(self, now: TimeNs) -> None:
        """Write what is due."""
        write_all(list(self.due(now)))

    def finish(self) -> None:
        """Write everything as it is to stay."""
        write_all(list(self.unwritten()))

    def due(self, now: TimeNs) -> Iterator[NewFile]:
        """Return the files that are to be written now."""
        for name, table in self.tables.items():
            if table.unwritten and self._is_due(table, now - self._written.get(name, -STALE_NS)):
                yield table.next().and_then(partial(self._was_written, name, now))
        yield from self._page()

    def unwritten(self) -> Iterator[NewFile]:
        """Return the files that do not stand there as they are to stay."""
        for table in self.tables.values():
            if table.unwritten:
                yield table.next()
        yield from self._page()

    def _page(self) -> Iterator[NewFile]:
        if self.stats is not None:
            text = self.stats
            yield NewFile(
                self.folder / STATS_FILE,
                lambda path: path.write_text(text, encoding="utf-8"),
                self._page_was_written,
            )

    def _was_written(self, name: str, now: TimeNs) -> None:
        self._written[name] = now

    def _page_was_written(self) -> None:
        self.stats = None

    @staticmethod
    def _is_due(table: Table, waited: TimeNs) -> bool:
        return waited >= STALE_NS or len(table) < SMALL_ROWS or table.unwritten * GROWTH >= len(table)
