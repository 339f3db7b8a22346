"""SQL over sessions: DuckDB in memory, with one view for each table over all days of all sessions asked about.

Reads only: a statement that would write is refused. The files may be those of a running session.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from tradewind.domain.errors import DataError
from tradewind.record.recorder.tables import COUNT, FLAG, NUMBER, SPECS, TEXT, TIME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.record.recorder.tables import TableSpec
    from tradewind.record.sessions.find import SessionEntry

_SQL_TYPES = {TEXT: "VARCHAR", NUMBER: "DOUBLE", COUNT: "BIGINT", FLAG: "BOOLEAN", TIME: "TIMESTAMP"}


class Answer(msgspec.Struct, frozen=True):
    """What a query returned."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    is_whole: bool = True
    """Whether there were no more rows than asked for."""

    def records(self) -> list[dict[str, Any]]:
        """Return the rows with the names of their columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def query(sql: str, entries: Iterable[SessionEntry], rows_max: int | None = None) -> Answer:
    """Run a SELECT over the sessions' tables; `session`, `day` and `run` come as columns after each table's own."""
    database = duckdb.connect(":memory:")
    try:
        _check(sql)
        _views(database, list(entries))
        cursor = database.execute(sql)
        columns = tuple(column[0] for column in cursor.description or ())
        if rows_max is None:
            return Answer(columns, cursor.fetchall())
        rows = cursor.fetchmany(rows_max + 1)
        return Answer(columns, rows[:rows_max], len(rows) <= rows_max)
    except duckdb.Error as error:
        raise DataError(f"the query cannot be answered: {error}", {"sql": sql}, error) from error
    finally:
        database.close()


def _check(sql: str) -> None:
    kinds = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}
    statements = duckdb.extract_statements(sql)
    if not statements or any(statement.type not in kinds for statement in statements):
        raise DataError("a query reads: give one SELECT (WITH, DESCRIBE, SUMMARIZE and EXPLAIN are fine too)")


def _views(database: duckdb.DuckDBPyConnection, entries: list[SessionEntry]) -> None:
    database.execute("CREATE TABLE session_folder(folder VARCHAR, session VARCHAR, day DATE, run VARCHAR)")
    folders = [
        (str(folder.absolute()), entry.name, day, folder.name)
        for entry in entries
        for day, folder in entry.days.items()
    ]
    if folders:
        database.executemany("INSERT INTO session_folder VALUES (?, ?, ?, ?)", folders)
    for spec in SPECS:
        paths = [Path(folder, f"{spec.name}.parquet") for folder, *_ in folders]
        database.execute(_view(spec, [str(path) for path in paths if path.is_file()]))


def _view(spec: TableSpec, paths: list[str]) -> str:
    if not paths:
        columns = {name: _SQL_TYPES[dtype] for name, dtype in spec.columns.items()}
        columns |= {"session": "VARCHAR", "day": "DATE", "run": "VARCHAR"}
        typed = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in columns.items())
        return f"CREATE VIEW {spec.name} AS SELECT {typed} WHERE false"
    files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    return (
        f"CREATE VIEW {spec.name} AS SELECT t.* EXCLUDE (file_name), s.session, s.day, s.run"  # noqa: S608 - our own names
        f" FROM read_parquet([{files}], filename = 'file_name', union_by_name = true) t"
        " JOIN session_folder s ON parse_dirpath(t.file_name) = s.folder"
    )
