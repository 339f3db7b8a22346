"""A strategy that does everything at random, from a seed: what it wants depends on all that it has heard.

Two runs in which it hears the same wish the same. One message more, less or in another place, and its
draws, and so the journals, part for good.
"""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tradewind import Strategy
from tradewind.domain.time import NS_PER_MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind import Bar, Fill
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.step import Refusal
    from tradewind.strategy.context import Context

SIDES = ("buy", "sell")
SIZES = (0.01, 0.2, 1, 3.7, 25)


class Scripted(Strategy):
    """Draws an action in every hook; orders of all kinds, cancels, amendments, timers, words."""

    seed: int = 0
    activity: float = 0.4
    longer: str = "5m"

    def on_start(self, ctx: Context) -> None:
        self.draw = random.Random(self.seed)
        self.mine: list[ClientOrderId] = []
        self.actions: tuple[Callable[[Context, str], None], ...] = (
            self.market, self.market, self.limit, self.limit, self.stop, self.stop_limit, self.trailing, self.bracket,
            self.oco, self.cancel, self.amend, self.amend, self.timer, self.timer, self.target, self.close, self.word,
        )  # fmt: skip
        if self.draw.random() < 0.5:
            ctx.subscribe(self.longer)
        ctx.set_timer("first", after=self.draw.choice((0, 1, 3)) * NS_PER_MINUTE)

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        self.perhaps(ctx, self.activity)

    def on_quote(self, ctx: Context, quote: object) -> None:
        self.perhaps(ctx, 0.1)

    def on_trade(self, ctx: Context, trade: object) -> None:
        self.perhaps(ctx, 0.1)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        self.perhaps(ctx, 0.3)

    def on_order(self, ctx: Context, event: object) -> None:
        self.perhaps(ctx, 0.1)

    def on_refusal(self, ctx: Context, refusal: Refusal) -> None:
        self.perhaps(ctx, 0.1)

    def on_timer(self, ctx: Context, timer: str) -> None:
        self.perhaps(ctx, 0.8)

    def on_gap(self, ctx: Context, gap: object) -> None:
        ctx.log(f"gap: {gap}")

    def on_funding(self, ctx: Context, funding: object) -> None:
        self.perhaps(ctx, 0.5)

    def on_stop(self, ctx: Context) -> None:
        self.perhaps(ctx, 0.5)
        ctx.log(f"cash {ctx.cash()}, equity {ctx.equity}, {len(self.mine)} orders, draw {self.draw.random()}")

    def perhaps(self, ctx: Context, chance: float) -> None:
        if self.draw.random() < chance:
            self.draw.choice(self.actions)(ctx, self.draw.choice(ctx.symbols))

    # --- what it may do -----------------------------------------------------------------------------

    def market(self, ctx: Context, symbol: str) -> None:
        self.submit(ctx, symbol, tif=self.draw.choice(("gtc", "ioc", "fok", "day")))

    def limit(self, ctx: Context, symbol: str) -> None:
        tif = self.draw.choice(("gtc", "gtc", "ioc", "fok", "day", "gtd"))
        terms: dict[str, Any] = {"tif": tif}
        if tif == "gtd":
            terms["expire_at"] = ctx.now + self.draw.choice((0, 1, 4)) * NS_PER_MINUTE
        elif tif in ("gtc", "day") and self.draw.random() < 0.3:
            terms["post_only"] = True
        self.submit(ctx, symbol, limit=self.near(ctx, symbol), **terms)

    def stop(self, ctx: Context, symbol: str) -> None:
        self.submit(ctx, symbol, stop=self.near(ctx, symbol))

    def stop_limit(self, ctx: Context, symbol: str) -> None:
        self.submit(ctx, symbol, stop=self.near(ctx, symbol), limit=self.near(ctx, symbol))

    def trailing(self, ctx: Context, symbol: str) -> None:
        terms: dict[str, Any] = self.draw.choice(({"trail_amount": 0.5}, {"trail_fraction": 0.004}))
        self.submit(ctx, symbol, **terms)

    def bracket(self, ctx: Context, symbol: str) -> None:
        price = ctx.price(symbol) or 100.0
        side, width = self.draw.choice(SIDES), self.draw.choice((0.002, 0.01))
        sign = 1 if side == "buy" else -1
        limit = self.draw.choice((None, price * (1 - sign * 0.001)))
        self.mine.append(
            ctx.bracket(
                side, self.size(), symbol, limit=limit,
                stop_loss=price * (1 - sign * width), take_profit=price * (1 + sign * width),
            )
        )  # fmt: skip

    def oco(self, ctx: Context, symbol: str) -> None:
        name, side = f"pair{len(self.mine)}", self.draw.choice(SIDES)
        self.submit(ctx, symbol, side, limit=self.near(ctx, symbol), oco=name)
        self.submit(ctx, symbol, side, stop=self.near(ctx, symbol), oco=name)

    def cancel(self, ctx: Context, symbol: str) -> None:
        if self.draw.random() < 0.2:
            ctx.cancel_all(self.draw.choice((None, symbol)))
        elif self.mine:
            ctx.cancel(self.draw.choice(self.mine))

    def amend(self, ctx: Context, symbol: str) -> None:
        living = [order.spec.id for order in ctx.open_orders()]
        if living:
            ctx.amend(
                self.draw.choice(living),
                quantity=self.draw.choice((None, *SIZES)),
                limit=self.draw.choice((None, self.near(ctx, symbol))),
            )

    def timer(self, ctx: Context, symbol: str) -> None:
        name = self.draw.choice(("a", "b"))
        if self.draw.random() < 0.2:
            ctx.cancel_timer(name)
        else:
            ctx.set_timer(name, after=self.draw.choice((0, 1, NS_PER_MINUTE, 90 * NS_PER_MINUTE // 60)))

    def target(self, ctx: Context, symbol: str) -> None:
        fraction = self.draw.choice((-0.3, 0, 0.1, 0.4))
        with suppress(ValueError):  # beside an order that is still to be sized: refused, and no reason to be held
            ctx.target_fraction(fraction, symbol)

    def close(self, ctx: Context, symbol: str) -> None:
        with suppress(ValueError):
            ctx.close(symbol)

    def word(self, ctx: Context, symbol: str) -> None:
        ctx.log(f"{symbol} {ctx.position(symbol).quantity} of {ctx.cash()}")
        ctx.mark("here", symbol=symbol)

    # --- its draws ----------------------------------------------------------------------------------

    def submit(self, ctx: Context, symbol: str, side: str = "", **terms: Any) -> None:
        reduce_only = "oco" not in terms and self.draw.random() < 0.2
        side = side or self.draw.choice(SIDES)
        self.mine.append(ctx.submit(side, self.size(), symbol, reduce_only=reduce_only, **terms))

    def size(self) -> float | None:
        return self.draw.choice((None, *SIZES))

    def near(self, ctx: Context, symbol: str) -> float:
        return (ctx.price(symbol) or 100.0) * (1 + self.draw.gauss(0.0, 0.004))
