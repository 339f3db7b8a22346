"""Revisions of the tables: the models and the migrations agree, and an older database is brought up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert

from tests.unit.record.session_steps import header, session
from tradewind.domain.errors import DatabaseError
from tradewind.domain.money import money_context
from tradewind.record.sql.columns import METADATA
from tradewind.record.sql.migrate import check_ready, make_ready, migrate, newest, revision, scripts
from tradewind.record.sql.projection import Projection

if TYPE_CHECKING:
    from tradewind.record.sql.database import Database

REVISIONS = [script.revision for script in reversed(list(scripts().walk_revisions()))]


def rows_of_a_session() -> dict[str, list[dict[str, Any]]]:
    projection = Projection(header())
    projection.take(session(48))
    projection.refresh()
    return {name: list(rows.values()) for name, rows in projection.changes.rows.items()}


def test_models_and_migrations_agree(database: Database) -> None:
    migrate(database)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


@pytest.mark.parametrize("older", REVISIONS)
def test_lesson_156_a_database_of_each_revision_is_brought_up_to_date(database: Database, older: str) -> None:
    assert migrate(database, older) == (None, older)
    with database.transaction() as connection:
        old = type(METADATA)()
        old.reflect(connection)
        for name, rows in rows_of_a_session().items():
            if name in old.tables:
                there = old.tables[name].columns.keys()
                with money_context():
                    plain = [
                        {k: _plain(v, connection.dialect.name) for k, v in row.items() if k in there} for row in rows
                    ]
                connection.execute(insert(old.tables[name]), plain)
    assert migrate(database) == (older, newest())
    check_ready(database)
    session_id = Projection(header()).session_id
    kept = database.read(session_id)[1]
    assert len(kept["fills"]) == len(rows_of_a_session()["fills"])


def _plain(value: Any, dialect: str) -> Any:
    """Give an amount as the reflected table, which knows no type of ours, takes it."""
    from decimal import Decimal

    return str(value) if isinstance(value, Decimal) and dialect == "sqlite" else value


def test_revisions_are_one_line(database: Database) -> None:
    assert scripts().get_heads() == [REVISIONS[-1]]


def test_a_database_that_is_not_ours_yet_is_made_ready(database: Database) -> None:
    make_ready(database)
    assert revision(database) == newest()
    make_ready(database)


def test_tables_of_a_newer_program_are_refused_by_name(database: Database) -> None:
    migrate(database)
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for ask in (make_ready, migrate):
        with pytest.raises(DatabaseError, match=r"9999.*newer"):
            ask(database)


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tradewind.record.sql import migrate as module

    with database.transaction() as connection:  # in the way of the third table or so
        connection.exec_driver_sql("CREATE TABLE trading_sessions(x INTEGER)")
    with pytest.raises(DatabaseError):
        module.migrate(database)
    with database.reading() as connection:
        found = type(METADATA)()
        found.reflect(connection)
    assert set(found.tables) == {"trading_sessions"}
