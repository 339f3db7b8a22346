"""A report in the terminal: the figures side by side, and equity drawn with braille dots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tradewind.domain.time import iso_date
from tradewind.report.figures import figures, money, told_refusals
from tradewind.report.thinning import at_times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from tradewind.report.figures import Figure
    from tradewind.report.input import ReportInput

PLOT_WIDTH_MAX, PLOT_HEIGHT = 100, 8
_STYLES = {"good": "green", "bad": "red", "": ""}
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bits of a braille character, by column and by row from the top."""


def render_terminal(report: ReportInput, console: Console) -> None:
    """Print the report."""
    console.print(Text(report.title, style="bold"))
    for name, fact in report.facts.items():
        console.print(Text.assemble((f"{name}: ", "dim"), fact))
    if len(report.equity) > 1:
        console.print(_plot(report, console.width))
    groups = figures(report.statistics, report.currency)
    console.print(Columns([_table(group, rows) for group, rows in groups.items()], padding=(0, 1)))
    if report.statistics.cost.refusals:
        console.print(Text(f"Refused: {told_refusals(report.statistics.cost.refusals)}", style="yellow"))


def braille(values: Sequence[float], height: int) -> list[str]:
    """Draw a line through values, two to a character, four dots to a line of text; the first line is the top."""
    low, high = min(values), max(values)
    rows = 4 * height
    scale = (rows - 1) / (high - low) if high > low else 0.0
    cells = [[0] * ((len(values) + 1) // 2) for _ in range(height)]
    before: int | None = None
    for x, value in enumerate(values):
        y = rows - 1 - round((value - low) * scale)
        begin, end = (y, y) if before is None else (min(y, before), max(y, before))
        for dot in range(begin, end + 1):
            cells[dot // 4][x // 2] |= _DOTS[x % 2][dot % 4]
        before = y
    return ["".join(chr(0x2800 + bits) for bits in row) for row in cells]


def _plot(report: ReportInput, width: int) -> Panel:
    top, bottom = (money(float(f(v for _, v in report.equity))) for f in (max, min))
    label = max(len(top), len(bottom))
    columns = max(10, min(width - label - 6, PLOT_WIDTH_MAX))
    lines = braille(at_times(report.equity, 2 * columns), PLOT_HEIGHT)
    labels = [top, *[""] * (PLOT_HEIGHT - 2), bottom]
    text = Text()
    for name, line in zip(labels, lines, strict=True):
        text.append(f"{name:>{label}} ", style="dim").append(f"{line}\n", style="cyan")
    begin, end = iso_date(report.equity[0][0]), iso_date(report.equity[-1][0])
    text.append(f"{'':>{label}} {begin}{end:>{columns - len(begin)}}", style="dim")
    return Panel(text, title=f"Equity, {report.currency}" if report.currency else "Equity", expand=False)


def _table(group: str, rows: list[Figure]) -> Table:
    table = Table(title=group, title_justify="left", title_style="bold", show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for row in rows:
        table.add_row(row.label, Text(row.text, style=_STYLES[row.tone]))
    return table
