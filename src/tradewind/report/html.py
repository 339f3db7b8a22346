"""A report as one HTML file that needs nothing else: charts, figures, months and trades.

The page follows the reader's light or dark scheme. All text from outside is escaped.
"""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tradewind.report.charts import equity_chart, price_chart
from tradewind.report.extras import load
from tradewind.report.figures import figures, headlines, most_refused, percent
from tradewind.report.months import by_year
from tradewind.report.trades import first_and_last, heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.report.figures import Figure
    from tradewind.report.input import ReportInput
    from tradewind.report.trades import Row

TRADES_SHOWN = 50
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def render_html(report: ReportInput) -> str:
    """Write the page."""
    scripts = (load("plotly.offline").get_plotlyjs(), _asset("page.js"))
    body = "\n".join(
        [
            _header(report),
            _section("Equity", _chart(equity_chart(report))) if len(report.equity) > 1 else "",
            *_prices(report),
            _section("Months", _months(report)),
            _section("Statistics", _statistics(report)),
            _section("Trades", _trades(report)),
            _section("Refusals", _refusals(report)),
        ]
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.title)}</title>\n<style>{_asset('page.css')}</style>\n"
        f"<script>{scripts[0]}</script>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        f"<script>{scripts[1]}</script>\n</body>\n</html>\n"
    )


def _asset(name: str) -> str:
    return files("tradewind.report").joinpath(name).read_text(encoding="utf-8")


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{content}\n</section>"


def _header(report: ReportInput) -> str:
    facts = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(fact)}</dd></div>" for name, fact in report.facts.items())
    cards = "".join(
        f'<div class="card"><span>{row.label}</span><strong class="{row.tone}">{escape(row.text)}</strong></div>'
        for row in headlines(report.statistics, report.currency)
    )
    return (
        f'<header>\n<h1>{escape(report.title)}</h1>\n<dl class="facts">{facts}</dl>\n'
        f'<div class="cards">{cards}</div>\n</header>'
    )


def _chart(figure: Any) -> str:  # noqa: ANN401 - a Plotly figure
    data = figure.to_json().replace("<", "\\u003c")  # a text must not end the script that carries it
    return f'<div class="chart"><script type="application/json">{data}</script></div>'


def _prices(report: ReportInput) -> Iterable[str]:
    for bars in report.bars:
        if len(bars.ts):
            figure, note = price_chart(report, bars)
            yield _section(escape(bars.instrument), f'{_chart(figure)}<p class="note">{note}</p>')


def _statistics(report: ReportInput) -> str:
    groups = figures(report.statistics, report.currency)
    return f'<div class="groups">{"".join(_group(name, rows) for name, rows in groups.items())}</div>'


def _group(name: str, rows: Sequence[Figure]) -> str:
    lines = "".join(
        f'<tr><th scope="row">{escape(row.label)}</th><td class="{row.tone}">{escape(row.text)}</td></tr>'
        for row in rows
    )
    return f"<table><caption>{name}</caption><tbody>{lines}</tbody></table>"


def _months(report: ReportInput) -> str:
    years = by_year(report.units())
    if not years:
        return '<p class="note">No month has a return yet.</p>'
    top = max((abs(m) for year in years for m in year.months if m is not None), default=0.0)
    rows = "".join(
        f'<tr><th scope="row">{year.year}</th>{"".join(_month(m, top) for m in year.months)}'
        f'<td class="whole {_sign(year.whole)}">{percent(year.whole, signed=True)}</td></tr>'
        for year in years
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("", *_MONTHS, "Year"))
    note = '<p class="note">In per cent; months of UTC, deposits and withdrawals left out.</p>'
    table = f'<table class="months"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div class="wide">{table}</div>{note}'


def _month(value: float | None, top: float) -> str:
    if value is None:
        return "<td></td>"
    weight = round(8 + 62 * (abs(value) / top if top else 0.0) ** 0.7)  # the root lifts small months above nothing
    return f'<td class="heat {_sign(value)}" style="--weight:{weight}%">{value * 100:+.1f}</td>'


def _sign(value: float) -> str:
    return "good" if value >= 0 else "bad"


def _trades(report: ReportInput) -> str:
    first, last, said = first_and_last(report, TRADES_SHOWN)
    note = f'<p class="note">{said}</p>'
    if not first:
        return note
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heading(report.currency))
    gap = f'<tr class="gap"><td colspan="{len(first[0].cells)}">⋯</td></tr>' if last else ""
    rows = "".join(map(_trade, first)) + gap + "".join(map(_trade, last))
    table = f'<table class="trades"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return f'{note}<div class="wide tall">{table}</div>'


def _trade(row: Row) -> str:
    cells = "".join(
        f'<td class="{row.tone}">{escape(cell)}</td>' if i == len(row.cells) - 3 else f"<td>{escape(cell)}</td>"
        for i, cell in enumerate(row.cells)
    )
    return f"<tr>{cells}</tr>"


def _refusals(report: ReportInput) -> str:
    refused = report.statistics.cost.refusals
    if not refused:
        return '<p class="note">Nothing was refused.</p>'
    lines = "".join(
        f'<tr><th scope="row">{escape(code)}</th><td>{count:,}</td></tr>' for code, count in most_refused(refused)
    )
    return f'<div class="groups"><table><tbody>{lines}</tbody></table></div>'
