"""The moving picture of a paper session: an observer like any other, with books of its own made from the steps.

It sees what is committed and nothing else, in a thread of its own; the engine does not know that it is there.
"""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tradewind.domain.ids import symbol_of
from tradewind.domain.money import money_context
from tradewind.domain.order import Side
from tradewind.domain.time import NS_PER_HOUR, iso
from tradewind.record.recorder.books import Books
from tradewind.record.recorder.facts import Executed, TripClosed, Valued
from tradewind.report.terminal import braille

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, RenderableType

    from tradewind.app.session.live_run import LiveRun
    from tradewind.domain.step import Step

FRAME_SECONDS = 1 / 15
PLOT_LINES, FILLS_SHOWN = 5, 5
WIDTH_MAX = 100
_WAYS_OUT = {"stop_loss": "stop", "take_profit": "target"}


class Screen:
    """Shows equity, trades and the last executions of one session (port `Observer`)."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self._frame_due = 0.0 if console.is_terminal else math.inf
        self._equity: list[float] = []
        self._sampled_at = 0
        self._now = self._bars = self._trips = 0
        self._fills: deque[tuple[str, str, str, str]] = deque(maxlen=FILLS_SHOWN)

    def begin(self, run: LiveRun) -> None:
        """Take the session that is about to begin."""
        self._books = Books(run.files.header)
        self._base = run.files.header.engine.base
        self._rows = run.given.rows or 0
        self._symbols = ", ".join(instrument.symbol for instrument in run.given.instruments)
        if self._console.is_terminal:
            self._live.start()

    def observe(self, steps: Sequence[Step]) -> None:
        """Take the steps of one turn; draw, if the last picture is old."""
        with money_context():
            for step in steps:
                self._take(step)
                if time.monotonic() >= self._frame_due:
                    self._draw()

    def close(self) -> None:
        """Leave the last picture standing."""
        if self._console.is_terminal:
            self._draw()
            self._live.stop()
        else:
            self._console.print(self._picture())

    def _take(self, step: Step) -> None:
        self._now = step.event.ts_recv
        self._bars = min(step.seq, self._rows)
        for fact in self._books.take(step):
            match fact:
                case Valued():
                    self._sample(float(fact.equity))
                case Executed():
                    self._executed(fact)
                case TripClosed():
                    self._trips += 1

    def _sample(self, equity: float) -> None:
        """Keep one value for each hour, the latest."""
        hour = self._now // NS_PER_HOUR
        if self._equity and hour == self._sampled_at:
            self._equity[-1] = equity
            return
        if self._equity:
            self._equity += [self._equity[-1]] * (hour - self._sampled_at - 1)
        self._equity.append(equity)
        self._sampled_at = hour

    def _executed(self, fact: Executed) -> None:
        fill, spec = fact.fill, fact.spec
        why = "" if spec is None else _WAYS_OUT.get(spec.purpose.value, spec.tag)
        profit = "" if not fact.profit else f"{fact.profit:+,.2f}"
        when = iso(fill.ts_recv)[:16].replace("T", " ")
        what = f"{'buy ' if fill.side is Side.BUY else 'sell'} {fill.quantity:>9} {symbol_of(fill.instrument)}"
        self._fills.append((when, what, f"{fill.price:,.2f}  {why}", profit))

    def _draw(self) -> None:
        self._frame_due = time.monotonic() + FRAME_SECONDS
        self._live.update(self._picture(), refresh=True)

    def _picture(self) -> RenderableType:
        width = min(self._console.width, WIDTH_MAX)
        return Panel(
            Group(self._head(), self._plot(width - 4), self._last()),
            title=f"paper · {self._symbols} · {iso(self._now)[:16].replace('T', ' ')}",
            subtitle=f"{self._bars:,} of {self._rows:,} bars",
            title_align="left",
            subtitle_align="right",
            border_style="dim",
            width=width,
        )

    def _head(self) -> Text:
        now = self._equity[-1] if self._equity else 0.0
        gain = now / self._equity[0] - 1.0 if now else 0.0
        gained = (f"{gain:+.2%}", "green" if gain > 0 else "red" if gain < 0 else "")
        held = sum(not position.is_flat for position in self._books.portfolio.totals.values())
        counts = f"    {self._trips} trades closed    {held} {'position' if held == 1 else 'positions'} open"
        return Text.assemble("equity ", (f"{now:,.2f}", "bold"), f" {self._base}  ", gained, (counts, "dim"))

    def _plot(self, width: int) -> Text:
        """Draw the equity over the whole of the session; what has not happened yet is empty."""
        if not self._equity:
            return Text("\n" * (PLOT_LINES - 1))
        labels = [f"{value:,.0f}" for value in (max(self._equity), min(self._equity))]
        label = max(map(len, labels))
        dots = 2 * (width - label - 1)
        share = self._bars / self._rows if self._rows else 1.0
        wanted = max(2, round(dots * share))
        count = len(self._equity)
        values = [self._equity[n * (count - 1) // (wanted - 1)] for n in range(wanted)]
        names = [labels[0], *[""] * (PLOT_LINES - 2), labels[1]]
        text = Text()
        for n, line in enumerate(braille(values, PLOT_LINES)):
            text.append(f"{names[n]:>{label}} ", style="dim").append(line, style="cyan")
            text.append("\n" if n < PLOT_LINES - 1 else "")
        return text

    def _last(self) -> Table:
        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(style="dim", no_wrap=True)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, ratio=1)
        table.add_column(justify="right", no_wrap=True)
        for when, what, at, profit in (*self._fills, *[("", "", "", "")] * (FILLS_SHOWN - len(self._fills))):
            tone = "green" if profit.startswith("+") else "red"
            table.add_row(when, what, at, Text(profit, style=tone))
        return table
