"""A million bars of the SMA cross: against a bare loop, in memory, and what a single bar costs."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

from bench import bars
from bench.cross import by_engine, by_hand, world
from bench.figures import Figure, interleaved
from bench.sma_cross import Cross
from tradewind import Strategy
from tradewind.app.run_results import RunResults
from tradewind.domain.money import money_context
from tradewind.record.market_data.streams import stream_bars
from tradewind.runtime import backtest
from tradewind.runtime.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind import Bar, Context

COUNT = 1_000_000
QUIET_COUNT, ORDER_COUNT = 300_000, 10_000


class Quiet(Strategy):
    """Hear every bar, want nothing."""

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Do nothing, after having been called for it."""


class EveryBar(Strategy):
    """Buy on one bar and sell on the next."""

    def on_start(self, ctx: Context) -> None:  # noqa: ARG002 - a hook
        """Begin with a purchase."""
        self.holds = False

    def on_bar(self, ctx: Context, bar: Bar) -> None:  # noqa: ARG002 - a hook
        """Order, each time the other way."""
        if self.holds:
            ctx.sell(Decimal("0.1"))
        else:
            ctx.buy(Decimal("0.1"))
        self.holds = not self.holds


def figures() -> Iterator[Figure]:
    """Measure."""
    table = bars.table(0, COUNT)
    ours, bare = by_engine([table]), by_hand(table)
    assert (ours.fills, round(ours.cash, 2)) == (bare.fills, bare.cash), f"not the same decisions: {ours}, {bare}"
    engine, hand, command = interleaved(lambda: by_engine([table]), lambda: by_hand(table), _as_the_command_does)
    told = f"{bars.described()}, {ours.fills:,} fills, cash {ours.cash:,.2f} in both"
    yield Figure(name="bare Python loop", value=COUNT / hand, unit="bars/s", note=told)
    yield Figure(name="backtest, journal off", value=COUNT / engine, unit="bars/s")
    yield Figure(name="backtest ÷ bare loop", value=hand / engine, unit="", at_least=0.35)
    yield Figure(name="backtest with hourly equity and results", value=COUNT / command, unit="bars/s")
    yield Figure(name="peak memory of the backtest", value=_peak_mb(), unit="MB", at_most=600)
    yield from _bars()


def _as_the_command_does() -> None:
    """Run as `tradewind backtest --no-session` does: with a results of executions and hourly equity."""
    table = bars.table(0, COUNT)
    with money_context():
        made = world([table], Cross())
        results = RunResults(made.engine)
        loop = Loop(made.engine, made.timeline, made.venue, sink=results.take)
        backtest.run(made.engine, loop, made.start, stream_bars([table]), watch=results.watch)
        results.finish()
        results.statistics()


def _peak_mb() -> float:
    """Return the peak of a process that does nothing but this backtest."""
    command = [sys.executable, "-m", "bench.peak", str(COUNT)]
    done = subprocess.run(command, cwd=bars.ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)


def _bars() -> Iterator[Figure]:
    quiet, busy = interleaved(lambda: _feed(Quiet(), QUIET_COUNT), lambda: _feed(EveryBar(), ORDER_COUNT))
    yield Figure(name="a quiet bar (made, matched, told)", value=quiet / QUIET_COUNT * 1e9, unit="ns")
    yield Figure(name="a bar with an order that fills", value=busy / ORDER_COUNT * 1e6, unit="µs")


def _feed(strategy: Strategy, count: int) -> None:
    by_engine([bars.table(0, count)], strategy)
