"""The tables of a session: their columns in order, and rows that become Parquet files.

The first columns are those that the session format promises, in its order and types; ours come after.
Times are UTC, without a zone, to the microsecond; `*_exact` are amounts as text, to the last digit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from tradewind.record.files import write_all
from tradewind.record.recorder.table_file import ReplaceableFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tradewind.record.files import NewFile

TEXT, NUMBER, COUNT, FLAG, TIME = pl.String(), pl.Float64(), pl.Int64(), pl.Boolean(), pl.Datetime("us")

_NANOS = pl.Datetime("ns")

CHUNK_ROWS = 65_536
"""So many rows wait as Python objects at most; then they become columns."""

Row = tuple[Any, ...]
Columns = tuple["Sequence[Any]", ...]


_EMPTY: dict[str, pl.DataFrame] = {}


class TableSpec(NamedTuple):
    """A table's name and columns; in rows, times are nanoseconds.

    With a `key`, its first column, a row may come again and takes the place of the one before.
    """

    name: str
    columns: dict[str, pl.DataType]
    key: str = ""

    @property
    def empty(self) -> pl.DataFrame:
        """The table without a row; the same object every time, as a frame is never changed."""
        if self.name not in _EMPTY:
            _EMPTY[self.name] = pl.DataFrame(schema=self.columns)
        return _EMPTY[self.name]

    def frame(self, rows: Iterable[Row]) -> pl.DataFrame:
        """Turn rows into columns."""
        found = list(zip(*rows, strict=True))
        return self.framed(found) if found else self.empty

    def framed(self, columns: Sequence[Sequence[Any]]) -> pl.DataFrame:
        """Put columns of rows together."""
        named = zip(self.columns.items(), columns, strict=True)
        return pl.DataFrame([_series(name, dtype, values) for (name, dtype), values in named])

    def rows(self, frame: pl.DataFrame) -> list[Row]:
        """Turn columns back into rows."""
        times = [pl.col(name).cast(pl.Int64) * 1000 for name, dtype in self.columns.items() if dtype == TIME]
        return frame.with_columns(times).rows()


def _series(name: str, dtype: pl.DataType, values: Sequence[Any]) -> pl.Series:
    if dtype is TIME:
        return pl.Series(name, values, dtype=pl.Int64).cast(_NANOS).cast(TIME)
    return pl.Series(name, values, dtype=type(dtype))  # by its class, which polars finds in two thirds of the time


ORDERS = TableSpec(
    "orders",
    {
        "order_id": TEXT, "symbol": TEXT, "side": TEXT, "order_type": TEXT, "quantity": NUMBER, "price": NUMBER,
        "timestamp": TIME, "status": TEXT, "strategy_name": TEXT, "position_type": TEXT,
        "seq": COUNT, "venue": TEXT, "instrument": TEXT, "strategy": TEXT, "venue_order_id": TEXT,
        "filled_qty": NUMBER, "average_price": NUMBER, "trigger": NUMBER, "tif": TEXT, "purpose": TEXT,
        "reduce_only": FLAG, "post_only": FLAG, "parent": TEXT, "oco": TEXT, "tag": TEXT, "reason": TEXT,
        "updated_at": TIME, "quantity_exact": TEXT, "price_exact": TEXT, "filled_exact": TEXT,
    },
    key="order_id",
)  # fmt: skip
TRADES = TableSpec(
    "trades",
    {
        "order_id": TEXT, "symbol": TEXT, "side": TEXT, "quantity": NUMBER, "price": NUMBER, "timestamp": TIME,
        "executed_at": TIME, "executed_qty": NUMBER, "executed_price": NUMBER, "commission": NUMBER, "pnl": NUMBER,
        "position_type": TEXT,
        "seq": COUNT, "ts_ns": COUNT, "venue": TEXT, "instrument": TEXT, "strategy_name": TEXT, "strategy": TEXT,
        "trade_id": TEXT, "purpose": TEXT, "tag": TEXT, "liquidity": TEXT, "fee_asset": TEXT, "pnl_asset": TEXT,
        "received_at": TIME, "executed_qty_exact": TEXT, "executed_price_exact": TEXT, "commission_exact": TEXT,
        "pnl_exact": TEXT,
    },
)  # fmt: skip
MARKS = TableSpec(
    "marks",
    {
        "timestamp": TIME, "symbol": TEXT, "title": TEXT, "message": TEXT, "price": NUMBER, "color": TEXT,
        "shape": TEXT, "category": TEXT, "level": TEXT, "strategy_name": TEXT,
        "seq": COUNT, "venue": TEXT, "instrument": TEXT, "strategy": TEXT,
    },
)  # fmt: skip
LOGS = TableSpec(
    "logs",
    {
        "timestamp": TIME, "level": TEXT, "message": TEXT, "strategy_name": TEXT,
        "seq": COUNT, "kind": TEXT, "strategy": TEXT, "instrument": TEXT, "order_id": TEXT,
    },
)  # fmt: skip
MARKET_DATA = TableSpec(
    "market_data",
    {
        "symbol": TEXT, "time": TIME, "open": NUMBER, "high": NUMBER, "low": NUMBER, "close": NUMBER, "volume": NUMBER,
        "seq": COUNT, "interval": TEXT, "close_time": TIME, "received_at": TIME, "venue": TEXT, "instrument": TEXT,
    },
)  # fmt: skip
REFUSALS = TableSpec(
    "refusals",
    {
        "timestamp": TIME, "intent": TEXT, "code": TEXT, "limit": NUMBER, "value": NUMBER, "detail": TEXT,
        "order_id": TEXT, "symbol": TEXT, "side": TEXT, "quantity": NUMBER, "price": NUMBER, "strategy_name": TEXT,
        "seq": COUNT, "venue": TEXT, "instrument": TEXT, "strategy": TEXT, "limit_exact": TEXT, "value_exact": TEXT,
        "intent_json": TEXT,
    },
)  # fmt: skip
EQUITY = TableSpec(
    "equity",
    {
        "timestamp": TIME, "equity": NUMBER, "unrealized_pnl": NUMBER,
        "seq": COUNT, "ts_ns": COUNT, "equity_exact": TEXT, "unrealized_pnl_exact": TEXT,
    },
)  # fmt: skip

SPECS = (ORDERS, TRADES, MARKS, LOGS, MARKET_DATA, REFUSALS, EQUITY)


class Table:
    """The rows of one day in one table, and the file that they are written to whole."""

    __slots__ = ("_columns", "_file", "_keyed", "_settled", "path", "spec", "unwritten")

    def __init__(self, spec: TableSpec, path: Path, *, reload: bool = False) -> None:
        self.spec = spec
        self.path = path
        self.unwritten = 0 if reload else 1
        """How many rows came or changed since the file was written; a file that is not there counts as one."""
        self._file = ReplaceableFile(path)
        self._columns: list[list[Any]] = [[] for _ in spec.columns]
        self._keyed: dict[Any, Row] = {}
        self._settled = spec.empty
        if reload:
            self._load(pl.read_parquet(path))

    def add(self, row: Row) -> None:
        """Take a row."""
        self.unwritten += 1
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)
        if len(self._columns[0]) >= CHUNK_ROWS:
            self._settle()

    def add_all(self, columns: Sequence[Sequence[Any]]) -> None:
        """Take rows, as columns."""
        self.unwritten += len(columns[0])
        for column, values in zip(self._columns, columns, strict=True):
            column.extend(values)
        if len(self._columns[0]) >= CHUNK_ROWS:
            self._settle()

    def put(self, row: Row) -> None:
        """Take a row, in the place of the one with its key."""
        self.unwritten += 1
        self._keyed[row[0]] = row

    def frame(self) -> pl.DataFrame:
        """Return all rows as columns."""
        if self.spec.key:
            return self.spec.frame(self._keyed.values())
        self._settle()
        return self._settled

    def __len__(self) -> int:
        return len(self._keyed) + len(self._columns[0]) + self._settled.height

    def write(self) -> None:
        """Put the file in the place of the one before; whoever reads sees the one or the other."""
        write_all([self.next()])

    def next(self) -> NewFile:
        """Return the file as it is to be now; nothing is unwritten once it is in its place."""
        return self._file.next(self.frame()).and_then(self._was_written)

    def _was_written(self) -> None:
        self.unwritten = 0

    def _settle(self) -> None:
        if self._columns[0]:
            new = self.spec.framed(self._columns)
            self._settled = pl.concat([self._settled, new], rechunk=True) if self._settled.height else new
            self._columns = [[] for _ in self._columns]

    def _load(self, frame: pl.DataFrame) -> None:
        if self.spec.key:
            self._keyed = {row[0]: row for row in self.spec.rows(frame)}
        else:
            self._settled = frame
