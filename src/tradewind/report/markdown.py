"""A report as Markdown: plain enough for a terminal, a mail or a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.report.figures import figures, most_refused, percent
from tradewind.report.months import by_year
from tradewind.report.trades import first_and_last, heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.report.input import ReportInput

TRADES_SHOWN = 10
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def render_markdown(report: ReportInput) -> str:
    """Write the whole report."""
    parts = [f"# {_safe(report.title)}"]
    if report.facts:
        parts.append(_table(("Session", ""), report.facts.items()))
    for group, rows in figures(report.statistics, report.currency).items():
        parts += [f"## {group}", _table(("Metric", "Value"), ((row.label, row.text) for row in rows), right=1)]
    parts += ["## Months", _months(report), "## Closed trades", *_trades(report)]
    if report.statistics.cost.refusals:
        refused = ((code, f"{count:,}") for code, count in most_refused(report.statistics.cost.refusals))
        parts += ["## Refusals", _table(("Code", "Count"), refused, right=1)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _months(report: ReportInput) -> str:
    rows = (
        (str(year.year), *("" if m is None else percent(m, signed=True) for m in year.months), percent(year.whole))
        for year in by_year(report.units())
    )
    return _table(("Year", *_MONTHS, "Year’s return"), rows, right=1)


def _trades(report: ReportInput) -> list[str]:
    first, last, said = first_and_last(report, TRADES_SHOWN)
    if not first:
        return [said]
    rows = [row.cells for row in first]
    if last:
        rows += [("…",) * len(rows[0]), *(row.cells for row in last)]
    return [said, _table(heading(report.currency), rows, right=5)]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: int | None = None) -> str:
    """Write a table; columns from `right` on are set to the right."""
    rule = ("---:" if right is not None and i >= right else "---" for i in range(len(head)))
    lines = [head, tuple(rule), *(tuple(_safe(cell) for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _safe(text: str) -> str:
    """Keep a text from breaking out of its cell or becoming markup."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
