"""SQL of a guest: read-only, in memory, over the closed bars that the session keeps, and nothing else.

No file, no network, no clock and no chance: what a query answers follows from the bars alone, so a replay answers the
same. A query that takes too long ends the call like any other that does.
"""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tradewind.strategy.wasm.errors import GuestTimeout, SqlError, UnsupportedCall
from tradewind.strategy.wasm.sql_rules import strange
from tradewind.strategy.wasm.ticker import at_most

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.domain.market import Bar

ROWS_MAX = 100_000
SECONDS = 1.0
"""How long a query may take live; backtests and replays are as patient with it as with all that a guest does."""
_TABLE = """CREATE TABLE market_data(
    id VARCHAR, time TIMESTAMP, symbol VARCHAR, open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, volume DOUBLE)"""
_INSERT = """INSERT INTO market_data SELECT unnest(?::VARCHAR[]), make_timestamp(unnest(?::BIGINT[])),
    unnest(?::VARCHAR[]), unnest(?::DOUBLE[]), unnest(?::DOUBLE[]), unnest(?::DOUBLE[]), unnest(?::DOUBLE[]),
    unnest(?::DOUBLE[])"""
_FORGET = "DELETE FROM market_data WHERE symbol = ? AND time < make_timestamp(?)"
_UNSURE = """SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'scalar'
    AND stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY') AND function_name SIMILAR TO '[a-z_0-9]+'
    AND function_name != 'error' ORDER BY 1"""
JUDGED_MAX = 256
"""So many queries are remembered as good: guests ask the same few again and again."""
NS_PER_US = 1_000
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
    "threads": "1", "memory_limit": "256MB", "temp_directory": "",
}  # fmt: skip


class Sql:
    """The table `market_data` of one instance of a guest; made with its first query."""

    def __init__(self) -> None:
        self._database: Any = None
        self._refusals: tuple[type[Exception], ...] = ()
        """What the library raises for a query that it does not carry out."""
        self._known: dict[str, int] = {}
        """By symbol, when the last bar in the table opened."""
        self._good: set[str] = set()
        """Queries that were judged, and may be asked."""

    def rows(
        self, query: str, parameters: Sequence[str], bars: Iterable[tuple[str, Sequence[Bar]]], patience: int = 1
    ) -> list[dict[str, str]]:
        """Return the rows of one SELECT, each as texts by column; raise `SqlError` for anything else."""
        database = self._open()
        self._follow(database, bars)
        self._check(database, query)
        limit, is_over = SECONDS * patience, False

        def interrupt() -> None:
            nonlocal is_over
            is_over = True
            database.interrupt()

        try:
            with at_most(limit, interrupt):
                cursor = database.execute(query, list(parameters))
                names: list[str] = [column[0] for column in cursor.description]
                found = cursor.fetchmany(ROWS_MAX + 1)
        except self._refusals as error:
            if is_over:
                raise GuestTimeout(f"execute_sql: not done in {limit:g} s") from error
            raise SqlError(" ".join(str(error).split())[:300]) from error
        if len(found) > ROWS_MAX:
            raise SqlError(f"more than {ROWS_MAX:,} rows")
        return [{name: text(cell) for name, cell in zip(names, row, strict=True)} for row in found]

    def close(self) -> None:
        """Give the table back."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _open(self) -> Any:  # noqa: ANN401 - a connection of the library
        if self._database is None:
            try:
                import duckdb
            except ImportError as error:
                raise UnsupportedCall("SQL needs duckdb: pip install duckdb") from error
            self._refusals = (duckdb.Error,)
            database = self._database = duckdb.connect(":memory:", config=_SETTINGS)
            database.execute(_TABLE)
            for (name,) in database.execute(_UNSURE).fetchall():
                database.execute(f"CREATE MACRO \"{name}\"() AS error('{name}: not of the session''s bars')")
            database.execute("SET lock_configuration = true")
        return self._database

    def _follow(self, database: Any, bars: Iterable[tuple[str, Sequence[Bar]]]) -> None:  # noqa: ANN401 - as above
        """Make the table hold just these bars: add what is new, drop what the session has let go."""
        fresh: list[tuple[int, str, Bar]] = []
        for symbol, kept in bars:
            if not kept:
                continue
            last = self._known.get(symbol, -1)
            new = [bar for bar in kept if bar.ts_open > last]
            fresh += [(bar.ts_open, symbol, bar) for bar in new]
            if new:
                self._known[symbol] = new[-1].ts_open
                oldest = kept[0].ts_open // NS_PER_US
                database.execute(_FORGET, [symbol, oldest])
        if not fresh:
            return
        fresh.sort(key=lambda row: row[:2])
        database.execute(_INSERT, [
            [f"{symbol}-{ts // 1_000_000}" for ts, symbol, _ in fresh], [ts // NS_PER_US for ts, _, _ in fresh],
            [symbol for _, symbol, _ in fresh], [bar.open for _, _, bar in fresh], [bar.high for _, _, bar in fresh],
            [bar.low for _, _, bar in fresh], [bar.close for _, _, bar in fresh], [bar.volume for _, _, bar in fresh],
        ])  # fmt: skip

    def _check(self, database: Any, query: str) -> None:  # noqa: ANN401 - as above
        if query in self._good:
            return
        try:
            statements = database.extract_statements(query)
            if len(statements) != 1 or statements[0].type.name != "SELECT":
                raise SqlError("one SELECT is served, and nothing else")
            (told,) = database.execute("SELECT json_serialize_sql(?)", [query]).fetchone()
            parsed = json.loads(told)
        except self._refusals as error:
            raise SqlError(" ".join(str(error).split())[:300]) from error
        except RecursionError as error:
            raise SqlError("nested too deeply") from error
        wrong = parsed.get("error_message", "") if parsed["error"] else strange(parsed["statements"])
        if wrong:
            raise SqlError(f"{wrong}: not of the session's bars")
        if len(self._good) < JUDGED_MAX:
            self._good.add(query)


def text(value: Any) -> str:  # noqa: ANN401 - a cell
    """Write a cell as Go does by default: `1.5`, `true`, `<nil>`, `2024-01-01 00:01:00 +0000 UTC`."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if hasattr(value, "isoformat"):
        written = value.isoformat(sep=" ") if hasattr(value, "hour") else f"{value.isoformat()} 00:00:00"
        day, _, fraction = written.partition(".")
        fraction = fraction.rstrip("0")
        return f"{day}{'.' if fraction else ''}{fraction} +0000 UTC"
    return str(value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    if value == 0.0 or 1e-4 <= abs(value) < 1e21:
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:  # Python writes 0.00001234 with an exponent already below 1e-4
        return repr(value)
    return f"{mantissa.removesuffix('.0')}e{'-' if exponent.startswith('-') else '+'}{int(exponent.lstrip('+-')):02d}"
