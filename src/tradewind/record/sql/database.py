"""The operational database itself: connections, transactions, and rows that are put where their key says.

Whatever goes wrong in it comes out as `DatabaseError`, without a password.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, delete, event, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from tradewind.domain.errors import DatabaseError
from tradewind.record.sql import tables, tables_account, tables_breakers, tables_events, tables_risk
from tradewind.record.sql.columns import METADATA
from tradewind.record.sql.statements import put

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Connection

    from tradewind.record.sql.address import Address
    from tradewind.record.sql.changes import Changes, Row

LOCK_SECONDS = 5.0
"""How long a transaction waits for another's lock before it is an error, to be tried again."""
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 20
"""How long one statement may take, but for those of `unhurried`."""
_POSITIONS = tables.PROJECTIONS
TABLES = (*tables.ALL, *tables_account.ALL, *tables_events.ALL, *tables_breakers.ALL, *tables_risk.ALL)
"""All of them, in the order in which they are documented."""
_READS = "tradewind_reads"
"""The option of a connection that says what its next transaction is for."""


class Database:
    """One database, with one connection that is opened when it is needed and forgotten when it broke."""

    def __init__(self, address: Address, *, lock_seconds: float = LOCK_SECONDS) -> None:
        self.address = address
        self._lock_seconds = lock_seconds
        self._connection: Connection | None = None
        self._engine = create_engine(
            address.url, poolclass=NullPool, hide_parameters=True, connect_args=self._arguments(),
        )  # fmt: skip
        if address.is_file:
            event.listen(self._engine, "connect", _prepare)
            event.listen(self._engine, "begin", _begin)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Do all or nothing; raise `DatabaseError` if it could not be done."""
        with self._mapped():
            if self.address.is_file:
                self.address.path.parent.mkdir(parents=True, exist_ok=True)
            with self._connected(reads=False).begin():
                yield self._connected(reads=False)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Look at what stands there at one moment, also while others write; an absent file is not made."""
        if self.address.is_file and not self.address.path.exists():
            raise DatabaseError(
                f"there is no database at {self.address}",
                {"database": str(self.address), "fix": "`tradewind db migrate` makes one, `db rebuild` fills it"},
            )
        with self._mapped():
            connection = self._connected(reads=True)
            with connection.begin():
                if not self.address.is_file:
                    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield connection

    def close(self) -> None:
        """Let go of it."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                connection.close()
        self._engine.dispose()

    def position(self, session_id: str) -> int:
        """Return the step up to which a session is written; 0 if none is."""
        with self.reading() as connection:
            return _position(connection, session_id)

    def write(self, changes: Changes, base: int, last: int) -> int:
        """Write what steps up to `last` brought, if the session is written up to `base`; return where it stands then.

        Rows and position move in one transaction. Where another has written more, or rows were taken away, nothing
        is done, and the answer says so: it is not `last`, unless that other came just as far.
        """
        with self.transaction() as connection:
            found = _locked_position(connection, changes.session_id)
            if not base <= found < last:
                return found
            # Another may have written some of it: those rows are put once more, as they stand at `last`.
            put(connection, changes)
            of_session = _POSITIONS.c.session_id == changes.session_id
            connection.execute(update(_POSITIONS).where(of_session).values(seq=last))
            return last

    def forget(self, connection: Connection, session_id: str) -> None:
        """Take a session's rows away, its position too."""
        for table in METADATA.sorted_tables:
            connection.execute(delete(table).where(table.c.session_id == session_id))

    def read(self, session_id: str) -> tuple[int, dict[str, list[Row]]]:
        """Return the step up to which a session is written, and its rows by table, as of one moment."""
        with self.reading() as connection:
            return _position(connection, session_id), {
                table.name: [
                    dict(row)
                    for row in connection.execute(select(table).where(table.c.session_id == session_id)).mappings()
                ]
                for table in METADATA.sorted_tables
                if table is not _POSITIONS
            }

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        with self.reading() as connection:
            return {
                table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
                for table in METADATA.sorted_tables
            }

    def sessions(self) -> Sequence[tuple[str, int]]:
        """Return every session with the step up to which it is written, by name."""
        query = select(_POSITIONS.c.session_id, _POSITIONS.c.seq).order_by(_POSITIONS.c.session_id)
        with self.reading() as connection:
            return [(str(name), int(seq)) for name, seq in connection.execute(query)]

    def _connected(self, *, reads: bool) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection.execution_options(**{_READS: reads})

    def _arguments(self) -> dict[str, Any]:
        if self.address.is_file:
            return {"timeout": self._lock_seconds, "isolation_level": None}
        waits = f"-c lock_timeout={int(self._lock_seconds * 1000)} -c statement_timeout={STATEMENT_SECONDS * 1000}"
        return {"connect_timeout": CONNECT_SECONDS, "application_name": "tradewind", "options": waits}

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, OSError) as error:
            self.close()  # whatever the connection's state is, the next one begins clean
            raise DatabaseError(
                f"the database {self.address}: {self.address.without_secrets(_told(error))}",
                {"database": str(self.address)},
            ) from None


def _position(connection: Connection, session_id: str) -> int:
    query = select(_POSITIONS.c.seq).where(_POSITIONS.c.session_id == session_id)
    return int(connection.execute(query).scalar() or 0)


def _locked_position(connection: Connection, session_id: str) -> int:
    """Return a session's position, and keep others from moving it; SQLite has one writer anyway."""
    query = select(_POSITIONS.c.seq).where(_POSITIONS.c.session_id == session_id).with_for_update()
    found = connection.execute(query).scalar()
    if found is None:
        connection.execute(insert(_POSITIONS).values(session_id=session_id, seq=0))  # two at once: one of them fails
        return 0
    return int(found)


def _prepare(connection: Any, _: object) -> None:  # noqa: ANN401 - a connection of sqlite3
    """Let readers read while rows are written; after a power cut the last transactions may be missing, never half."""
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Begin a transaction of SQLite: one that writes asks for the lock first, not in its middle."""
    reads = connection.get_execution_options().get(_READS)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _told(error: Exception) -> str:
    """Return the database's own words, on one line, without our statement and its values."""
    return " ".join(str(getattr(error, "orig", None) or error).split())
