"""SQL of a guest: the bars of the session up to now, one SELECT, no file, clock or chance, and cells as Go has them."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb
import pytest

from tradewind.domain.ids import InstrumentId
from tradewind.strategy.wasm import sql
from tradewind.strategy.wasm.errors import GuestTimeout, SqlError, UnsupportedCall
from tradewind.strategy.wasm.sql import Sql, text
from tradewind.testing import bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.market import Bar

ETH = InstrumentId("binance:ETHUSDT")
BTCS = [bar(100.5 + n, n) for n in range(5)]
ETHS = [bar(10.0 + n, n, of=ETH) for n in range(5)]


def known(until: int, since: int = 0) -> list[tuple[str, Sequence[Bar]]]:
    return [("BTCUSDT", BTCS[since:until]), ("ETHUSDT", ETHS[since:until])]


def ask(query: str, *parameters: str, until: int = 5) -> list[dict[str, str]]:
    return Sql().rows(query, parameters, known(until))


@pytest.fixture(scope="module")
def made() -> Sql:
    """One table for all questions: a refused one leaves the next alone."""
    return Sql()


def test_the_columns_are_those_of_the_contract() -> None:
    assert ask("SELECT * FROM market_data WHERE symbol = ? ORDER BY time LIMIT 1", "BTCUSDT") == [
        {"id": "BTCUSDT-0", "time": "1970-01-01 00:00:00 +0000 UTC", "symbol": "BTCUSDT", "open": "100.5",
         "high": "100.5", "low": "100.5", "close": "100.5", "volume": "1"},
    ]  # fmt: skip


def test_nothing_after_now_is_there_and_what_the_session_lets_go_is_gone() -> None:
    made, query = Sql(), "SELECT min(close) a, max(close) b, count(*) n FROM market_data WHERE symbol = 'BTCUSDT'"
    assert made.rows(query, (), known(2)) == [{"a": "100.5", "b": "101.5", "n": "2"}]
    assert made.rows(query, (), known(4)) == [{"a": "100.5", "b": "103.5", "n": "4"}]
    assert made.rows(query, (), known(5, since=2)) == [{"a": "102.5", "b": "104.5", "n": "3"}]
    made.close()


def test_without_duckdb_a_question_is_a_call_that_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guest is refused with what to install, and everything else of the session goes on."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    made = Sql()
    with pytest.raises(UnsupportedCall, match="SQL needs duckdb: pip install duckdb"):
        made.rows("SELECT 1", (), known(1))
    made.close()
    monkeypatch.undo()
    assert made.rows("SELECT count(*) n FROM market_data", (), known(2)) == [{"n": "4"}]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.5, "1.5"), (100.0, "100"), (0.0, "0"), (1e-05, "1e-05"), (0.0001, "0.0001"), (1e21, "1e+21"),
        (123456789012345680.0, "123456789012345680"), (float("nan"), "NaN"), (float("-inf"), "-Inf"), (True, "true"),
        (False, "false"), (None, "<nil>"), (7, "7"), ("a", "a"), (Decimal("1.10"), "1.10"),
    ],
)  # fmt: skip
def test_cells_are_written_as_go_writes_them(value: object, written: str) -> None:
    assert text(value) == written


def test_times_and_dates() -> None:
    query = "SELECT TIMESTAMP '2024-01-01 00:01:00' a, TIMESTAMP '2024-01-01 00:01:00.5' b, DATE '2024-01-01' c"
    assert ask(query) == [
        {"a": "2024-01-01 00:01:00 +0000 UTC", "b": "2024-01-01 00:01:00.5 +0000 UTC",
         "c": "2024-01-01 00:00:00 +0000 UTC"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM market_data", "SELECT 1; SELECT 2", "CREATE TABLE x(a INT)", "SET threads = 8", "PRAGMA version",
        "ATTACH 'x.db'", "COPY market_data TO 'x.csv'", "INSTALL httpfs", "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('pyproject.toml')", "SELECT * FROM glob('/*')", "SELECT nonsense", "", "SELECT",
        "SELECT random()", "SELECT now()", "SELECT current_timestamp", "SELECT uuid()", "SELECT current_date",
        "SELECT system.main.random()", "SELECT pg_catalog.now()", "SELECT * FROM market_data USING SAMPLE 2",
        "SELECT error('of the guest''s own')", "SELECT * FROM market_data TABLESAMPLE 10%", "SHOW TABLES",
        "SELECT * FROM information_schema.tables", "SELECT * FROM pg_settings", "SELECT * FROM duckdb_memory()",
        "SELECT * FROM query('SELECT sys' || 'tem.main.random()')", "SELECT * FROM query_table('market_data')",
        "SELECT * FROM system.main.duckdb_settings()", "SELECT 1 UNION SELECT system.main.random()",
        "SELECT 1 ORDER BY system.main.random()", 'SELECT (SELECT max(x) FROM (SELECT "system".main.random() x))',
        "WITH a AS (SELECT pg_catalog.random() x) SELECT * FROM a",
        "FROM market_data m SELECT m.close, SYSTEM.main.now()",
        "WITH pg_settings AS (SELECT * FROM pg_settings) SELECT * FROM pg_settings",
        "SELECT * FROM pg_settings, (WITH pg_settings AS (SELECT 1) SELECT 1)", "SELECT main.random()",
        f"SELECT {'abs(' * 900}1{')' * 900}", "SELECT * FROM json_execute_serialized_sql('{}')",
    ],
)  # fmt: skip
def test_whatever_is_no_question_about_the_bars_is_refused(made: Sql, query: str) -> None:
    with pytest.raises(SqlError):
        made.rows(query, (), known(5))


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SELECT 'a sample of the system' a", "a sample of the system"),
        ("SELECT 1 AS system", "1"),
        ("WITH sample AS (SELECT 2 AS pg_catalog) SELECT pg_catalog FROM sample", "2"),
        ("SELECT max(close) FROM main.market_data -- system", "104.5"),
        ("SELECT count(*) FROM Market_Data AS sample", "10"),
        ("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT max(n) FROM t", "5"),
        ("WITH a AS (SELECT 3 x), b AS (SELECT x FROM a) SELECT (SELECT x FROM b)", "3"),
        ("SELECT sum(range) FROM range(4)", "6"),
    ],
)
def test_words_that_only_look_forbidden_are_not(made: Sql, query: str, answer: str) -> None:
    for _ in range(2):
        ((found,),) = (row.values() for row in made.rows(query, (), known(5)))
        assert found == answer


def test_a_query_that_was_good_is_not_judged_again_but_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    made, judged = Sql(), list[object]()

    def strange(parsed: object) -> str:
        judged.append(parsed)
        return ""

    monkeypatch.setattr(sql, "strange", strange)
    answers = [made.rows("SELECT count(*) AS n FROM market_data", (), known(until)) for until in (2, 5)]
    assert answers == [[{"n": "4"}], [{"n": "10"}]]
    assert len(judged) == 1


def test_no_function_that_is_not_sure_of_its_answer_is_left(made: Sql) -> None:
    """Asked of the library itself, so that a new version with a new clock is found out."""
    names = [name for (name,) in duckdb.connect(":memory:").execute(sql._UNSURE).fetchall()]
    assert {"random", "uuid", "now", "get_current_timestamp", "nextval"} <= set(names)
    for name in names:
        with pytest.raises(SqlError):
            made.rows(f'SELECT "{name}"()', (), known(5))


def test_a_refused_query_leaves_the_next_one_alone() -> None:
    made = Sql()
    with pytest.raises(SqlError):
        made.rows("SELECT nonsense", (), known(5))
    assert made.rows("SELECT count(*) AS n FROM market_data", (), known(5)) == [{"n": "10"}]


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(SqlError, match="more than 100,000 rows"):
        ask("SELECT * FROM range(100001)")
    assert len(ask("SELECT * FROM range(100000)")) == 100_000


def test_a_query_without_an_end_is_a_timeout_of_the_guest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "SECONDS", 0.05)
    with pytest.raises(GuestTimeout, match=r"execute_sql: not done in 0\.1 s"):
        Sql().rows("SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c", (), known(5), patience=2)
