"""Buy weakness with a way out on both sides: a bracket holds a stop and a target that live and die together."""

from tradewind import ATR, RSI, Strategy


class RsiBracket(Strategy):
    """For one symbol: enter when the RSI comes back up through `low`; stop and target lie at multiples of the range."""

    period: int = 14
    low: float = 30.0
    stop_ranges: float = 2.0
    target_ranges: float = 3.0
    risk: float = 0.005
    """The share of the equity that the stop costs, if it is hit at its price."""

    def on_start(self, ctx):
        self.rsi = RSI(self.period)
        self.range = ATR(self.period)
        self.before = None

    def on_bar(self, ctx, bar):
        if bar.instrument != ctx.id_of():
            return
        before, self.before = self.before, self.rsi.update(bar.close)
        atr = self.range.update(bar)
        if before is None or atr is None or ctx.position().quantity or ctx.equity is None:
            return
        if before < self.low <= self.before:
            distance = self.stop_ranges * atr
            quantity = float(ctx.equity) * min(self.risk / distance, 0.9 / bar.close)
            stop, target = bar.close - distance, bar.close + self.target_ranges * atr
            ctx.bracket("buy", quantity, stop_loss=stop, take_profit=target, tag="weakness ends")

    def on_fill(self, ctx, fill):
        ctx.mark(fill.side.value, f"{fill.quantity} at {fill.price}", color="green")
