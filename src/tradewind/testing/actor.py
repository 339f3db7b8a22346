"""Strategies of simulated worlds: they do on each bar what the plan says, and count in `ctx.state` what they hear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.money import exact
from tradewind.domain.order import Side, TimeInForce
from tradewind.domain.time import NS_PER_SECOND
from tradewind.strategy.base import Strategy
from tradewind.testing.plan import INTERVAL_NS, Act

if TYPE_CHECKING:
    from tradewind.domain.fill import Fill
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import Bar
    from tradewind.strategy.context import Context
    from tradewind.testing.plan import Wish

Wishes = dict[tuple[int, str], list["Wish"]]
"""What one strategy wishes, by the number of the bar and its symbol."""
GTD_NS = 90 * NS_PER_SECOND
TIME_LIMIT_NS = 150 * NS_PER_SECOND
TIMER_NS = 20 * NS_PER_SECOND
_PLAIN: dict[Act, dict[str, Any]] = {
    Act.IOC: {"tif": TimeInForce.IOC},
    Act.FOK: {"tif": TimeInForce.FOK},
    Act.POST_ONLY: {"post_only": True},
    Act.EXIT: {"reduce_only": True},
}


class Actor(Strategy):
    """Has no will of its own; keyed by the bars' own times, it goes on after a restart where the market is."""

    def __init__(self, wishes: Wishes, start: int) -> None:
        super().__init__()
        self._start = start
        self._wishes = wishes

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        """Do what is planned for this bar."""
        number = (bar.ts_open - self._start) // INTERVAL_NS
        symbol = bar.instrument.partition(":")[2]
        for wish in self._wishes.get((number, symbol), ()):
            _do(ctx, wish, symbol, bar.close)

    def on_fill(self, ctx: Context, fill: Fill) -> None:
        """Count, so that a fill that is heard twice or never shows; the word of a forced close may be lost."""
        if not fill.order.startswith("liquidation-"):
            ctx.state["fills"] = ctx.state.get("fills", 0) + 1

    def on_timer(self, ctx: Context, timer: str) -> None:
        """Buy or sell what the timer's name says."""
        symbol, side, lots = timer.split(" ")
        ctx.submit(Side(side), exact(lots) * ctx.instrument(symbol).lot, symbol, tag="timer")


def _do(ctx: Context, wish: Wish, symbol: str, last: float) -> None:
    instrument = ctx.instrument(symbol)
    act, side, quantity = wish.act, wish.side, wish.lots * instrument.lot
    away = last * wish.offset_bps / 10_000 * side.sign
    match act:
        case Act.MARKET:
            ctx.submit(side, quantity, symbol)
        case Act.LIMIT | Act.IOC | Act.FOK | Act.POST_ONLY | Act.EXIT:
            ctx.submit(side, quantity, symbol, limit=last - away, **_PLAIN.get(act, {}))
        case Act.GTD:
            ctx.submit(side, quantity, symbol, limit=last - away, tif=TimeInForce.GTD, expire_at=ctx.now + GTD_NS)
        case Act.STOP:
            ctx.submit(side, quantity, symbol, stop=last + away)
        case Act.STOP_LIMIT:
            ctx.submit(side, quantity, symbol, stop=last + away, limit=last + 2 * away)
        case Act.TRAILING:
            ctx.submit(side, quantity, symbol, trail_amount=abs(away) + float(instrument.tick))
        case Act.BRACKET:
            ctx.bracket(side, quantity, symbol, stop_loss=last - 2 * away, take_profit=last + 2 * away)
        case Act.LIMIT_BRACKET:
            ctx.bracket(
                side, quantity, symbol, limit=last - away, stop_loss=last - 3 * away, take_profit=last + 2 * away
            )
        case Act.TIME_LIMIT:
            ctx.submit(side, quantity, symbol, time_limit_ns=TIME_LIMIT_NS, stop_loss=last - 4 * away)
        case Act.OCO:
            name = f"{symbol}-{wish.bar}"
            ctx.submit(side, quantity, symbol, limit=last - away, oco=name)
            ctx.submit(side, quantity, symbol, stop=last + away, oco=name)
        case Act.TARGET:
            ctx.target_quantity(quantity * side.sign, symbol)
        case Act.CLOSE:
            ctx.close(symbol)
        case Act.TIMER:
            ctx.set_timer(f"{symbol} {side.value} {wish.lots}", after=TIMER_NS)
        case _:
            _change(ctx, wish, symbol, instrument)


def _change(ctx: Context, wish: Wish, symbol: str, instrument: Instrument) -> None:
    """Cancel or amend: which of the open orders is meant hangs on the wish's figures."""
    if wish.act is Act.CANCEL_ALL:
        ctx.cancel_all(symbol)
        return
    orders = list(ctx.open_orders(symbol))
    if not orders:
        return
    spec = orders[wish.offset_bps % len(orders)].spec
    name: ClientOrderId = spec.id
    if wish.act is Act.CANCEL:
        ctx.cancel(name)
    elif wish.act is Act.AMEND_QUANTITY:
        ctx.amend(name, quantity=wish.lots * instrument.lot)
    else:
        level, by = spec.price or spec.trigger, 3 * instrument.tick * wish.side.sign
        if level is not None:
            ctx.amend(name, **{"limit" if spec.price is not None else "stop": level + by})
