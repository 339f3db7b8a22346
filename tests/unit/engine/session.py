"""A busy session in which everything happens, told as bytes: two strategies, three instruments, a venue that obeys."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, SubmitOrder
from tradewind.domain.control import Halted, Paused, Resumed, StopRequested
from tradewind.domain.ids import Asset, InstrumentId, TradeId, VenueOrderId
from tradewind.domain.money import exact, money_context
from tradewind.domain.order import Liquidity, OrderType
from tradewind.strategy.base import Strategy
from tradewind.testing import bar, engine, instrument, started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.commands import Effect
    from tradewind.domain.market import Bar
    from tradewind.domain.step import Step
    from tradewind.strategy.context import Context

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


class Busy(Strategy):
    """Uses every word that a context knows."""

    every: int = 3

    def on_start(self, ctx: Context) -> None:
        ctx.subscribe("5m", "ETHUSDT")
        ctx.state["seen"] = 0

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        ctx.state["seen"] += 1
        seen, symbol = ctx.state["seen"], ctx.symbols[ctx.state["seen"] % 3]
        if seen % self.every == 0:
            ctx.target_fraction(0.1 if seen % 2 else 0, symbol)
        if seen % 7 == 0:
            ctx.buy(0.5, symbol, limit=(ctx.price(symbol) or 1) * 0.99, oco="pair", stop_loss=1)
        if seen % 11 == 0:
            for order in ctx.open_orders():
                ctx.amend(order.spec.id, limit=(ctx.price() or 1) * 0.98)
        if seen % 13 == 0:
            ctx.cancel_all()
            ctx.close(symbol)
        if seen % 17 == 0:
            ctx.set_timer("t", after=5)
            ctx.log(f"{seen} of {bar.interval}")
            ctx.mark("m")

    def on_refusal(self, ctx: Context, refusal: Any) -> None:
        ctx.log(refusal.code.value)


def answers(effect: Effect, ts: int, price: float) -> Iterator[ev.Event]:
    """Say what an obedient venue says to an effect."""
    match effect:
        case SubmitOrder(order=spec):
            yield ev.OrderAccepted(spec.id, VenueOrderId(f"v-{spec.id}"), ts, ts)
            if spec.type is OrderType.MARKET:
                trade = TradeId(f"x-{spec.id}")
                paid = exact(price), exact("0.01"), Asset("USDT")
                yield ev.OrderFilled(spec.id, trade, spec.quantity, *paid, Liquidity.TAKER, ts, ts)
        case CancelOrder(order=order):
            yield ev.OrderCancelled(order, "asked", ts, ts)
        case AmendOrder(order=order):
            yield ev.AmendRejected(order, "no", ts, ts)
        case _:
            return


def session() -> list[Step]:
    """Run it; return its steps."""
    with money_context():
        made = engine(
            Busy(), Busy(every=5), start=started(USDT=10_000), instruments=[instrument(symbol) for symbol in SYMBOLS]
        )
        steps: list[Step] = []

        def take(event: ev.Event) -> None:
            step = made.process(event)
            steps.append(step)
            for effect in step.effects:
                symbol = getattr(getattr(effect, "order", None), "instrument", None)
                price = made.view.last_price(symbol) if symbol else None
                for answer in answers(effect, made.view.now, price or 1.0):
                    take(answer)

        for number in range(200):
            for place, symbol in enumerate(SYMBOLS):
                price = 50.0 * (place + 1) + 5 * math.sin(number / 9 + place)
                if (number, place) not in {(50, 0), (51, 0)}:
                    take(bar(round(price, 2), number, of=InstrumentId(f"binance:{symbol}")))
            if number % 60 == 59:
                for word in (Paused(made.view.now), Halted(made.view.now), Resumed(made.view.now)):
                    take(word)
        take(StopRequested(made.view.now, cancel="all", flatten=True))
        assert all(position.is_flat for position in made.portfolio.totals.values())
        return steps


def digest() -> str:
    """Return the session as one number."""
    return hashlib.sha256(msgspec.msgpack.encode(session())).hexdigest()
