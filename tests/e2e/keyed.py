"""A strategy whose wishes are keyed by the time of a bar: one order for each, however often it is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind import Strategy
from tradewind.domain.events import OrderAccepted, OrderNotFound
from tradewind.domain.signal import OrderIntent

if TYPE_CHECKING:
    from tradewind.domain.events import OrderEvent
    from tradewind.domain.market import Bar
    from tradewind.domain.step import Refusal
    from tradewind.strategy.context import Context

RESTING_MAX = 3


class Keyed(Strategy):
    """With each bar an order at the market and one that rests; what never came to the venue is wished for again."""

    def on_start(self, ctx: Context) -> None:
        for name in ("wanted", "last"):
            ctx.state.setdefault(name, {})
        for name in ("resting", "again"):
            ctx.state.setdefault(name, [])

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        state = ctx.state
        if bar.ts_open <= state["last"].get(bar.instrument, -1):
            return
        state["last"][bar.instrument] = bar.ts_open
        again, state["again"] = state["again"], []
        for wish in again:
            self.wish(ctx, *wish)
        key = f"{bar.instrument} {bar.ts_open}"
        self.wish(ctx, f"{key} market", bar.instrument, None)
        self.wish(ctx, f"{key} rest", bar.instrument, str(round(bar.close * 0.93, 2)))
        if len(state["resting"]) > RESTING_MAX:
            ctx.cancel(state["resting"].pop(0))

    def on_order(self, ctx: Context, event: OrderEvent) -> None:
        wanted, order = ctx.state["wanted"], ctx.order(event.order)
        if isinstance(event, OrderAccepted):
            wanted.pop(event.order, None)
        elif isinstance(event, OrderNotFound) and order is not None and order.is_closed:
            self.wish(ctx, *wanted.pop(event.order))

    def on_refusal(self, ctx: Context, refusal: Refusal) -> None:
        """Wish again with the next bar: after a start, orders wait for the first word on the account."""
        if isinstance(refusal.intent, OrderIntent):
            wish = ctx.state["wanted"].pop(refusal.intent.id)
            if refusal.intent.id in ctx.state["resting"]:
                ctx.state["resting"].remove(refusal.intent.id)
            ctx.state["again"].append(wish)

    def wish(self, ctx: Context, key: str, instrument: str, limit: str | None) -> None:
        if limit is None:
            name = ctx.buy("0.01", instrument, tag=key)
        else:
            name = ctx.buy("0.01", instrument, limit=limit, tag=key)
            ctx.state["resting"].append(name)
        ctx.state["wanted"][name] = (key, instrument, limit)
