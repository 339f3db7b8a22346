"""The tables of `tradewind demo`: two runs side by side, and the answer to a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table

from tradewind.report.figures import figures

if TYPE_CHECKING:
    from tradewind.record.sessions.query import Answer
    from tradewind.report.input import ReportInput

SHOWN = (
    "Total P&L", "Total return", "Max drawdown", "Trades", "Win rate", "Profit factor", "Fees", "Average time held",
)  # fmt: skip
_TONES = {"good": "green", "bad": "red", "": ""}


def results(backtest: ReportInput, paper: ReportInput) -> Table:
    """Lay the first figures of both runs side by side."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for name in ("backtest", "live, on paper"):
        table.add_column(name, justify="right", no_wrap=True, min_width=20)
    columns = [
        {figure.label: figure for group in figures(each.statistics, each.currency).values() for figure in group}
        for each in (backtest, paper)
    ]
    for label in SHOWN:
        cells = [f"[{_TONES[c[label].tone]}]{c[label].text}" if c[label].tone else c[label].text for c in columns]
        table.add_row(label, *cells)
    return table


def answered(answer: Answer) -> Table:
    """Show the rows of an answer."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in answer.columns:
        table.add_column(column, justify="right" if column in {"exits", "pnl"} else "left")
    for row in answer.rows:
        table.add_row(*(f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in row))
    return table
