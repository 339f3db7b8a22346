"""A strategy that keeps what it needs in `ctx.state`: killed and started again, it does what it would have done."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind import Strategy
from tradewind.domain.time import NS_PER_SECOND

if TYPE_CHECKING:
    from tradewind.domain.fill import Fill
    from tradewind.domain.market import Bar
    from tradewind.strategy.context import Context


class Steady(Strategy):
    """Buys with exits, rests limits, cancels them, sets timers: by what it has counted, never by what it has seen."""

    def on_start(self, ctx: Context) -> None:
        ctx.state.setdefault("bars", 0)
        ctx.state.setdefault("filled", Decimal(0))
        ctx.state.setdefault("rests", [])

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        state = ctx.state
        state["bars"] += 1
        if state["bars"] % 7 == 3:
            ctx.bracket("buy", "0.02", bar.instrument, stop_loss=bar.close * 0.998, take_profit=bar.close * 1.003)
        elif state["bars"] % 5 == 1:
            state["rests"].append(ctx.buy("0.01", bar.instrument, limit=bar.close * 0.999))
        if len(state["rests"]) > 3:
            ctx.cancel(state["rests"].pop(0))
        if state["bars"] % 50 == 0:
            ctx.set_timer("close", after=90 * NS_PER_SECOND)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        ctx.state["filled"] += fill.quantity

    def on_timer(self, ctx: Context, timer: str) -> None:
        for instrument in ctx.instruments:
            ctx.close(instrument)
