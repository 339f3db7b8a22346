"""Buy a breakout, and leave the rest to policies: the strategy names no stop, no target and no exit."""

from tradewind import Strategy

CONFIGURATION = {
    "entry": {"stop_loss": 0.01, "take_profit": 0.05},
    "trailing": {"activation_threshold": 0.003, "distance": {"pct": 0.004}, "breakeven_threshold": 0.004},
    "partial": {"exit_targets": [0.004, 0.008], "exit_sizes": [0.5, 0.25], "max_scale_ins": 0},
    "time": {"max_holding_hours": 12, "end_of_day_flat": True},
    "early_cut": {"mfe_threshold": 0.001, "evaluation_window_hours": 2},
}
"""The block `positions` that it is meant to run with; docs/positions.md has it as YAML."""


class Breakout(Strategy):
    """For one symbol: buys when the close is above the highs of the last `bars` bars, with `fraction` of the equity."""

    bars: int = 60
    fraction: float = 0.2

    def on_bar(self, ctx, bar):
        highs = ctx.history("high", self.bars + 1)
        if len(highs) <= self.bars or ctx.position().quantity or list(ctx.open_orders()):
            return
        if bar.close > max(highs[:-1]):
            ctx.target_fraction(self.fraction, tag="breakout")

    def on_fill(self, ctx, fill):
        ctx.mark(fill.side.value, f"{fill.quantity} at {fill.price}", color="green")
