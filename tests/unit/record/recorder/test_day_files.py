"""How often files are written: small tables when they changed, large ones when they grew, none later than a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tests.unit.record.session_steps import OCT_1
from tradewind.domain.time import NS_PER_SECOND
from tradewind.record.recorder.day_files import SMALL_ROWS, DayFiles

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.recorder.tables import Row


def rows(files: DayFiles) -> int:
    return pl.read_parquet(files.folder / "logs.parquet").height


def line(number: int) -> Row:
    return (OCT_1, "info", "line", None, number, "log", None, None, None)


def add(files: DayFiles, count: int) -> None:
    for number in range(count):
        files.tables["logs"].add(line(number))


def test_a_small_table_whenever_it_changed(tmp_path: Path) -> None:
    files = DayFiles(tmp_path)
    for second in range(0, 25, 5):
        add(files, 1)
        files.write(second * NS_PER_SECOND)
        assert rows(files) == second // 5 + 1


def test_a_large_one_when_it_has_grown_by_a_tenth(tmp_path: Path) -> None:
    files = DayFiles(tmp_path)
    add(files, SMALL_ROWS)
    files.write(0)
    add(files, SMALL_ROWS // 10)
    files.write(5 * NS_PER_SECOND)
    assert rows(files) == SMALL_ROWS
    add(files, SMALL_ROWS // 10)
    files.write(10 * NS_PER_SECOND)
    assert rows(files) == SMALL_ROWS * 12 // 10


def test_none_is_older_than_a_minute(tmp_path: Path) -> None:
    files = DayFiles(tmp_path)
    add(files, 2 * SMALL_ROWS)
    files.write(0)
    add(files, 1)
    files.write(59 * NS_PER_SECOND)
    assert rows(files) == 2 * SMALL_ROWS
    files.write(60 * NS_PER_SECOND)
    assert rows(files) == 2 * SMALL_ROWS + 1


def test_the_work_of_writing_is_in_proportion(tmp_path: Path) -> None:
    """From 10,000 lines to 30,000, ten a tick: fewer than twelve times as many rows are written as come."""
    files, written = DayFiles(tmp_path), 0
    add(files, SMALL_ROWS)
    files.write(0)
    for tick in range(2_000):
        add(files, 10)
        unwritten = files.tables["logs"].unwritten
        files.write(tick)  # so fast that no minute passes
        if not files.tables["logs"].unwritten and unwritten:
            written += len(files.tables["logs"])
    assert written < 12 * 20_000


def test_nothing_is_written_twice(tmp_path: Path) -> None:
    files = DayFiles(tmp_path)
    files.write(0)
    files.stats = "page"
    files.finish()
    before = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    assert len(before) == 8
    files.write(120 * NS_PER_SECOND)
    files.finish()
    assert {path.name: path.stat().st_ino for path in tmp_path.iterdir()} == before
