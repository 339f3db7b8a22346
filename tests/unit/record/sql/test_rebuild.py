"""The database against the journals: it can be made again, and what differs is named."""

from __future__ import annotations

import contextlib
import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, update

from tests.unit.record.session_steps import header, session
from tradewind.domain.errors import DatabaseError
from tradewind.domain.money import plain
from tradewind.record.journal.writer import SqliteJournal
from tradewind.record.sql.columns import METADATA
from tradewind.record.sql.database import Database
from tradewind.record.sql.projector import Projector
from tradewind.record.sql.rebuild import rebuild, verify

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.sql.changes import Changes

BARS = 120


@pytest.fixture
def journal(journal_path: Path) -> Path:
    return written(journal_path)


def written(path: Path, bars: int = BARS, **changes: Any) -> Path:
    with_steps = SqliteJournal(path, header(**changes), durable=False)
    for step in session(bars):
        with_steps.append(step)
    with_steps.close()
    return path


def project(journal: Path, database: Database) -> str:
    projector = Projector(journal, database)
    projector.catch_up()
    projector.close()
    return projector.session_id


def test_23_2_dropped_and_rebuilt_it_has_the_same_rows(journal: Path, database: Database) -> None:
    """Spec 23.2."""
    session_id = project(journal, database)
    before = database.read(session_id)
    with database.transaction() as connection:
        METADATA.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    assert rebuild(journal, database) == (session_id, before[0])
    assert database.read(session_id) == before
    assert {name for name, rows in before[1].items() if rows} >= {"trading_sessions", "orders", "fills", "trades"}


def test_a_rebuild_leaves_other_sessions_alone(journal: Path, tmp_path: Path, file: Database) -> None:
    first = project(journal, file)
    other = project(written(tmp_path / "other.sqlite", bars=36, session_id="2025-10-02/run_1"), file)
    kept = file.read(other)
    rebuild(journal, file)
    assert file.read(other) == kept
    assert dict(file.sessions()).keys() == {first, other}


def test_two_folders_may_have_sessions_of_one_name(journal: Path, tmp_path: Path, file: Database) -> None:
    other = written(tmp_path / "other.sqlite", bars=36, created="2025-10-01T00:00:00.001Z")
    assert project(journal, file) != project(other, file)
    assert verify(journal, file).difference is None
    assert verify(other, file).difference is None


def test_verify_finds_nothing_where_nothing_differs(journal: Path, file: Database) -> None:
    project(journal, file)
    done = verify(journal, file)
    assert done.difference is None
    assert done.missing == 0
    assert done.rows > BARS // 12


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [("fills", "price", Decimal("1.5")), ("orders", "status", "asleep"), ("trades", "exit_time", 1)],
)
def test_verify_names_what_differs(journal: Path, database: Database, table: str, column: str, value: object) -> None:
    session_id = project(journal, database)
    there = METADATA.tables[table]
    row = database.read(session_id)[1][table][2]
    with database.transaction() as connection:
        same = [there.c[c.name] == row[c.name] for c in there.primary_key.columns]
        connection.execute(update(there).where(*same).values({column: value}))
    found = verify(journal, database).difference
    assert found is not None
    assert (found.table, found.column) == (table, column)
    assert (found.journal, found.database) == (shown(row[column]), shown(value))


def shown(value: object) -> str:
    return plain(value) if isinstance(value, Decimal) else repr(value)


def test_verify_names_a_row_that_is_missing(journal: Path, file: Database) -> None:
    project(journal, file)
    trades = METADATA.tables["trades"]
    with file.transaction() as connection:
        connection.execute(delete(trades).where(trades.c.position_id == 2))
    found = verify(journal, file).difference
    assert str(found) == "trades position_id=2: the journal says a row, the database none"


def test_verify_compares_up_to_where_the_database_is(journal_path: Path, file: Database) -> None:
    growing = Growing(journal_path, file)
    growing.project(70)
    growing.write(90)
    done = verify(journal_path, file)
    assert (done.written, done.missing, done.difference) == (70, 20, None)


def test_verify_makes_no_tables(journal: Path, file: Database) -> None:
    with pytest.raises(DatabaseError, match=r"has no tables|there is no database"):
        verify(journal, file)


class Growing:
    """A journal that grows, and a projector that follows it."""

    def __init__(self, path: Path, database: Database, bars: int = BARS) -> None:
        self.steps = session(bars)
        self._journal = SqliteJournal(path, header(), durable=False)
        self.projector = Projector(path, database)

    def write(self, until: int) -> None:
        for step in self.steps[self._journal.last_seq : until]:
            self._journal.append(step)
        self._journal.commit()

    def project(self, until: int) -> None:
        self.write(until)
        assert self.projector.catch_up() == until


def test_a_projector_goes_on_after_a_rebuild_beside_it(journal_path: Path, database: Database) -> None:
    growing = Growing(journal_path, database)
    growing.project(100)
    with database.transaction() as connection:
        database.forget(connection, growing.projector.session_id)
    growing.project(len(growing.steps))
    assert verify(journal_path, database).difference is None


def test_two_projectors_of_one_session_do_no_harm(journal_path: Path, database: Database) -> None:
    growing = Growing(journal_path, database)
    other = Projector(journal_path, database)
    growing.project(40)
    growing.write(60)
    other.catch_up()
    growing.project(90)
    growing.write(len(growing.steps))
    other.read()
    growing.projector.catch_up()
    other.write()
    assert other.catch_up() == database.position(other.session_id) == len(growing.steps)
    assert verify(journal_path, database).difference is None


def test_rows_do_not_depend_on_how_often_they_are_written(journal_path: Path, tmp_path: Path, file: Database) -> None:
    """Each step by itself, or all at once: the same rows, also on the way."""
    growing = Growing(journal_path, file, bars=36)
    for until in range(1, len(growing.steps) + 1, 2):
        growing.project(until)
        assert verify(journal_path, file).difference is None, until


class Unlucky(Database):
    """A database at the end of a bad line: requests are lost before it, or its answers after it."""

    def __init__(self, file: Database, seed: int) -> None:
        super().__init__(file.address)
        self._draw = random.Random(seed)
        self.lost = 0

    def write(self, changes: Changes, base: int, last: int) -> int:
        fate = self._draw.random()
        if fate < 0.3:
            self.lost += 1
            raise DatabaseError("the request is lost")
        found = super().write(changes, base, last)
        if fate < 0.6:
            self.lost += 1
            raise DatabaseError("it is done, and the answer is lost")
        return found


@pytest.mark.parametrize("seed", range(2))
def test_lost_requests_and_lost_answers_lose_and_double_nothing(journal_path: Path, file: Database, seed: int) -> None:
    line, draw = Unlucky(file, seed), random.Random(seed)
    growing = Growing(journal_path, line, bars=36)
    while growing.projector.written < len(growing.steps):
        growing.write(min(growing.projector.taken + draw.randrange(1, 9), len(growing.steps)))
        growing.projector.read()
        if draw.random() < 0.1:  # it dies, and another one begins from the journal's start
            growing.projector = Projector(journal_path, line)
        with contextlib.suppress(DatabaseError):
            growing.projector.write()
    assert line.lost > 5
    done = verify(journal_path, file)
    assert (done.difference, done.missing) == (None, 0)
