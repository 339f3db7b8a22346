"""Many journals of one folder on their way into a database: those of live signals, one for each run of each key.

New ones are found as they appear. One is left alone when the database has all of it and the next of its key has begun.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.errors import DatabaseError, JournalError
from tradewind.record.journal.reader import last_seq, read_header
from tradewind.record.sql.migrate import make_ready
from tradewind.record.sql.projection_names import session_key
from tradewind.record.sql.projector import Projector

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tradewind.record.sql.database import Database

PATTERN = "*.db"


class FolderProjector:
    """Writes what the journals below a folder have; `remarks` says which of them cannot be read."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        self._database = database
        self._open: dict[Path, Projector] = {}
        self._done: set[Path] = set()
        self._has_more: set[Path] = set()
        self._refused: dict[Path, str] = {}
        self._told: set[Path] = set()
        self.written = 0
        """How many steps of its journals the database has, as far as they were looked at."""

    def read(self) -> bool:
        """Take more of each journal; False if there is nothing new, or no more room before something is written."""
        self._find()
        self._has_more = {path for path, projector in self._open.items() if projector.read()}
        return bool(self._has_more)

    def write(self) -> None:
        """Write what was taken; raise `DatabaseError` if that cannot be done now, with nothing lost."""
        for path, projector in list(self._open.items()):
            before = projector.written
            projector.write()
            self.written += max(projector.written - before, 0)
            if self._is_over(path) and projector.written >= projector.taken and not projector.read():
                projector.close()
                del self._open[path]
                self._done.add(path)

    def catch_up(self) -> int:
        """Read and write until the database has what the journals have; return how many steps those are."""
        while True:
            more = self.read()
            self.write()
            if not more:
                return self.written

    def remarks(self) -> list[str]:
        """Return what people should know, each thing once."""
        new = {path: why for path, why in self._refused.items() if path not in self._told}
        self._told |= new.keys()
        return [f"the database does not get {path}: {why}" for path, why in new.items()]

    def close(self) -> None:
        """Let go of the journals."""
        for projector in self._open.values():
            projector.close()

    def _find(self) -> None:
        for path in self._new():
            try:
                if self._is_over(path) and self._is_written(path):
                    self._done.add(path)
                else:
                    self._open[path] = Projector(path, self._database)
            except DatabaseError:
                return  # who writes will be told of it
            except JournalError as error:
                if "format" in error.context and error.context["format"] is None:
                    continue  # nothing was committed to it yet
                self._refused[path] = str(error)
                self._done.add(path)

    def _new(self) -> Iterator[Path]:
        known = self._open.keys() | self._done
        return (path for path in sorted(self._folder.rglob(PATTERN)) if path not in known)

    def _is_written(self, path: Path) -> bool:
        make_ready(self._database)
        return self._database.position(session_key(read_header(path))) >= last_seq(path)

    def _is_over(self, path: Path) -> bool:
        """Tell whether the next run of its key has begun."""
        return any(each.name > path.name for each in path.parent.glob(PATTERN))
