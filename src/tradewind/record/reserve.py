"""Room on a disk that is kept beside a file, to be given up when the disk is full."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Reserve:
    """So many bytes of a file without a name, which the system takes back when the process dies; 0 are no reserve."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path = path
        self._size = size_bytes
        self._handle = -1

    def fill(self) -> bool:
        """Take the room, if it is not taken; return whether it is. A disk that is too full is no error here."""
        if self._handle >= 0 or not self._size:
            return True
        try:
            self._handle = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
            self._path.unlink()
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(self._handle, 0, self._size)
            else:  # macOS
                os.write(self._handle, bytes(self._size))
        except OSError:
            self.drop()
        return self._handle >= 0

    def drop(self) -> bool:
        """Give the room up; return whether there was any."""
        was, self._handle = self._handle, -1
        if was >= 0:
            os.close(was)
        return was >= 0


def is_full(error: sqlite3.Error) -> bool:
    """Tell whether SQLite may have found no room: the disk is full, or a file of its own could not grow."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
