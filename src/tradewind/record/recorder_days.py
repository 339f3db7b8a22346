"""The files of one day of a session, and when each is written again.

A file is written whole. How often follows its size, so that the work of writing stays in proportion to
what there is to write: a small table whenever it changed, a large one when it has grown by a tenth, and
none is older than a minute.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_SECOND, TimeNs
from tradewind.record.catalog_files import write_whole
from tradewind.record.tables import SPECS, Table

if TYPE_CHECKING:
    from pathlib import Path

SMALL_ROWS = 10_000
GROWTH = 10
"""A large table is due when one row in so many is new."""
STALE_NS = 60 * NS_PER_SECOND
STATS_FILE = "stats.yaml"


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
