"""An algorithm that does everything at random, from a seed: what it wants depends on all that it has been told.

Two runs in which it is told the same wish the same; see `scripted.py`, which is a class that does.
"""

from __future__ import annotations

import math
import random
from typing import Any

from tradewind import api
from tradewind.api import TradingAlgorithm, date_rules, time_rules


class ScriptedAlgorithm(TradingAlgorithm):
    """Draws an action in every function: orders of all styles, targets, cancels, records."""

    seed: int = 0
    activity: float = 0.3

    def initialize(self, context: Any) -> None:
        self.draw = random.Random(self.seed)
        api.schedule_function(self.by_the_clock, date_rules.every_day(), time_rules.market_open(minutes=5))
        api.schedule_function(
            self.by_the_clock, date_rules.week_start(days_offset=1), time_rules.market_close(minutes=20)
        )
        api.schedule_function(self.by_the_clock, date_rules.month_end(days_offset=15))
        if self.draw.random() < 0.5:
            api.set_cancel_policy(api.EODCancel())
        if self.draw.random() < 0.5:
            api.set_slippage(api.slippage.FixedBasisPointsSlippage(3, volume_limit=0.4))
            api.set_commission(api.commission.PerShare(0.01, 1))
        if self.draw.random() < 0.5:
            api.set_max_order_count(25)
            api.set_max_position_size(max_shares=20)

    def before_trading_start(self, context: Any, data: Any) -> None:
        self.act(context, data)

    def handle_data(self, context: Any, data: Any) -> None:
        context.bars = getattr(context, "bars", 0) + 1
        api.record(worth=context.portfolio.portfolio_value, bars=context.bars)
        self.act(context, data)

    def by_the_clock(self, context: Any, data: Any) -> None:
        self.act(context, data)

    def on_order_fill(self, context: Any, order: Any, transaction: Any) -> None:
        if self.draw.random() < self.activity:
            api.order(order.asset, -transaction.amount / 2)

    def on_order_cancel(self, context: Any, order: Any, reason: str) -> None:
        self.ctx.log(f"{order.status} {order.filled} {reason}")

    def on_order_reject(self, context: Any, order: Any, reason: str) -> None:
        self.ctx.log(f"{order.amount} {reason}")

    def act(self, context: Any, data: Any) -> None:
        if self.draw.random() >= self.activity:
            return
        assets = api.symbols()
        asset = self.draw.choice(assets)
        price = data.current(asset, "price")
        if math.isnan(price) or data.is_stale(asset):
            self.ctx.log(f"{asset} {data.can_trade(assets)}")
            return
        near = price * (1 + self.draw.gauss(0.0, 0.004))
        mean = data.history(asset, "price", self.draw.choice((1, 5, 30)), self.draw.choice(("1m", "1d"))).mean()
        sign = 1 if mean < price else -1
        self.speak(asset, sign, near, price)

    def speak(self, asset: Any, sign: int, near: float, price: float) -> None:
        match self.draw.randrange(9):
            case 0:
                api.order(asset, sign * self.draw.choice((0.01, 1, 3.7)))
            case 1:
                api.order(asset, sign, limit_price=near)
            case 2:
                api.order(asset, sign, stop_price=near)
            case 3:
                api.order_target_percent(asset, self.draw.choice((-0.2, 0, 0.1, 0.4)))
            case 4:
                api.order_value(asset, sign * 150)
            case 5:
                exits = api.BracketOrder(api.MarketOrder(), price * (1 - sign * 0.01), price * (1 + sign * 0.01))
                api.order(asset, sign, style=exits)
            case 6:
                api.order(asset, sign, style=api.OCOOrder(api.LimitOrder(near), api.TrailingStopOrder(trail_amount=1)))
            case 7:
                for order in api.get_open_orders(asset):
                    api.cancel_order(order)
            case _:
                api.order_target(asset, 0)
