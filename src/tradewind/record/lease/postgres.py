"""Leases in PostgreSQL: who acts for an account, among engines on any number of machines (extra `sql`).

The row is the truth, and its times are the server's, so no machine's clock matters. Beside it the holder's connection
has an advisory lock, which the server lets go of when that connection ends: a holder whose lock is there is alive, or
stands still; one whose lock is gone has died or is cut off, and is waited for until its time is over.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, LiteralString

from tradewind.domain.errors import AccountHalted, ConfigError, LeaseHeld, LeaseLost, LeaseUnreachable
from tradewind.domain.lease import Holder
from tradewind.record.lease.halts import HaltFlag

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

ANSWER_SECONDS = 5
"""The longest that a connection, or an answer, may take."""
LOCK_SECONDS = 2.0
"""How long an ended connection's lock may linger."""
_TABLE = """
CREATE TABLE IF NOT EXISTS tradewind_lease(
  account text PRIMARY KEY, token bigint NOT NULL, host text NOT NULL, pid integer NOT NULL, since text NOT NULL,
  expires timestamptz NOT NULL, backend integer NOT NULL
)
"""
_HALTS = """
CREATE TABLE IF NOT EXISTS tradewind_halt(
  account text PRIMARY KEY, name text NOT NULL, reason text NOT NULL, operator text NOT NULL, since text NOT NULL,
  lifted_at text, lifted_by text, lift_reason text
)
"""
_MAKING = 0x7472616465
"""The lock of whoever makes the table: two at once would meet in the catalogue."""
_LOCK = "hashtextextended('tradewind lease ' || %s, 0)"


