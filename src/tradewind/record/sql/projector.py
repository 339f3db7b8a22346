"""A journal on its way into a database: read, projected, written, each as far as it can be at the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.record.journal.reader import Follower
from tradewind.record.sql.migrate import make_ready
from tradewind.record.sql.projection import Projection

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.sql.database import Database

WAITING_ROWS_MAX = 20_000
"""So many rows wait for the database at most; then the rest waits in the journal."""


class Projector:
    """Follows one journal; what a database lacked for a while is written when it is back."""

    def __init__(self, journal: Path, database: Database) -> None:
        self._journal = journal
        self._database = database
        self._is_ready = False
        self.written = 0
        """The step up to which the database is known to have it."""
        self._begin()

    @property
    def session_id(self) -> str:
        """What the session is called in the database."""
        return self._projection.session_id

    @property
    def taken(self) -> int:
        """The step up to which the journal was read."""
        return self._projection.last_seq

    def read(self) -> bool:
        """Take more from the journal; False if there is nothing new, or no more room before something is written."""
        if len(self._projection.changes) >= WAITING_ROWS_MAX:
            return False
        steps = self._follower.more()
        self._projection.take(steps)
        if self.taken <= self.written:  # after a restart: the database has all of it
            self._projection.changes.clear()
        return bool(steps)

    def write(self) -> None:
        """Write what was taken; raise `DatabaseError` if that cannot be done now, with nothing lost."""
        if not self._is_ready:
            make_ready(self._database)
            self._is_ready = True
            self.written = self._database.position(self.session_id)
        if self.taken <= self.written:
            return
        self._projection.refresh()
        found = self._database.write(self._projection.changes, self.written, self.taken)
        if found < self.written:  # rows were taken away: begin again
            self.written = found
            self._follower.close()
            self._begin()
            return
        self.written = found
        self._projection.changes.clear()

    def catch_up(self) -> int:
        """Read and write until the database has what the journal has; return the last step."""
        while True:
            while self.read():
                pass
            self.write()
            if self.written >= self.taken and not self.read():
                return self.written

    def remarks(self) -> list[str]:
        """Return what people should know: of one journal nothing that an error does not say."""
        return []

    def close(self) -> None:
        """Let go of the journal."""
        self._follower.close()

    def _begin(self) -> None:
        self._follower = Follower(self._journal)
        self._projection = Projection(self._follower.header)
