"""What it costs when every limit is on: per bar, flat and with a position, and per order that has a stop of its own."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from bench import bars
from bench.cross import world
from bench.figures import Figure, interleaved
from tradewind import Strategy
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_DAY
from tradewind.engine.settings import EngineSettings
from tradewind.record.market_data.streams import stream_bars
from tradewind.risk.breakers.settings import BreakerSettings
from tradewind.risk.governor import GovernorConfig
from tradewind.risk.limits import Limits
from tradewind.risk.macro import MacroConfig, MacroEvent
from tradewind.risk.parameters import RiskParameters
from tradewind.runtime import backtest
from tradewind.runtime.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind import Bar, Context

BARS, ORDERS = 200_000, 6_000
HUGE = Decimal(10**9)
OFF = EngineSettings()
ON = EngineSettings(
    limits=Limits(
        order_value_max=HUGE, position_value_max=HUGE, position_quantity_max=HUGE, orders_per_minute_max=1_000,
        leverage_max=Decimal(3), order_quantity_max=HUGE, strategy_value_max=HUGE, gross_value_max=HUGE,
        net_value_max=HUGE, amends_per_minute_max=1_000, data_age_max_ns=NS_PER_DAY, self_cross=False,
        parameters=RiskParameters(
            max_fraction=Decimal("0.1"), governor=GovernorConfig(),
            macro=MacroConfig((MacroEvent("far away", "CPI", 4 * 10**18),)),
        ),
    ),
    breakers=BreakerSettings(),
)  # fmt: skip


class Holder(Strategy):
    """Hold something, or nothing, and hear every bar."""

    amount: float = 0.0

    def on_start(self, ctx: Context) -> None:  # noqa: ARG002 - a hook
        """Begin with nothing."""
        self.has_asked = not self.amount

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Buy once."""
        if not self.has_asked:
            ctx.buy(Decimal(repr(self.amount)), stop_loss=bar.close * 0.9)
            self.has_asked = True


class InAndOut(Strategy):
    """Buy with a stop on one bar, and close on the next."""

    def on_start(self, ctx: Context) -> None:  # noqa: ARG002 - a hook
        """Begin with a purchase."""
        self.holds = False

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Order, each time the other way."""
        if self.holds:
            ctx.close()
        else:
            ctx.buy(Decimal("0.01"), stop_loss=bar.close * 0.9)
        self.holds = not self.holds


def figures() -> Iterator[Figure]:
    """Measure."""
    for name, amount in (("flat", 0.0), ("with a position", 0.01)):
        off, on = interleaved(partial(_hold, amount, OFF), partial(_hold, amount, ON))
        yield Figure(name=f"a bar, {name}, no limits", value=off / BARS * 1e9, unit="ns")
        yield Figure(name=f"a bar, {name}, all limits ÷ none", value=on / off, unit="", at_most=1.25)
    off, on = interleaved(lambda: _run(InAndOut(), ORDERS, OFF), lambda: _run(InAndOut(), ORDERS, ON))
    yield Figure(name="an order, no limits", value=off / ORDERS * 1e6, unit="µs")
    yield Figure(name="an order, all limits: more", value=(on - off) / ORDERS * 1e6, unit="µs", at_most=15)


def _hold(amount: float, settings: EngineSettings) -> None:
    _run(Holder(amount=amount), BARS, settings)


def _run(strategy: Strategy, count: int, settings: EngineSettings) -> None:
    table = bars.table(0, count)
    with money_context():
        made = world([table], strategy, settings=settings)
        loop = Loop(made.engine, made.timeline, made.venue, sink=lambda _: None)
        backtest.run(made.engine, loop, made.start, stream_bars([table]))
