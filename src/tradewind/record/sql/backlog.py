"""Earlier sessions that a database lacks, as it was away when they ended: written bit by bit beside the one that runs.

Only those below the same root whose configuration wanted a database; others come with `tradewind db rebuild`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.errors import DatabaseError, TradewindError
from tradewind.record.journal.reader import last_seq, read_header
from tradewind.record.sessions.find import SessionState, each_session
from tradewind.record.sql.projection_names import session_key
from tradewind.record.sql.projector import Projector

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.sessions.find import SessionEntry
    from tradewind.record.sql.database import Database

READS_AT_ONCE = 3
"""Parts of a journal, a few thousand steps each, after which the session that runs has its turn again."""


class Backlog:
    """Finds what is missing, oldest first, and writes it."""

    def __init__(self, root: Path, current: Path, database: Database) -> None:
        self.is_over = False
        self._database = database
        self._waiting = (entry for entry in each_session(root) if _wanted(entry, current))
        self._entry: SessionEntry | None = None
        self._projector: Projector | None = None
        self._remarks: list[str] = []

    def go_on(self) -> bool:
        """Write a bit more; False if nothing is left. Raises `DatabaseError` if it cannot be done now."""
        if self.is_over:
            return False
        if self._entry is None:
            self._entry = next(self._waiting, None)
            self.is_over = self._entry is None
        if self._entry is not None:
            try:
                self._write(self._entry)
            except DatabaseError:
                raise
            except (TradewindError, OSError) as error:
                self._remarks.append(f"the database does not get session {self._entry.name}: {error}")
                self._done()
        return not self.is_over

    def remarks(self) -> list[str]:
        """Return what people should know, each thing once."""
        remarks, self._remarks = self._remarks, []
        return remarks

    def _write(self, entry: SessionEntry) -> None:
        if self._projector is None:
            if self._database.position(session_key(read_header(entry.journal))) >= last_seq(entry.journal):
                self._done()
                return
            self._projector = Projector(entry.journal, self._database)
        is_whole = not all(self._projector.read() for _ in range(READS_AT_ONCE))
        self._projector.write()
        if is_whole and not self._projector.read():
            self._remarks.append(f"session {entry.name} is in the database now: step {self._projector.written}")
            self._done()

    def _done(self) -> None:
        if self._projector is not None:
            self._projector.close()
        self._entry = self._projector = None


def _wanted(entry: SessionEntry, current: Path) -> bool:
    settings = (entry.facts.get("config") or {}).get("database") or {}
    ended = entry.state is not SessionState.RUNNING
    return bool(settings.get("enabled")) and ended and entry.journal.is_file() and entry.journal != current
