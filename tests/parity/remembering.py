"""The scripted strategy again, with all that it remembers in `ctx.state`: it goes on in another process as it was.

Each of its draws is made of the seed and of how often it was called, so that it depends on nothing else that it holds.
"""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.parity.scripted import Scripted
from tradewind import api
from tradewind.api import TradingAlgorithm, date_rules, time_rules
from tradewind.domain.restraint import RestraintKind

if TYPE_CHECKING:
    from tradewind.strategy.context import Context


class Remembering(Scripted):
    """Draws an action in every hook, from what is kept."""

    def on_start(self, ctx: Context) -> None:
        super().on_start(ctx)
        ctx.cancel_timer("first")
        ctx.subscriptions = {series for series in ctx.subscriptions if series[1] != self.longer}
        ctx.state.update(mine=[], called=0, of={"cash": Decimal(0)})
        ctx.state["begun"] = True
        self.saved = 0

    def perhaps(self, ctx: Context, chance: float) -> None:
        state = ctx.state
        state["called"] += 1
        self.saved += 1
        state["of"]["cash"] = ctx.cash()
        state.pop("begun", None)
        if state["called"] == 6:
            ctx.restrain(RestraintKind.MAX_ORDER_COUNT, quantity=Decimal(14))
            ctx.restrain(RestraintKind.MAX_ORDER_SIZE, quantity=Decimal(10))
        self.mine = state["mine"]
        self.draw = random.Random(f"{self.seed}/{state['called']}/{self.saved}")
        super().perhaps(ctx, chance)
        if self.draw.random() < 0.1:
            del state["mine"]
            state["mine"] = self.mine[-5:]

    def save_state(self) -> Any:
        return (self.saved,)

    def load_state(self, state: Any) -> None:
        (self.saved,) = state


class RememberingAlgorithm(TradingAlgorithm):
    """An algorithm that keeps all on `context`, and does things by the bar, by the clock and by the day."""

    seed: int = 0

    def initialize(self, context: Any) -> None:
        context.asset = api.symbols()[self.seed % len(api.symbols())]
        context.called = 0
        context.told = ["begun"]
        context.fresh = True
        for minutes in (1, 5, 7):
            api.schedule_function(self.by_the_clock, date_rules.every_day(), time_rules.market_open(minutes=minutes))
        for minutes in (100, 60, 30, 3):
            api.schedule_function(self.by_the_clock, date_rules.every_day(), time_rules.market_close(minutes=minutes))
        api.schedule_function(self.every_bar, date_rules.every_day())
        api.set_cancel_policy(api.EODCancel())
        api.set_max_order_count(40)

    def before_trading_start(self, context: Any, data: Any) -> None:
        context.told.append("morning")
        self.ctx.log(f"morning of {api.get_datetime()}")

    def handle_data(self, context: Any, data: Any) -> None:
        context.called += 1
        context.told = context.told[-4:]
        if hasattr(context, "fresh") and context.called > 3:
            del context.fresh
        self.act(context, data, 0.3)

    def by_the_clock(self, context: Any, data: Any) -> None:
        context.told.append(f"{api.get_datetime()}")
        self.ctx.log(f"{context.told} {context.called} {context.portfolio.pnl}")
        self.act(context, data, 0.8)

    def every_bar(self, context: Any, data: Any) -> None:
        context.called += 1

    def act(self, context: Any, data: Any, chance: float) -> None:
        draw = random.Random(f"{self.seed}/{context.called}/{len(context.told)}")
        if draw.random() > chance:
            return
        price = data.current(api.symbol(context.asset), "price")
        sign = draw.choice((1, -1))
        match draw.randrange(4):
            case 0:
                api.order(context.asset, sign)
            case 1:
                api.order(context.asset, sign, limit_price=price * draw.choice((0.998, 1.001)))
            case 2:
                api.order_target(context.asset, draw.choice((0, 1, 3)))
            case _:
                style = api.OCOOrder(api.LimitOrder(price * (1 - sign * 0.004)), api.TrailingStopOrder(trail_amount=1))
                api.order(context.asset, sign, style=style)
