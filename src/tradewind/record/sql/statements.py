"""What SQLite and PostgreSQL are told alike, each in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

from tradewind.record.sql.columns import METADATA

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from tradewind.record.sql.changes import Changes


def unhurried(connection: Connection) -> None:
    """Let the statements of this transaction take their time: large tables are changed, or much is taken away."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def put(connection: Connection, changes: Changes) -> None:
    """Put rows where their keys say; one that is there already is as the new one afterwards."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    for name, rows in changes.rows.items():
        table = METADATA.tables[name]
        statement = make(table)
        key = [column.name for column in table.primary_key.columns]
        values = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in key}
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=values), list(rows.values()))
