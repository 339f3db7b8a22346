"""Leases in one SQLite file: who acts for an account, among the processes of one machine.

Times are those of the clock that counts from the machine's start and goes on while it sleeps, so nobody who sets a
clock can move them. Beside the file each holder keeps a small one of its own locked: the system lets go of it when
the process dies, so a dead holder is known at once, and only one that stands still is waited for.

A row of another start of the machine, or of another machine that shares the folder, has times that mean nothing
here. Such a lease is watched: if it is not renewed for as long as it was taken for, it has ended.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import LeaseHeld, LeaseLost, LeaseUnreachable
from tradewind.domain.lease import Holder
from tradewind.domain.time import NS_PER_SECOND
from tradewind.record.lease.liveness import SignsOfLife

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILE = "leases.sqlite"
BUSY_SECONDS = 2.0
"""How long another process may be writing."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_TABLE = """
CREATE TABLE IF NOT EXISTS lease(
  account TEXT PRIMARY KEY, token INTEGER NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, since TEXT NOT NULL,
  boot TEXT NOT NULL, expires INTEGER NOT NULL, seconds REAL NOT NULL, renewals INTEGER NOT NULL
) WITHOUT ROWID
"""
_COLUMNS = "token, host, pid, since, boot, expires, seconds, renewals"
RELEASED = -1
"""The time of expiry of a lease that was let go."""


def boot_ns() -> int:
    """Return nanoseconds since the machine's start, the time in which it slept included."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def boot_id() -> str:
    """Return what is different after each start of the machine; empty where the system does not say."""
    return _BOOT_ID.read_text(encoding="ascii").strip() if _BOOT_ID.exists() else ""


class SqliteLeases:
    """The leases of one folder (port `LeaseStore`); used by one thread at a time, which may change."""

    def __init__(self, folder: Path, *, clock: Callable[[], int] = boot_ns, boot: str | None = None) -> None:
        self._folder = folder
        self._clock = clock
        self._boot = boot_id() if boot is None else boot
        self._using = threading.Lock()
        self._signs = SignsOfLife(folder)
        self._seen: dict[str, tuple[tuple[int, int], int]] = {}
        """Of a lease from elsewhere: its token and renewals, and since when they have been these."""
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise LeaseUnreachable(f"cannot make {folder}: {error.strerror}", {"path": str(folder)}, error) from error
        with self._mapped():
            self._database = sqlite3.connect(
                folder / FILE, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS
            )
            # A renewal need not outlive a power cut, a token must: `take` waits for the disk.
            for pragma in ("journal_mode = WAL", "synchronous = NORMAL"):
                self._database.execute(f"PRAGMA {pragma}")
            self._database.execute(_TABLE)

    def take(self, account: str, holder: Holder, seconds: float) -> int:
        """Return the token under which the lease is the caller's; raise `LeaseHeld`, which says whose it is."""
        return self._taken(account, holder, seconds, self._highest)

    def seize(self, account: str, holder: Holder, seconds: float) -> int:
        """Take it from whoever has it: its holder's next renewal raises `LeaseLost`."""
        return self._taken(account, holder, seconds, self._highest_of_any)

    def _taken(self, account: str, holder: Holder, seconds: float, highest: Callable[[str], int]) -> int:
        with self._using, self._mapped():
            self._database.execute("PRAGMA synchronous = FULL")
            with self._transaction() as execute:
                token = highest(account) + 1
                expires = self._clock() + int(seconds * NS_PER_SECOND)
                execute(
                    f"INSERT OR REPLACE INTO lease(account, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",  # noqa: S608 - our own columns
                    (account, token, holder.host, holder.pid, holder.since, self._boot, expires, seconds),
                )
                self._signs.give(account, token)
            self._database.execute("PRAGMA synchronous = NORMAL")
            with self._transaction():
                self._signs.clear_below(account, token)
            return token

    def renew(self, account: str, token: int, seconds: float) -> None:
        """Keep it for so long from now; raise `LeaseLost` if it is not under this token any more."""
        with self._using, self._mapped(), self._transaction() as execute:
            row = self._row(account)
            if row is None or row["token"] != token or row["expires"] == RELEASED:
                raise LeaseLost(f"the lease of {account} is not ours any more: {_whose(row)}")
            expires = self._clock() + int(seconds * NS_PER_SECOND)
            execute("UPDATE lease SET expires = ?, renewals = renewals + 1 WHERE account = ?", (expires, account))

    def release(self, account: str, token: int) -> None:
        """Let it go, if it is still under this token."""
        with self._using, self._mapped():
            with self._transaction() as execute:
                execute("UPDATE lease SET expires = ? WHERE account = ? AND token = ?", (RELEASED, account, token))
            self._signs.take_down(account, token)

    def close(self) -> None:
        """Let go of the file; leases that were not released end with the process, or when their time is over."""
        self._database.close()

    def _highest(self, account: str) -> int:
        """Return the highest token that was ever given; raise `LeaseHeld` if its holder may act."""
        row = self._row(account)
        if row is not None:
            self._refuse_if_held(account, row)
            return int(row["token"])
        # A new file, or one that somebody took away: then those who took their leases from the old one still live.
        tokens = self._signs.tokens(account)
        for token in tokens:
            if not self._signs.is_dead(account, token):
                raise LeaseHeld(
                    f"{account} is traded by another engine: token {token}, of a file of leases that is gone",
                    certain=True, context={"token": token},
                )  # fmt: skip
        return max(tokens, default=0)

    def _highest_of_any(self, account: str) -> int:
        """Return the highest token that was ever given, whoever has it."""
        row = self._row(account)
        return max(0 if row is None else int(row["token"]), *self._signs.tokens(account), 0)

    def _refuse_if_held(self, account: str, row: dict[str, Any]) -> None:
        if row["expires"] == RELEASED:
            return
        if row["boot"] == self._boot:
            is_dead = self._signs.is_dead(account, row["token"])
            certain, ended = is_dead is False, self._clock() >= row["expires"] or is_dead is True
        else:
            certain, ended = self._watch(account, row)
        if not ended:
            raise LeaseHeld(
                f"{account} is traded by another engine: {_whose(row)}",
                certain=certain,
                context={"token": row["token"]},
            )

    def _watch(self, account: str, row: dict[str, Any]) -> tuple[bool, bool]:
        """Look at a lease whose times mean nothing here; return (it is renewed, it has ended)."""
        state, now = (row["token"], row["renewals"]), self._clock()
        seen = self._seen.get(account)
        if seen is None or seen[0] != state:
            self._seen[account] = state, now
            return seen is not None, False
        return False, now - seen[1] >= row["seconds"] * NS_PER_SECOND

    def _row(self, account: str) -> dict[str, Any] | None:
        found = self._database.execute(f"SELECT {_COLUMNS} FROM lease WHERE account = ?", (account,)).fetchone()  # noqa: S608 - our own columns
        return None if found is None else dict(zip(_COLUMNS.split(", "), found, strict=True))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Callable[..., object]]:
        execute = self._database.execute
        execute("BEGIN IMMEDIATE")
        try:
            yield execute
        except BaseException:
            execute("ROLLBACK")
            raise
        execute("COMMIT")

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            path = self._folder / FILE
            raise LeaseUnreachable(
                f"the leases in {path} cannot be used: {error}", {"path": str(path)}, error
            ) from error


def _whose(row: dict[str, Any] | None) -> str:
    if row is None:
        return "nobody has it"
    if row["expires"] == RELEASED:
        return "it was let go"
    return f"{Holder(row['host'], row['pid'], row['since'])} (token {row['token']})"
