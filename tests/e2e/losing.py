"""A strategy that loses in every way that a breaker looks for; the sessions of test_breakers.py run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind import Strategy

if TYPE_CHECKING:
    from tradewind import Bar
    from tradewind.strategy.context import Context


class Losing(Strategy):
    """Trades to and fro, sends a burst, puts most of the money in what falls, and asks for more at each bar."""

    all_in_at: int = 14

    def on_start(self, ctx: Context) -> None:
        ctx.state.setdefault("bars", 0)

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        if bar.instrument.endswith(":ETHUSDT"):
            return
        ctx.state["bars"] += 1
        number = ctx.state["bars"]
        if number in (2, 6):
            ctx.buy("0.1", "ETHUSDT")
        elif number in (4, 8):
            ctx.close("ETHUSDT")
        elif number == 11:
            for _ in range(6):
                ctx.buy("0.001", "ETHUSDT")
        elif number == self.all_in_at:
            ctx.buy(round(0.85 * float(ctx.cash()) / bar.close, 4), "BTCUSDT")
        elif number > self.all_in_at:
            ctx.buy("0.0001", "BTCUSDT")
