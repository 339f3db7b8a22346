"""The strategy of all benchmarks: hold a fixed quantity while SMA 20 is above SMA 50, of one symbol or of many."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind import SMA, Strategy

if TYPE_CHECKING:
    from tradewind import Bar, Context

QUANTITY = Decimal("0.1")
FAST, SLOW = 20, 50


class Cross(Strategy):
    """Buy when the fast average crosses above the slow one, sell when it crosses back."""

    def on_start(self, ctx: Context) -> None:  # noqa: ARG002 - a hook
        """Make the averages."""
        self.fast = SMA(FAST)
        self.slow = SMA(SLOW)
        self.above: bool | None = None

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Order at the bar on which the averages have crossed."""
        fast, slow = self.fast.update(bar.close), self.slow.update(bar.close)
        if slow is None or fast is None:
            return
        above = fast > slow
        if above is not self.above:
            if self.above is not None:
                ctx.target_quantity(QUANTITY if above else 0)
            self.above = above


class CrossOfMany(Strategy):
    """The same for every symbol of the session."""

    def on_start(self, ctx: Context) -> None:  # noqa: ARG002 - a hook
        """Begin without averages: a symbol gets its own with its first bar."""
        self.averages: dict[str, tuple[SMA, SMA]] = {}
        self.above: dict[str, bool] = {}

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Order at the bar on which the averages of its symbol have crossed."""
        name = bar.instrument
        averages = self.averages.get(name)
        if averages is None:
            averages = self.averages[name] = (SMA(FAST), SMA(SLOW))
        fast, slow = averages[0].update(bar.close), averages[1].update(bar.close)
        if slow is None or fast is None:
            return
        above = fast > slow
        before = self.above.get(name)
        if above is not before:
            if before is not None:
                ctx.target_quantity(QUANTITY if above else 0, name)
            self.above[name] = above