class PostgresLeases:
    """The leases of one database (port `LeaseStore`); used by one thread at a time, which may change."""

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise ConfigError("lease.url needs the extra sql: pip install 'tradewind[sql]'") from error
        self._module = psycopg
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._using = threading.Lock()
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def take(self, account: str, holder: Holder, seconds: float) -> int:
        """Return the token under which the lease is the caller's; raise `LeaseHeld`, which says whose it is."""
        with self._using, self._mapped():
            connection = self._open()
            with connection.transaction():
                for flag in self._flags("account = %s", account):
                    raise AccountHalted(str(flag), {"halt": flag.name})
                row = self._row(account)
                if row is not None and not row[5]:
                    self._refuse(account, row)
                if not self._lock(account, None if row is None else row[4]):
                    raise LeaseHeld(
                        f"{account}: the time of {_whose(row)} is over, but its connection cannot be ended",
                        certain=True,
                    )
                token = 1 if row is None else row[0] + 1
                self._write(account, token, holder, seconds)
            return int(token)

    def seize(self, account: str, holder: Holder, seconds: float) -> int:
        """Take it from whoever has it: its holder's connection is ended, its next renewal raises `LeaseLost`."""
        with self._using, self._mapped():
            connection = self._open()
            with connection.transaction():
                row = self._row(account)
                self._lock(account, None if row is None else row[4])
                token = 1 if row is None else row[0] + 1
                self._write(account, token, holder, seconds)
            return int(token)

    def halt(self, flag: HaltFlag) -> None:
        """Keep every engine, on whatever machine, from taking an account; one that is halted stays as it is."""
        with self._using, self._mapped():
            self._open()
            self._execute(
                "INSERT INTO tradewind_halt VALUES (%s, %s, %s, %s, %s) ON CONFLICT (account) DO UPDATE SET "
                "reason = excluded.reason, operator = excluded.operator, since = excluded.since, lifted_at = NULL, "
                "lifted_by = NULL, lift_reason = NULL WHERE tradewind_halt.lifted_at IS NOT NULL",
                flag.account, flag.name, flag.reason, flag.operator, flag.since,
            )  # fmt: skip

    def halts(self) -> list[HaltFlag]:
        """Return the accounts that are halted."""
        with self._using, self._mapped():
            self._open()
            return self._flags("account <> %s", "")

    def lift(self, name: str, reason: str, operator: str, at: str) -> HaltFlag | None:
        """Take a halt back, and keep who did; None if there is none of this name."""
        with self._using, self._mapped():
            self._open()
            found = self._flags("name = %s", name)
            self._execute(
                "UPDATE tradewind_halt SET lifted_at = %s, lifted_by = %s, lift_reason = %s "
                "WHERE name = %s AND lifted_at IS NULL",
                at, operator, reason, name,
            )  # fmt: skip
            return found[0] if found else None

    def _flags(self, where: LiteralString, value: object) -> list[HaltFlag]:
        rows = self._execute(
            f"SELECT name, account, reason, operator, since FROM tradewind_halt WHERE lifted_at IS NULL AND {where} "  # noqa: S608
            "ORDER BY name",
            value,
        )  # fmt: skip
        return [HaltFlag(*row) for row in rows.fetchall()]

    def _write(self, account: str, token: int, holder: Holder, seconds: float) -> None:
        self._execute(
            "INSERT INTO tradewind_lease VALUES (%s, %s, %s, %s, %s, "
            "clock_timestamp() + make_interval(secs => %s), pg_backend_pid()) ON CONFLICT (account) DO UPDATE "
            "SET token = excluded.token, host = excluded.host, pid = excluded.pid, since = excluded.since, "
            "expires = excluded.expires, backend = excluded.backend",
            account, token, holder.host, holder.pid, holder.since, seconds,
        )  # fmt: skip

    def renew(self, account: str, token: int, seconds: float) -> None:
        """Keep it for so long from now; raise `LeaseLost` if it is not under this token any more."""
        with self._using, self._mapped():
            is_new = self._connection is None or self._connection.closed
            connection = self._open()
            with connection.transaction():
                row = self._row(account)
                if row is None or row[0] != token:
                    raise LeaseLost(f"the lease of {account} is not ours any more: {_whose(row)}")
                if is_new and not self._lock(account, row[4]):
                    raise LeaseUnreachable(f"the lock of {account} is held by a connection of ours that was cut")
                self._execute(
                    "UPDATE tradewind_lease SET expires = clock_timestamp() + make_interval(secs => %s), "
                    "backend = pg_backend_pid() WHERE account = %s",
                    seconds, account,
                )  # fmt: skip

    def release(self, account: str, token: int) -> None:
        """Let it go, if it is still under this token."""
        with self._using, self._mapped():
            self._open()
            self._execute(
                "UPDATE tradewind_lease SET expires = '-infinity' WHERE account = %s AND token = %s", account, token
            )
            self._execute(f"SELECT pg_advisory_unlock({_LOCK})", account)

    def close(self) -> None:
        """End the connection, and its locks with it."""
        if self._connection is not None:
            self._connection.close()

    def _open(self) -> psycopg.Connection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = self._module.connect(
                self._url,
                autocommit=True,
                connect_timeout=ANSWER_SECONDS,
                tcp_user_timeout=ANSWER_SECONDS * 1000,
                options=f"-c statement_timeout={ANSWER_SECONDS * 1000} -c lock_timeout={ANSWER_SECONDS * 1000}",
                application_name="tradewind lease",
            )
            with self._connection.transaction():
                self._execute("SELECT pg_advisory_xact_lock(%s)", _MAKING)
                self._execute(_TABLE)
                self._execute(_HALTS)
        return self._connection

    def _execute(self, statement: LiteralString, *values: object) -> psycopg.Cursor[tuple[Any, ...]]:
        assert self._connection is not None
        return self._connection.execute(statement, values)

    def _row(self, account: str) -> tuple[Any, ...] | None:
        """Return (token, host, pid, since, backend, whether its time is over), and hold the row until the commit."""
        return self._execute(
            "SELECT token, host, pid, since, backend, expires <= clock_timestamp() FROM tradewind_lease "
            "WHERE account = %s FOR UPDATE",
            account,
        ).fetchone()

    def _refuse(self, account: str, row: tuple[Any, ...]) -> None:
        lives = not self._try_lock(account)
        if not lives:
            self._execute(f"SELECT pg_advisory_unlock({_LOCK})", account)
        raise LeaseHeld(
            f"{account} is traded by another engine: {_whose(row)}", certain=lives, context={"token": row[0]}
        )

    def _try_lock(self, account: str) -> bool:
        row = self._execute(f"SELECT pg_try_advisory_lock({_LOCK})", account).fetchone()
        return row is not None and bool(row[0])

    def _lock(self, account: str, backend: int | None) -> bool:
        """Take the lock; the connection of a holder that has no right to it any more is ended."""
        end = time.monotonic() + LOCK_SECONDS
        while not self._try_lock(account):
            if backend is None or time.monotonic() >= end:
                return False
            # Only a connection that has this very lock: numbers of backends are used again.
            self._execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid = %s "  # noqa: S608
                f"AND granted AND ((classid::bigint << 32) | objid::bigint) = {_LOCK}",
                backend, account,
            )  # fmt: skip
            time.sleep(0.05)
        return True

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except self._module.Error as error:
            if self._connection is not None:
                self._connection.close()
            # The text of a failure to connect names host, port and user, never the password.
            raise LeaseUnreachable(f"the leases in PostgreSQL cannot be used: {str(error).strip()}") from error


def _whose(row: tuple[Any, ...] | None) -> str:
    return "nobody has it" if row is None else f"{Holder(row[1], row[2], row[3])} (token {row[0]})"
