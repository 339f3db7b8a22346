"""The logic of examples/wasm/*/rsi as a class: what the guests must come to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind import RSI, Strategy

if TYPE_CHECKING:
    from tradewind import Bar
    from tradewind.strategy.context import Context


class Rsi(Strategy):
    """Buy when the RSI falls below `low`, sell all when it rises above `high`."""

    period: int = 14
    low: float = 30.0
    high: float = 70.0
    quantity: float = 0.1

    def on_start(self, ctx: Context) -> None:
        self.rsi = RSI(self.period)

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        index = self.rsi.update(bar.close)
        held = ctx.position().quantity
        if index is None or self.low <= index <= self.high:
            return
        if index < self.low and not held:
            ctx.buy(self.quantity, tag="weak")
        elif index > self.high and held:
            ctx.sell(held, tag="strong")
