from __future__ import annotations

import msgspec

from tests.unit.report.demo import demo
from tradewind.report.trades import first_and_last, heading


def test_few_trades_are_all_there() -> None:
    report = demo(1000)
    first, last, said = first_and_last(report, 100)
    assert len(first) == len(report.trips)
    assert not last
    assert said == f"All {len(first)} trades."


def test_many_are_the_first_and_the_last_with_their_numbers() -> None:
    report = demo(3000)
    count = len(report.trips)
    first, last, said = first_and_last(report, 3)
    assert [row.cells[0] for row in first] == ["1", "2", "3"]
    assert [row.cells[0] for row in last] == [str(count - 2), str(count - 1), str(count)]
    assert said == f"The first 3 and the last 3 of {count} trades."


def test_none_is_said_so() -> None:
    assert first_and_last(msgspec.structs.replace(demo(1000), trips=()), 3) == ([], [], "No trade was closed.")


def test_a_row_has_a_cell_for_each_column() -> None:
    first, _, _ = first_and_last(demo(1000), 3)
    assert len(first[0].cells) == len(heading("USDT")) == len(heading(""))
    assert heading("USDT")[8] == "Net P&L, USDT"
