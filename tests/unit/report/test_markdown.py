from __future__ import annotations

import msgspec

from tests.unit.report.demo import demo
from tradewind.record.stats.equity import Transfer
from tradewind.record.stats.statistics import statistics_of
from tradewind.report import ReportInput, render_markdown


def test_it_has_all_parts() -> None:
    report = demo(3000)
    text = render_markdown(report)
    titles = [line for line in text.splitlines() if line.startswith("#")]
    assert titles == [
        "# Breakout of ninety bars", "## Returns", "## Risk", "## Trades", "## Quality", "## Cost", "## Balance",
        "## Months", "## Closed trades", "## Refusals",
    ]  # fmt: skip
    assert f"| Trades | {len(report.trips)} |" in text
    assert "| below_minimum | 12 |" in text
    assert f"of {len(report.trips)} trades." in text


def test_every_row_has_the_columns_of_its_table() -> None:
    columns = None
    for line in render_markdown(demo(3000)).splitlines():
        if not line.startswith("|"):
            columns = None
            continue
        columns = columns or line.count(" |")
        assert line.count(" |") == columns, line


def test_text_from_outside_stays_in_its_cell() -> None:
    report = msgspec.structs.replace(demo(1000), title="a\n# b", facts={"x|y": "<script>\n| z"})
    text = render_markdown(report)
    assert text.startswith("# a # b\n")
    assert "| x\\|y | &lt;script> \\| z |" in text


def test_an_empty_session_has_a_report() -> None:
    empty = ReportInput(title="Nothing", currency="USDT", statistics=statistics_of([], []), equity=[])
    text = render_markdown(empty)
    assert "No trade was closed." in text
    assert "## Refusals" not in text


def test_after_a_deposit_of_unknown_worth_there_are_no_returns() -> None:
    made = demo(1000)
    moves = (Transfer(made.equity[3][0], None),)
    unknown = statistics_of(made.trips, made.equity, transfers=moves)
    text = render_markdown(msgspec.structs.replace(made, transfers=moves, statistics=unknown))
    for label in ("Total P&L", "Total return", "Max drawdown", "Deposits"):
        assert f"| {label} | n/a |" in text
    assert not made.statistics.balance.deposits
