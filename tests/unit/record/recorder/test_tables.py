"""Rows become Parquet files of the promised columns, whole at every instant."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest

from tests.unit.record.session_steps import OCT_1
from tradewind.domain.errors import LocalError
from tradewind.record.recorder.tables import CHUNK_ROWS, EQUITY, LOGS, ORDERS, SPECS, TRADES, Table

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.recorder.tables import Row

SEED_ORDERS = [
    ("order_id", "VARCHAR"), ("symbol", "VARCHAR"), ("side", "VARCHAR"), ("order_type", "VARCHAR"),
    ("quantity", "DOUBLE"), ("price", "DOUBLE"), ("timestamp", "TIMESTAMP"), ("status", "VARCHAR"),
    ("strategy_name", "VARCHAR"), ("position_type", "VARCHAR"),
]  # fmt: skip
SEED_TRADES = [
    ("order_id", "VARCHAR"), ("symbol", "VARCHAR"), ("side", "VARCHAR"), ("quantity", "DOUBLE"), ("price", "DOUBLE"),
    ("timestamp", "TIMESTAMP"), ("executed_at", "TIMESTAMP"), ("executed_qty", "DOUBLE"),
    ("executed_price", "DOUBLE"), ("commission", "DOUBLE"), ("pnl", "DOUBLE"), ("position_type", "VARCHAR"),
]  # fmt: skip


def line(number: int) -> Row:
    return (OCT_1 + number * 1_000_000, "info", f"line {number}", "Momentum", number, "log", None, None, None)


def order(name: str, status: str) -> Row:
    filled = {"order_id": name, "status": status, "timestamp": OCT_1}
    return tuple(filled.get(column) for column in ORDERS.columns)


@pytest.mark.parametrize(("spec", "seed"), [(ORDERS, SEED_ORDERS), (TRADES, SEED_TRADES)], ids=["orders", "trades"])
def test_the_first_columns_are_those_of_the_format(tmp_path: Path, spec: object, seed: list[tuple[str, str]]) -> None:
    table = Table(spec, tmp_path / "t.parquet")  # type: ignore[arg-type]
    table.write()
    described = duckdb.execute(f"DESCRIBE SELECT * FROM read_parquet('{tmp_path}/t.parquet')").fetchall()
    assert [(name, kind) for name, kind, *_ in described][: len(seed)] == seed


def test_every_table_begins_with_an_empty_file(tmp_path: Path) -> None:
    for spec in SPECS:
        table = Table(spec, tmp_path / f"{spec.name}.parquet")
        assert table.unwritten
        table.write()
        assert not table.unwritten
        assert pl.read_parquet(table.path).schema == pl.Schema(spec.columns)


def test_times_are_utc_to_the_microsecond(tmp_path: Path) -> None:
    table = Table(LOGS, tmp_path / "logs.parquet")
    table.add((OCT_1 + 1_999, *line(0)[1:]))
    table.write()
    assert str(duckdb.execute(f"SELECT timestamp FROM '{table.path}'").fetchall()[0][0]) == "2025-10-01 00:00:00.000001"


def test_rows_are_kept_in_order_over_writes_and_chunks(tmp_path: Path) -> None:
    table = Table(EQUITY, tmp_path / "equity.parquet")
    count = CHUNK_ROWS + 1000
    for number in range(count):
        table.add((OCT_1, float(number), None, number, OCT_1, str(number), None))
        if number % 30_000 == 0:
            table.write()
    assert len(table) == count
    table.write()
    assert pl.read_parquet(table.path)["seq"].to_list() == list(range(count))


def test_a_keyed_row_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    table = Table(ORDERS, tmp_path / "orders.parquet")
    for name, status in (("a", "in_flight"), ("b", "in_flight"), ("a", "open"), ("a", "filled")):
        table.put(order(name, status))
    table.write()
    assert pl.read_parquet(table.path).select("order_id", "status").rows() == [("a", "filled"), ("b", "in_flight")]
    assert len(table) == 2


def test_read_back_it_goes_on_where_it_was(tmp_path: Path) -> None:
    logs, orders = Table(LOGS, tmp_path / "logs.parquet"), Table(ORDERS, tmp_path / "orders.parquet")
    logs.add(line(1))
    orders.put(order("a", "open"))
    orders.put(order("b", "open"))
    before = orders.frame()
    logs.write()
    orders.write()
    logs, orders = Table(LOGS, logs.path, reload=True), Table(ORDERS, orders.path, reload=True)
    assert not logs.unwritten
    assert orders.frame().equals(before)
    logs.add(line(2))
    orders.put(order("a", "filled"))
    assert logs.frame()["message"].to_list() == ["line 1", "line 2"]
    assert orders.frame().select("order_id", "status").rows() == [("a", "filled"), ("b", "open")]


def test_a_full_disk_leaves_the_file_that_was(tiny_disk: Path) -> None:
    table = Table(LOGS, tiny_disk / "logs.parquet")
    table.add(line(0))
    table.write()
    for number in range(1, 60_000):
        table.add((OCT_1, "info", hashlib.sha256(str(number).encode()).hexdigest(), *line(0)[3:]))
    with pytest.raises(LocalError, match=r"cannot write .*logs\.parquet"):
        table.write()
    assert pl.read_parquet(table.path).height == 1
    assert [path.name for path in tiny_disk.iterdir()] == ["logs.parquet"]
    assert table.unwritten == 59_999
    subprocess.run(["mount", "-o", "remount,size=64m", str(tiny_disk)], check=True)
    table.write()
    assert pl.read_parquet(table.path).height == 60_000
