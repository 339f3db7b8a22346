"""The cross with a stop, long only: the one logic that examples/wasm and the tests have in every style of strategy."""

from tradewind import SMA, Strategy


class SmaCrossStop(Strategy):
    """Buy when the fast average crosses above the slow one; sell all below it, or when a bar closes under the stop.

    The stop is watched on closed bars, because not every style has resting stop orders.
    """

    fast: int = 20
    slow: int = 50
    quantity: float = 0.1
    stop: float = 0.98
    """Of the close at which the entry was decided."""

    def on_start(self, ctx):
        self.fast_average = SMA(self.fast)
        self.slow_average = SMA(self.slow)
        self.above = None

    def on_bar(self, ctx, bar):
        if bar.instrument != ctx.id_of():  # the first symbol only
            return
        fast, slow = self.fast_average.update(bar.close), self.slow_average.update(bar.close)
        if fast is None or slow is None:
            return
        before, self.above = self.above, fast > slow
        held = ctx.position().quantity
        entry = ctx.state.get("entry")  # the close of the entry's bar, until the exit is ordered
        if held and entry is not None and (not self.above or bar.close < entry * self.stop):
            ctx.state["entry"] = None
            ctx.sell(held, tag="stop" if self.above else "cross down")
        elif not held and self.above and before is False:
            ctx.state["entry"] = bar.close
            ctx.buy(self.quantity, tag="cross up")
