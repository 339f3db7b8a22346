"""The bytes of a column: the numbers as the machine keeps them, of every way in which polars holds them."""

from __future__ import annotations

import array

import polars as pl
import pytest

from tradewind.record.market_data.raw import column_bytes

NUMBERS = pl.Series("x", [1.5, -2.0, 0.0, float("inf"), 1e-300, 7.0])


def raw(column: pl.Series) -> bytes:
    return b"".join(bytes(part) for part in column_bytes(column))


@pytest.mark.parametrize(
    "column",
    [
        NUMBERS,
        NUMBERS[2:],
        NUMBERS[:0],
        pl.concat([NUMBERS[1:3], NUMBERS[:0], NUMBERS[4:]], rechunk=False),
        NUMBERS.to_frame().filter(pl.col("x") > 0)["x"],
    ],
)
def test_a_column_is_the_numbers_in_it(column: pl.Series) -> None:
    assert raw(column) == array.array("d", column.to_list()).tobytes()
    assert raw(column.is_finite().cast(pl.Int64)) == array.array("q", column.is_finite().to_list()).tobytes()


def test_what_was_read_stays_when_the_column_is_gone() -> None:
    kept = [raw(pl.Series("x", range(10_000)) + offset) for offset in range(50)]
    assert all(array.array("q", each).tolist() == list(range(n, 10_000 + n)) for n, each in enumerate(kept))


@pytest.mark.parametrize("column", [pl.Series("x", [1, None]), pl.Series("x", ["a"]), pl.Series("x", [1], pl.Int32)])
def test_a_column_with_holes_or_of_other_things_is_refused(column: pl.Series) -> None:
    with pytest.raises(ValueError, match="x: "):
        raw(column)
