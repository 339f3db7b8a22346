"""Several symbols in one strategy: hold the one that has gained most, and look again once a day by a timer."""

from tradewind import Strategy

NS_PER_DAY = 86_400_000_000_000


class Strongest(Strategy):
    """Every `days` days, move into the symbol with the best return over `look_back` bars, if it has gained at all."""

    look_back: int = 24
    days: int = 1
    fraction: float = 0.9

    def on_start(self, ctx):
        ctx.set_timer("rotate", after=self.days * NS_PER_DAY)

    def on_timer(self, ctx, timer):
        ctx.set_timer("rotate", after=self.days * NS_PER_DAY)
        gains = {}
        for symbol in ctx.symbols:
            closes = ctx.history("close", self.look_back, symbol)
            if len(closes) == self.look_back:
                gains[symbol] = closes[-1] / closes[0] - 1.0
        if not gains:
            return
        best = max(gains, key=gains.get)
        wanted = best if gains[best] > 0 else None
        for symbol in ctx.symbols:
            if symbol != wanted:
                ctx.close(symbol, tag="not the strongest")
        if wanted and not ctx.position(wanted).quantity:
            ctx.target_fraction(self.fraction, wanted, tag="strongest")
            ctx.mark("strongest", f"{gains[wanted]:+.2%}", wanted)
