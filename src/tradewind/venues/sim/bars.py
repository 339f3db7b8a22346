"""Matching against closed bars: what a bar proves, and no more.

A bar tells its open, and that high and low were reached somewhere between; not in which order. So:
- an order that was there at the open can trade at the open: market orders, limits that the open
  crosses, stops that the open has jumped (at the open, not at their level);
- within the bar, stops come before limits: where a stop and a target both lie in it, the stop wins.
  Finer bars tell more: give the session finer data and let the strategy subscribe to longer bars;
- a resting limit trades at its price, when the market went through it (or touched it, by option);
- an order that arrived inside the bar has seen nothing of it but the close;
- a trailing stop follows the bar's extreme only after the bar is over.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tradewind.domain.money import ZERO, exact, floor_to
from tradewind.domain.order import TimeInForce

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.venues.sim.resting import Resting


class Exchange(Protocol):
    """What a matcher may do to the venue."""

    def resting(self, instrument: InstrumentId) -> Iterable[Resting]:
        """Return the orders of an instrument in the order of their arrival."""
        ...

    def trade(  # noqa: PLR0913
        self, order: Resting, price: Decimal, quantity: Decimal, *, maker: bool, volume: float, ts: TimeNs, seen: TimeNs
    ) -> Decimal:
        """Execute up to `quantity` and return how much was; `ts` is when it happened, `seen` when it shows."""
        ...

    def trigger(self, order: Resting, ts: TimeNs, seen: TimeNs) -> None:
        """Note that the market reached an order's trigger."""
        ...

    def expire(self, order: Resting, reason: str, ts: TimeNs, seen: TimeNs) -> None:
        """End an order by its time in force."""
        ...


class Prices(NamedTuple):
    """A bar in decimals."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


class BarMatcher:
    """Matches resting orders against closed bars.

    `touch` lets limits trade when the market only touches them; `volume_share` bounds what all our orders
    together may take of a bar's volume.
    """

    def __init__(self, exchange: Exchange, *, touch: bool = False, volume_share: Decimal | None = None) -> None:
        self._exchange = exchange
        self._touch = touch
        self._volume_share = volume_share
        self._budget: Decimal | None = None

    def match(self, bar: Bar) -> None:
        """Let a bar meet the orders that rest in its instrument."""
        orders = self._exchange.resting
        prices = Prices(exact(bar.open), exact(bar.high), exact(bar.low), exact(bar.close))
        self._budget = None if self._volume_share is None else self._volume_share * exact(bar.volume)
        for order in list(orders(bar.instrument)):
            if order.arrived <= bar.ts_open:
                self._at_open(order, bar, prices.open)
        for order in [o for o in orders(bar.instrument) if not o.triggered]:
            if order.arrived <= bar.ts_open:
                self._stop_within(order, bar, prices)
        for order in [o for o in orders(bar.instrument) if o.triggered and o.limit is not None and o.rested]:
            self._limit_within(order, bar, prices)
        for order in list(orders(bar.instrument)):
            if bar.ts_open < order.arrived < bar.ts_venue:
                self._at_close(order, bar, prices.close)
            order.rested = True
            order.trail(prices.high if not order.is_buy else prices.low)

    def _at_open(self, order: Resting, bar: Bar, price: Decimal) -> None:
        if not order.triggered:
            if not order.reached(price):
                return
            self._exchange.trigger(order, bar.ts_open, bar.ts_recv)
        if order.limit is None:
            self._take(order, price, bar, bar.ts_open)
        elif self._crosses(order, price):
            # Who was there before the open had a price in the book; the open gapped through it.
            maker = order.rested or order.spec.post_only
            self._take(order, order.limit if maker else price, bar, bar.ts_open, maker=maker)
        if order.left and order.spec.tif in (TimeInForce.IOC, TimeInForce.FOK):
            self._exchange.expire(order, f"{order.spec.tif.value}: not filled at once", bar.ts_open, bar.ts_recv)
        order.rested = True

    def _stop_within(self, order: Resting, bar: Bar, prices: Prices) -> None:
        if not order.reached(prices.high if order.is_buy else prices.low) or order.trigger is None:
            return
        level = order.trigger
        self._exchange.trigger(order, bar.ts_venue, bar.ts_recv)
        if order.limit is None or self._crosses(order, level):
            self._take(order, level, bar, bar.ts_venue)
        else:
            order.rested = False  # its limit rests from here on; what the bar did afterwards is not known

    def _limit_within(self, order: Resting, bar: Bar, prices: Prices) -> None:
        limit, extreme = order.limit, prices.low if order.is_buy else prices.high
        if limit is None or order.arrived > bar.ts_open:
            return
        through = extreme < limit if order.is_buy else extreme > limit
        if through or (self._touch and extreme == limit):
            self._take(order, limit, bar, bar.ts_venue, maker=True)

    def _at_close(self, order: Resting, bar: Bar, price: Decimal) -> None:
        if not order.triggered:
            if not order.reached(price):
                return
            self._exchange.trigger(order, bar.ts_venue, bar.ts_recv)
        if order.limit is None or self._crosses(order, price):
            self._take(order, price, bar, bar.ts_venue, maker=order.spec.post_only)
        if order.left and order.spec.tif in (TimeInForce.IOC, TimeInForce.FOK):
            self._exchange.expire(order, f"{order.spec.tif.value}: not filled at once", bar.ts_venue, bar.ts_recv)

    @staticmethod
    def _crosses(order: Resting, price: Decimal) -> bool:
        limit = order.limit
        return limit is None or (price <= limit if order.is_buy else price >= limit)

    def _take(self, order: Resting, price: Decimal, bar: Bar, ts: TimeNs, *, maker: bool = False) -> None:
        quantity = order.left
        if self._budget is not None:
            quantity = min(quantity, floor_to(max(self._budget, ZERO), order.instrument.lot))
        if quantity <= 0 or (order.spec.tif is TimeInForce.FOK and quantity < order.left):
            return
        done = self._exchange.trade(order, price, quantity, maker=maker, volume=bar.volume, ts=ts, seen=bar.ts_recv)
        if self._budget is not None:
            self._budget -= done


