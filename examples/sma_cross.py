"""A moving-average cross on one symbol: hold while the fast average is above the slow one, else stand aside."""

from tradewind import SMA, Strategy


class SmaCross(Strategy):
    """Buy when the fast average crosses above the slow one, sell when it crosses back."""

    fast: int = 20
    slow: int = 50
    fraction: float = 0.95
    """The share of the equity that is put in."""

    def on_start(self, ctx):
        self.fast_average = SMA(self.fast)
        self.slow_average = SMA(self.slow)
        self.above = None

    def on_bar(self, ctx, bar):
        if bar.instrument != ctx.id_of():  # the first symbol only; multi_symbol.py has them all
            return
        fast, slow = self.fast_average.update(bar.close), self.slow_average.update(bar.close)
        if slow is None:
            return
        above = fast > slow
        if self.above is not None and above != self.above:
            if above:
                ctx.target_fraction(self.fraction, tag="cross up")
                ctx.mark("cross up", color="green")
            else:
                ctx.close(tag="cross down")
        self.above = above
