"""The strategy of `tradewind demo`: follow the trend of quarter hours, with a stop and a target at the venue.

An example to read and to copy, not a way to make money: its numbers are round ones, fitted to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind import ATR, EMA, Strategy

if TYPE_CHECKING:
    from tradewind import Bar, Context, Fill


class TrendRider(Strategy):
    """Buy when the fast average crosses above the slow one; leave by stop, by target, or when it crosses back."""

    interval: str = "15m"
    fast: int = 12
    slow: int = 48
    risk: float = 0.005
    """The share of the equity that is lost if the stop is hit at its price."""
    stop_atr: float = 3.0
    """How far below the price the stop lies, in average ranges."""
    target_atr: float = 9.0
    """How far above it the target lies."""
    share_max: float = 0.25
    """The largest share of the equity in one position."""

    def on_start(self, ctx: Context) -> None:
        """Ask for the longer bars, which are made from the session's own, and begin the averages."""
        for symbol in ctx.symbols:
            ctx.subscribe(self.interval, symbol)
        self.fast_average = {name: EMA(self.fast) for name in map(ctx.id_of, ctx.symbols)}
        self.slow_average = {name: EMA(self.slow) for name in map(ctx.id_of, ctx.symbols)}
        self.range = {name: ATR(14) for name in map(ctx.id_of, ctx.symbols)}
        self.above: dict[str, bool] = {}

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Decide on closed bars of the longer interval only."""
        if bar.interval != self.interval:
            return
        name = bar.instrument
        fast, slow = self.fast_average[name].update(bar.close), self.slow_average[name].update(bar.close)
        atr = self.range[name].update(bar)
        if fast is None or slow is None or atr is None:
            return
        was, self.above[name] = self.above.get(name), fast > slow
        if was is False and fast > slow:
            self.enter(ctx, bar, atr)
        elif was and fast <= slow and ctx.position(name).quantity:
            ctx.cancel_all(name)  # the stop and the target: a close leaves them where they rest
            ctx.close(name, tag="crossed back")
            ctx.mark("trend over", symbol=name, color="orange", shape="square")

    def enter(self, ctx: Context, bar: Bar, atr: float) -> None:
        """Buy so much that the stop costs `risk` of the equity."""
        if not ctx.equity or ctx.position(bar.instrument).quantity:
            return
        equity, distance = float(ctx.equity), self.stop_atr * atr
        quantity = equity * min(self.risk / distance, self.share_max / bar.close)
        ctx.bracket(
            "buy", quantity, bar.instrument,
            stop_loss=bar.close - distance, take_profit=bar.close + self.target_atr * atr, tag="trend up",
        )  # fmt: skip
        ctx.mark("trend up", f"stop {distance / bar.close:.2%} below", bar.instrument, color="blue", shape="triangle")

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """Write down what was done, for the session's log."""
        ctx.log(f"{fill.side.value} {fill.quantity} {ctx.instrument(fill.instrument).symbol} at {fill.price}")
