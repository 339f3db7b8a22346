"""SQL over one session and over many, also while they run; never a word that writes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.unit.record.session_steps import HEADER, OCT_1, StillClock, session
from tradewind.domain.errors import DataError
from tradewind.domain.time import NS_PER_HOUR
from tradewind.record.recorder.recorder import SessionRecorder
from tradewind.record.recorder.tables import SPECS
from tradewind.record.sessions.find import sessions
from tradewind.record.sessions.folders import SessionFolders
from tradewind.record.sessions.query import query

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two sessions, the first over two days; its folder has a quote in its name."""
    root = tmp_path / "it's"
    for bars in (24, 12):
        folders = SessionFolders.begin(root, OCT_1)
        folders.describe(HEADER)
        recorder = SessionRecorder(folders, HEADER, StillClock())
        recorder.observe(session(bars, spacing=NS_PER_HOUR * 2))
        recorder.close()
    return root


def test_over_all_days_and_sessions(root: Path) -> None:
    answer = query("SELECT session, day, run, count(*) FROM trades GROUP BY ALL ORDER BY ALL", sessions(root))
    assert answer.rows == [
        ("2025-10-01/run_1", date(2025, 10, 1), "run_1", 3),
        ("2025-10-01/run_1", date(2025, 10, 2), "run_1", 3),
        ("2025-10-01/run_2", date(2025, 10, 1), "run_2", 3),
    ]
    assert answer.columns == ("session", "day", "run", "count_star()")


def test_over_one(root: Path) -> None:
    assert query("SELECT count(*) FROM market_data", sessions(root)[1:]).rows == [(12,)]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_table_with_its_columns_first(root: Path, spec: object, tmp_path: Path) -> None:
    name, columns = spec.name, tuple(spec.columns)  # type: ignore[attr-defined]
    for entries in (sessions(root), sessions(tmp_path / "none")):
        assert query(f"SELECT * FROM {name}", entries).columns == (*columns, "session", "day", "run")


def test_no_more_rows_than_asked_for(root: Path) -> None:
    answer = query("SELECT seq FROM market_data", sessions(root), 10)
    assert (len(answer.rows), answer.is_whole) == (10, False)
    assert query("SELECT seq FROM market_data", sessions(root), 36).is_whole


@pytest.mark.parametrize(
    "sql", ["DESCRIBE trades", "SUMMARIZE equity", "EXPLAIN SELECT 1", "WITH x AS (SELECT 1) FROM x"]
)
def test_what_reads(root: Path, sql: str) -> None:
    assert query(sql, sessions(root)).rows


@pytest.mark.parametrize(
    "sql", ["DROP VIEW trades", "COPY trades TO '/tmp/x.csv'", "SELECT 1; ATTACH '/tmp/x.db'", "", "SET threads = 1"]
)
def test_what_does_not_read_is_refused(root: Path, sql: str) -> None:
    with pytest.raises(DataError, match="a query reads"):
        query(sql, sessions(root))


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT x FROM nowhere"])
def test_a_mistake_is_told(root: Path, sql: str) -> None:
    with pytest.raises(DataError, match="cannot be answered"):
        query(sql, sessions(root))
