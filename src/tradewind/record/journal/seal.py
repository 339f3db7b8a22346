"""The end of a journal that is gone on from: what it shows now is all that it has, and nobody adds to it.

A writer that was killed in a commit may have put its turn on the disk and not have said so; who opens the file last
would find it then, long after others have gone on without it. Nothing of that turn has left: the commit had not
returned. So whoever goes on writes a seal, in the place where that turn would be.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from tradewind.domain.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

BUSY_SECONDS = 1.0
_REFUSE = """
CREATE TRIGGER IF NOT EXISTS sealed BEFORE INSERT ON turn
BEGIN SELECT RAISE(ABORT, 'the journal is sealed: another session has resumed it'); END
"""


def seal(path: Path, by: str) -> bool:
    """Close a journal for its writer, if there still is one; return whether that was possible.

    It is not while its writer stands still in a commit: that one turn may still be added. Raises `JournalError` where
    the file cannot be written.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)) as database:
            database.execute("PRAGMA synchronous = FULL")
            database.execute("BEGIN IMMEDIATE")
            database.execute("INSERT OR REPLACE INTO meta VALUES ('sealed', ?)", (by,))
            database.execute(_REFUSE)
            database.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise JournalError(f"cannot seal the journal {path}: {error}", {"path": str(path)}, error) from error
    except sqlite3.Error as error:
        raise JournalError(f"cannot seal the journal {path}: {error}", {"path": str(path)}, error) from error
    return True
