"""Files that say, by being locked, that the process which has a lease lives: the system unlocks them when it dies."""

from __future__ import annotations

import fcntl
import hashlib
import os
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

NAME_MAX = 120
"""Bytes of a file's name that an account may have; a session of many symbols has a long one."""


class SignsOfLife:
    """The signs of one folder: a file for each account and token; those of this process are open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ours: dict[tuple[str, int], int] = {}

    def give(self, account: str, token: int) -> None:
        """Show that we live, for as long as we do; `BlockingIOError` if another process shows it for this token."""
        handle = os.open(self._path(account, token), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise
        self._ours[account, token] = handle

    def take_down(self, account: str, token: int) -> None:
        """Take our sign away, if there is one."""
        handle = self._ours.pop((account, token), None)
        if handle is not None:
            self._path(account, token).unlink(missing_ok=True)
            os.close(handle)

    def is_dead(self, account: str, token: int) -> bool | None:
        """Tell whether a holder's process has ended; None without a sign, for then nobody knows."""
        try:
            handle = os.open(self._path(account, token), os.O_RDWR)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(handle)

    def clear_below(self, account: str, token: int) -> None:
        """Take away the signs of the dead before this token.

        Only when the lease of this token is in the file: a process that dies between the two must leave the sign by
        which the next one knows that the holder of that row has died.
        """
        for each in self.tokens(account):
            if each < token and self.is_dead(account, each):
                self._path(account, each).unlink(missing_ok=True)

    def tokens(self, account: str) -> list[int]:
        """Return the tokens of an account that have signs."""
        return sorted(int(path.suffixes[-2][1:]) for path in self._folder.glob(f"{_encoded(account)}.*.alive"))

    def _path(self, account: str, token: int) -> Path:
        return self._folder / f"{_encoded(account)}.{token}.alive"


def _encoded(account: str) -> str:
    """Return a file's name for an account, a different one for each; a long one ends in what tells it from others."""
    name = quote(account, safe=" ,")
    return name if len(name) <= NAME_MAX else f"{name[:NAME_MAX]}~{hashlib.sha256(account.encode()).hexdigest()[:24]}"
