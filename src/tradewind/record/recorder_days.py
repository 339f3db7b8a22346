"""The files of one day of a session, and when each is written again.

A file is written whole. How often follows its size, so that the work of writing stays in proportion to
what there is to write: a small table whenever it changed, a large one when it has grown by a tenth, and
none is older than a minute.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tradewind.domain.errors import LocalError
from tradewind.domain.time import NS_PER_SECOND, TimeNs
from tradewind.record.catalog_files import write_whole
from tradewind.record.tables import SPECS, Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAYS_KEPT = 4
SMALL_ROWS = 10_000
GROWTH = 10
"""A large table is due when one row in so many is new."""
STALE_NS = 60 * NS_PER_SECOND
STATS_FILE = "stats.yaml"


class OpenDays:
    """The days of a session that are held in memory; an older one is read back when a late row comes."""

    def __init__(self, folder_of: Callable[[str], Path]) -> None:
        self._folder_of = folder_of
        self._days: dict[str, DayFiles] = {}
        self._put_away: set[str] = set()

    def __len__(self) -> int:
        return len(self._days)

    def get(self, day: str) -> DayFiles:
        """Return the files of a day."""
        return self._days.get(day) or self._open(day)

    def write(self, now: TimeNs) -> None:
        """Write what is due, and put away the days that have waited longest."""
        for files in self._days.values():
            files.write(now)
        while len(self._days) > DAYS_KEPT:
            self._finish_oldest()

    def finish(self) -> None:
        """Write everything as it is to stay."""
        while self._days:
            self._finish_oldest()

    def _open(self, day: str) -> DayFiles:
        if len(self._days) >= DAYS_KEPT:
            with contextlib.suppress(LocalError):  # then it stays in memory; `write` tries again, and says so
                self._finish_oldest()
        files = self._days[day] = DayFiles(self._folder_of(day), reload=day in self._put_away)
        return files

    def _finish_oldest(self) -> None:
        day = min(self._days)
        self._days[day].finish()
        del self._days[day]
        self._put_away.add(day)


class DayFiles:
    """Seven tables and a page of statistics, in the folder of one day."""

    def __init__(self, folder: Path, *, reload: bool = False) -> None:
        self.folder = folder
        self.tables = {spec.name: Table(spec, folder / f"{spec.name}.parquet", reload=reload) for spec in SPECS}
        self.stats: str | None = None
        """The page as it is to be written; None when it stands there."""
        self._written: dict[str, TimeNs] = {}

    def write(self, now: TimeNs) -> None:
        """Write what is due."""
        for name, table in self.tables.items():
            if table.unwritten and self._is_due(table, now - self._written.get(name, -STALE_NS)):
                table.write()
                self._written[name] = now
        self._write_page()

    def finish(self) -> None:
        """Write everything as it is to stay."""
        for table in self.tables.values():
            table.finish()
        self._write_page()

    def _write_page(self) -> None:
        if self.stats is not None:
            text = self.stats
            write_whole(self.folder / STATS_FILE, lambda path: path.write_text(text, encoding="utf-8"))
            self.stats = None

    @staticmethod
    def _is_due(table: Table, waited: TimeNs) -> bool:
        return waited >= STALE_NS or len(table) < SMALL_ROWS or table.unwritten * GROWTH >= len(table)
