"""A report as a picture: price with buys and sells, equity, drawdown, and the figures that are read first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.ids import symbol_of
from tradewind.domain.order import Side
from tradewind.domain.time import NS_PER_DAY
from tradewind.record.stats.drawdown import drawdowns
from tradewind.report import palette
from tradewind.report.charts import MANY_FILLS
from tradewind.report.extras import load
from tradewind.report.figures import headlines
from tradewind.report.thinning import candles, thin

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.stats.equity import Sample
    from tradewind.report.input import ReportInput

WIDTH_PX, HEIGHT_PX, DPI = 1600, 1000, 100
_POINTS = 3000
_TONES = {"good": palette.GAIN, "bad": palette.LOSS, "": palette.INK}


HELD = "steps-post"
"""A value holds until the next sample: between two of them nothing is known to have moved."""


def render_png(report: ReportInput, path: Path) -> None:
    """Write the picture, 1600 by 1000; price is that of the first instrument with bars."""
    figure = load("matplotlib.figure").Figure(
        figsize=(WIDTH_PX / DPI, HEIGHT_PX / DPI), dpi=DPI, facecolor=palette.PAPER
    )
    load("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
    priced = any(len(bars.ts) for bars in report.bars)
    ratios = [4, 3, 1.5] if priced else [3, 1.5]
    panels = figure.subplots(
        len(ratios), 1, sharex=True, height_ratios=ratios,
        gridspec_kw={"left": 0.07, "right": 0.975, "top": 0.825, "bottom": 0.055, "hspace": 0.09},
    )  # fmt: skip
    _head(figure, report)
    if priced:
        _price(panels[0], report)
    _equity(panels[-2], report)
    _drawdown(panels[-1], report)
    for panel in panels:
        _dress(panel)
    _dates(panels[-1])
    figure.savefig(path, format="png")


def _head(figure: Any, report: ReportInput) -> None:  # noqa: ANN401
    figure.text(0.025, 0.955, _plain(report.title), fontsize=21, fontweight="bold", color=palette.INK, va="center")
    facts = "   ·   ".join(f"{name} {fact}" for name, fact in report.facts.items())
    figure.text(0.025, 0.921, _plain(facts)[:200], fontsize=10.5, color=palette.MUTED, va="center")
    rows = headlines(report.statistics, report.currency)
    for i, row in enumerate(rows):
        x = 0.025 + i * 0.95 / len(rows)
        figure.text(x, 0.888, row.label, fontsize=10, color=palette.MUTED, va="center")
        figure.text(x, 0.860, _plain(row.text), fontsize=14.5, fontweight="bold", color=_TONES[row.tone], va="center")


def _price(panel: Any, report: ReportInput) -> None:  # noqa: ANN401
    bars = next(bars for bars in report.bars if len(bars.ts))
    drawn = candles(bars, _POINTS).bars
    days = _days(drawn.ts)
    panel.fill_between(days, drawn.low, drawn.high, color="#cbd5e1", linewidth=0, step="mid")
    panel.plot(days, drawn.close, color="#475569", linewidth=0.9)
    many = len(report.fills) > MANY_FILLS
    for side, marker, color in ((Side.BUY, "^", palette.BUY), (Side.SELL, "v", palette.SELL)):
        fills = [f for f in report.fills if f.side is side and f.instrument == bars.instrument]
        panel.scatter(
            _days([f.ts for f in fills]), [float(f.price) for f in fills],
            marker=marker, s=12 if many else 60, color=color, zorder=3,
            edgecolors=palette.PAPER, linewidths=0 if many else 0.6,
            label=f"{len(fills):,} {'buys' if side is Side.BUY else 'sells'}",
        )  # fmt: skip
    panel.set_ylabel(_plain(symbol_of(bars.instrument) or bars.instrument))
    panel.legend(loc="upper left", frameon=False, ncols=2, labelcolor=palette.MUTED, handletextpad=0.2)


def _equity(panel: Any, report: ReportInput) -> None:  # noqa: ANN401
    if not report.equity:
        return
    samples = thin(report.equity, _POINTS // 4)
    values = [value for _, value in samples]
    panel.plot(_times(samples), values, color=palette.EQUITY, linewidth=1.6, drawstyle=HELD)
    panel.fill_between(_times(samples), values, min(values), color=palette.EQUITY, alpha=0.10, linewidth=0, step="post")
    panel.axhline(values[0], color=palette.MUTED, linewidth=0.8, linestyle=(0, (4, 4)))
    panel.set_ylabel(_plain(f"Equity, {report.currency}" if report.currency else "Equity"))


def _drawdown(panel: Any, report: ReportInput) -> None:  # noqa: ANN401
    samples = thin(drawdowns(report.units()), _POINTS // 4)
    under = [-depth for _, depth in samples]
    panel.fill_between(_times(samples), under, 0.0, color=palette.DRAWDOWN, alpha=0.28, linewidth=0, step="post")
    panel.plot(_times(samples), under, color=palette.DRAWDOWN, linewidth=0.9, drawstyle=HELD)
    panel.set_ylabel("Drawdown")
    panel.yaxis.set_major_formatter(load("matplotlib.ticker").PercentFormatter(1.0))


def _dress(panel: Any) -> None:  # noqa: ANN401
    panel.grid(axis="y", color=palette.GRID, linewidth=0.8)
    panel.set_axisbelow(True)
    panel.margins(x=0.005)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.spines["bottom"].set_color(palette.GRID)
    panel.tick_params(colors=palette.MUTED, length=0, labelsize=10)
    panel.yaxis.label.set_color(palette.MUTED)
    if not panel.get_ylabel().startswith("Drawdown"):
        panel.yaxis.set_major_formatter(load("matplotlib.ticker").StrMethodFormatter("{x:,.6g}"))


def _dates(panel: Any) -> None:  # noqa: ANN401
    dates = load("matplotlib.dates")
    locator = dates.AutoDateLocator()
    panel.xaxis.set_major_locator(locator)
    panel.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))


def _days(times: Any) -> list[float]:  # noqa: ANN401
    return [ts / NS_PER_DAY for ts in times]


def _times(samples: list[Sample]) -> list[float]:
    return _days([ts for ts, _ in samples])


def _plain(text: str) -> str:
    """Keep dollars from being taken for formulas."""
    return text.replace("$", r"\$")
