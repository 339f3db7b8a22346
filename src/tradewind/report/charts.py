"""The charts of the page, as Plotly figures in plain JSON. Colours of ink and grid are the page's to set."""

from __future__ import annotations

from bisect import bisect_left
from html import escape
from typing import TYPE_CHECKING, Any

from tradewind.domain.ids import symbol_of
from tradewind.domain.money import plain
from tradewind.domain.order import Side
from tradewind.domain.step import MarkShape
from tradewind.domain.time import NS_PER_MS
from tradewind.record.stats.drawdown import drawdowns
from tradewind.report import palette
from tradewind.report.extras import load
from tradewind.report.figures import price
from tradewind.report.thinning import candles, spread, thin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.report.input import Annotation, Bars, FillMark, ReportInput

CANDLES_MAX, MARKS_MAX, LINE_BUCKETS = 3500, 1500, 1000
MANY_FILLS = 200
"""Above this many, marks are drawn smaller, so that the price can be seen between them."""
_SYMBOLS = {MarkShape.CIRCLE: "circle", MarkShape.SQUARE: "square", MarkShape.TRIANGLE: "triangle-up"}

HELD = "hv"
"""A value holds until the next sample: between two of them nothing is known to have moved."""


def equity_chart(report: ReportInput) -> Any:  # noqa: ANN401 - a Plotly figure
    """Draw equity, and below it how far it lies under its peak."""
    go = load("plotly.graph_objects")
    figure = load("plotly.subplots").make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.7, 0.3], vertical_spacing=0.05
    )
    equity, under = thin(report.equity, LINE_BUCKETS), thin(drawdowns(report.units()), LINE_BUCKETS)
    line = {"color": palette.EQUITY, "width": 1.8, "shape": HELD}
    hover = f"%{{y:,.2f}} {escape(report.currency)}<extra></extra>"
    figure.add_trace(
        go.Scatter(x=_ms(ts for ts, _ in equity), y=[v for _, v in equity], line=line, hovertemplate=hover),
        row=1,
        col=1,
    )
    figure.add_trace(
        go.Scatter(
            x=_ms(ts for ts, _ in under),
            y=[-depth for _, depth in under],
            line={"color": palette.DRAWDOWN, "width": 1.2, "shape": HELD},
            fill="tozeroy",
            fillcolor="rgba(225,29,72,0.18)",
            hovertemplate="%{y:.2%}<extra></extra>",
        ),
        row=2,
        col=1,
    )
    figure.update_yaxes(title_text=f"Equity, {escape(report.currency)}", row=1, col=1)
    figure.update_yaxes(title_text="Drawdown", tickformat=".0%", row=2, col=1)
    return _dress(figure, height=520)


def price_chart(report: ReportInput, bars: Bars) -> tuple[Any, str]:
    """Draw the candles of an instrument with what was bought and sold; say what was joined or left out."""
    drawn = candles(bars, CANDLES_MAX)
    figure = load("plotly.graph_objects").Figure(_candles(drawn.bars))
    joined = f", drawn as {len(drawn.bars.ts):,} candles of {drawn.interval}" if drawn.interval else ""
    notes = [f"{len(bars.ts):,} bars{joined}."]
    fills = [fill for fill in report.fills if fill.instrument == bars.instrument]
    for side, name in ((Side.BUY, "buys"), (Side.SELL, "sells")):
        every = [fill for fill in fills if fill.side is side]
        figure.add_trace(_fills(spread(every, MARKS_MAX), side))
        notes.append(_drawn(len(every), name))
    marks = [mark for mark in report.marks if mark.instrument == bars.instrument]
    if marks:
        figure.add_trace(_annotations(spread(marks, MARKS_MAX), bars))
        notes.append(_drawn(len(marks), "marks"))
    figure.update_yaxes(title_text=escape(symbol_of(bars.instrument) or bars.instrument))
    span = _ms((drawn.bars.ts[0], bars.ts[-1]))
    figure.update_xaxes(range=span, rangeslider={"visible": True, "thickness": 0.08, "range": span})
    _dress(figure, height=560)
    figure.update_layout(showlegend=True, hovermode="closest")
    return figure, " ".join(notes)


def _drawn(count: int, name: str) -> str:
    return f"{count:,} {name}, {MARKS_MAX:,} of them drawn." if count > MARKS_MAX else f"{count:,} {name}."


def _candles(bars: Bars) -> Any:  # noqa: ANN401
    up, down = ({"line": {"color": color, "width": 1}} for color in (palette.GAIN, palette.LOSS))
    return load("plotly.graph_objects").Candlestick(
        x=_ms(bars.ts), open=list(bars.open), high=list(bars.high), low=list(bars.low), close=list(bars.close),
        increasing=up, decreasing=down, opacity=0.85, name="price", showlegend=False,
    )  # fmt: skip


def _fills(fills: Sequence[FillMark], side: Side) -> Any:  # noqa: ANN401
    buy = side is Side.BUY
    return load("plotly.graph_objects").Scatter(
        x=_ms(fill.ts for fill in fills),
        y=[float(fill.price) for fill in fills],
        mode="markers",
        name="buy" if buy else "sell",
        marker={
            "symbol": "triangle-up" if buy else "triangle-down",
            "size": 11 if len(fills) <= MANY_FILLS else 6,
            "color": palette.BUY if buy else palette.SELL,
            "line": {"width": 1 if len(fills) <= MANY_FILLS else 0, "color": palette.PAPER},
        },
        text=[f"{fill.side.value} {plain(fill.quantity)} at {price(fill.price)}" for fill in fills],
        hovertemplate="%{text}<br>%{x}<extra></extra>",
    )


def _annotations(marks: Sequence[Annotation], bars: Bars) -> Any:  # noqa: ANN401
    colors = {color: _known_color(color) for color in {mark.color for mark in marks}}
    return load("plotly.graph_objects").Scatter(
        x=_ms(mark.ts for mark in marks),
        y=[mark.price if mark.price is not None else _close_before(bars, mark.ts) for mark in marks],
        mode="markers",
        name="marks",
        marker={
            "symbol": [_SYMBOLS[mark.shape] for mark in marks],
            "size": 8,
            "color": [colors[mark.color] for mark in marks],
        },
        text=[f"<b>{escape(mark.title)}</b><br>{escape(mark.message)}" for mark in marks],
        hovertemplate="%{text}<extra></extra>",
    )


def _close_before(bars: Bars, ts: int) -> float:
    """Return the last close that was known at `ts`: that of the last bar which had opened before."""
    return bars.close[max(0, bisect_left(bars.ts, ts) - 1)]


def _known_color(name: str) -> str:
    """Return a strategy's colour, or grey for a name that is none."""
    try:
        load("plotly.graph_objects").Scatter(marker={"color": name})
    except ValueError:
        return palette.MUTED
    return name


def _dress(figure: Any, height: int) -> Any:  # noqa: ANN401
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 72, "r": 16, "t": 16, "b": 36},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=False,
        hovermode="x unified",
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        font={"family": "system-ui, sans-serif", "size": 12},
    )
    figure.update_xaxes(type="date", showgrid=False)
    figure.update_yaxes(automargin=True, zeroline=False, separatethousands=True)
    return figure


def _ms(times: Iterable[int]) -> list[int]:
    return [ts // NS_PER_MS for ts in times]
