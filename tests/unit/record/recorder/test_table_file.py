"""A Parquet file is replaced so that who has the old footer still finds the old rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tradewind.record.recorder.table_file import ReplaceableFile, shifted

if TYPE_CHECKING:
    from pathlib import Path


def frame(rows: int, seed: int = 0) -> pl.DataFrame:
    numbers = [(n * 7919 + seed) % 10_007 for n in range(rows)]
    return pl.DataFrame(
        {
            "number": pl.Series(numbers, dtype=pl.Int64),
            "value": pl.Series([n / 7 for n in numbers], dtype=pl.Float64),
            "text": pl.Series([None if n % 5 == 0 else f"text {n}" for n in numbers], dtype=pl.String),
            "flag": pl.Series([n % 2 == 0 for n in numbers], dtype=pl.Boolean),
            "at": pl.Series([n * 1_000_000 for n in numbers], dtype=pl.Int64).cast(pl.Datetime("us")),
        }
    )


def read(path: Path) -> pl.DataFrame:
    """Read by both readers and compare them."""
    found = pl.read_parquet(path)
    assert duckdb.execute(f"SELECT * FROM '{path}'").fetchall() == found.rows()
    return found


def test_each_version_is_read_whole_and_keeps_the_columns_of_the_one_before(tmp_path: Path) -> None:
    file = ReplaceableFile(tmp_path / "t.parquet")
    file.write(frame(0))
    for version, rows in enumerate((10, 20, 5, 3000, 3001, 3001, 1, 20_000, 40_000, 20), start=1):
        before, (begin, end) = file.path.read_bytes(), file._columns
        file.write(frame(rows, version))
        assert file.path.read_bytes()[begin:end] == before[begin:end]
        assert read(file.path).equals(frame(rows, version))


def test_it_does_not_grow_with_the_number_of_versions(tmp_path: Path) -> None:
    file, lean = ReplaceableFile(tmp_path / "t.parquet"), ReplaceableFile(tmp_path / "lean.parquet")
    for version in range(50):
        file.write(frame(1000 + version, version))
    lean.write(frame(1049, 49))
    assert file.path.stat().st_size < 4 * lean.path.stat().st_size


def test_a_file_that_somebody_took_away_comes_again(tmp_path: Path) -> None:
    file = ReplaceableFile(tmp_path / "t.parquet")
    file.write(frame(500))
    file.path.unlink()
    file.write(frame(600))
    assert read(file.path).equals(frame(600))


def test_a_file_that_was_there_keeps_its_columns_too(tmp_path: Path) -> None:
    ReplaceableFile(tmp_path / "t.parquet").write(frame(500))
    before = (tmp_path / "t.parquet").read_bytes()
    again = ReplaceableFile(tmp_path / "t.parquet")
    again.write(frame(600))
    assert again.path.read_bytes()[4 : len(before)] == before[4:]
    assert read(again.path).equals(frame(600))


@given(st.binary(max_size=40), st.integers(1, 2**40), st.integers(0, 2**40))
def test_offsets_are_moved_and_nothing_else(name: bytes, offset: int, distance: int) -> None:
    """A footer by hand: a version, a schema's name, and one row group with a column.

    Two of the column's numbers are offsets, one is none.
    """
    chunk = _field(2, 6, offset) + _head(1, 12) + _field(9, 6, offset) + _field(8, 6, offset) + b"\0" + b"\0"
    group = _head(1, 9) + bytes([1 << 4 | 12]) + chunk + _field(1, 6, 77) + b"\0"
    footer = (
        _field(1, 5, 2) + _head(1, 8) + _plain(len(name)) + name + _head(2, 9) + bytes([1 << 4 | 12]) + group + b"\0"
    )
    moved = offset + distance
    chunk_moved = _field(2, 6, moved) + _head(1, 12) + _field(9, 6, moved) + _field(8, 6, offset) + b"\0" + b"\0"
    assert shifted(footer, distance) == footer.replace(chunk, chunk_moved)


def _head(delta: int, kind: int) -> bytes:
    return bytes([delta << 4 | kind])


def _field(delta: int, kind: int, value: int) -> bytes:
    return _head(delta, kind) + _plain(2 * value)


def _plain(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
