"""The database against the journals: made again from them, and compared with them."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import insert

from tradewind.domain.money import plain
from tradewind.record.journal.reader import last_seq, read, read_header
from tradewind.record.sql.columns import METADATA
from tradewind.record.sql.migrate import check_ready, make_ready
from tradewind.record.sql.projection import Projection
from tradewind.record.sql.projector import WAITING_ROWS_MAX
from tradewind.record.sql.statements import put, unhurried
from tradewind.record.sql.tables import PROJECTIONS

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from pathlib import Path

    from sqlalchemy import Table

    from tradewind.record.sql.changes import Row
    from tradewind.record.sql.database import Database

BATCH_STEPS = 2_000


class Difference(msgspec.Struct, frozen=True):
    """The first place where the database is not what the journal says."""

    table: str
    key: str
    """The row's key, as `position_id=3`."""
    column: str
    """Empty where the whole row is there too much or too little."""
    journal: str
    database: str

    def __str__(self) -> str:
        where = f"{self.table} {self.key}".rstrip()
        what = f"{where}, {self.column}" if self.column else where
        return f"{what}: the journal says {self.journal}, the database {self.database}"


class Verified(msgspec.Struct, frozen=True):
    """What a comparison has found."""

    session_id: str
    written: int
    """The step up to which the database has the session; what comes after is not compared."""
    steps: int
    """The last step of the journal."""
    rows: int
    difference: Difference | None

    @property
    def missing(self) -> int:
        """How many steps the database does not have yet."""
        return self.steps - self.written


def rebuild(journal: Path, database: Database) -> tuple[str, int]:
    """Take a session's rows away and write them again, in one transaction; return its name and last step.

    A projector that writes the same session at the same time notices, and goes on from there.
    """
    make_ready(database)
    projection = Projection(read_header(journal))
    session_id, changes = projection.session_id, projection.changes
    with database.transaction() as connection:
        unhurried(connection)
        database.forget(connection, session_id)
        connection.execute(insert(PROJECTIONS).values(session_id=session_id, seq=0))
        steps = read(journal)
        while batch := list(islice(steps, BATCH_STEPS)):
            projection.take(batch)
            if len(changes) >= WAITING_ROWS_MAX:
                put(connection, changes)
                changes.clear()
        projection.refresh()
        put(connection, changes)
        connection.execute(
            PROJECTIONS.update().where(PROJECTIONS.c.session_id == session_id).values(seq=projection.last_seq)
        )
    return session_id, projection.last_seq


def verify(journal: Path, database: Database) -> Verified:
    """Compare the rows of a session with what its journal says up to the step that the database is at."""
    check_ready(database)
    projection = Projection(read_header(journal))
    written, rows = database.read(projection.session_id)
    steps = islice(read(journal), written)
    while batch := list(islice(steps, BATCH_STEPS)):
        projection.take(batch)
    if written:
        projection.refresh()
    count, difference = 0, None
    for table in METADATA.sorted_tables:
        if table is PROJECTIONS:
            continue
        expected = {_key(table, row): row for row in projection.changes.rows.get(table.name, {}).values()}
        found = {_key(table, row): row for row in rows[table.name]}
        count += len(found)
        difference = difference or next(_differences(table, expected, found), None)
    return Verified(projection.session_id, written, last_seq(journal), count, difference)


def _differences(table: Table, expected: dict[Hashable, Row], found: dict[Hashable, Row]) -> Iterator[Difference]:
    for key in sorted(expected.keys() | found.keys(), key=str):
        ours, theirs = expected.get(key), found.get(key)
        name = _named(table, ours or theirs or {})
        if ours is None or theirs is None:
            there, lacks = "a row", "none"
            yield Difference(str(table.name), name, "", *((there, lacks) if theirs is None else (lacks, there)))
            continue
        for column in table.columns:
            if ours[column.name] != theirs[column.name]:
                yield Difference(
                    str(table.name), name, str(column.name), _shown(ours[column.name]), _shown(theirs[column.name])
                )


def _key(table: Table, row: Row) -> Hashable:
    return tuple(row[column.name] for column in table.primary_key.columns)


def _named(table: Table, row: Row) -> str:
    names = (column.name for column in table.primary_key.columns if column.name != "session_id")
    return " ".join(f"{name}={row[name]}" for name in names)


def _shown(value: Any) -> str:  # noqa: ANN401 - whatever a column holds
    if value is None:
        return "nothing"
    return plain(value) if isinstance(value, Decimal) else repr(value)
