"""Argo's fill model: an order trades on the bar that was just seen, at its middle. It looks ahead, by construction.

It is here to compare results, in backtests alone: a market order trades at (high + low) / 2 of the bar that it was
decided on; a limit buy when that bar's low is at or below it, at the better of limit and middle; a limit sale when
the high is at or above it, at the limit; else on a later bar by the same rule. Source: argo-trading 1.24.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import exact
from tradewind.domain.order import OrderType

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.venues.sim.desk import Desk
    from tradewind.venues.sim.resting import Resting

_KINDS = (OrderType.MARKET, OrderType.LIMIT)


class MidFills:
    """Trades market and limit orders on the bar just seen; stops are the matcher's own."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._seen: dict[InstrumentId, Bar] = {}

    def see(self, bar: Bar) -> None:
        """Remember the bar that is over."""
        self._seen[bar.instrument] = bar

    def takes(self, order: Resting) -> bool:
        """Tell whether an order is traded here."""
        return order.spec.type in _KINDS and order.bracket is None

    def arrive(self, order: Resting, ts: TimeNs) -> None:
        """Try an order on the bar that it was decided on."""
        bar = self._seen.get(order.spec.instrument)
        if bar is not None and self.takes(order):
            self._try(order, bar, ts)

    def match(self, bar: Bar) -> None:
        """Try what rests on the next bar."""
        for order in list(self._desk.books.get(bar.instrument, {}).values()):
            if self.takes(order):
                self._try(order, bar, bar.ts_recv)

    def _try(self, order: Resting, bar: Bar, seen: TimeNs) -> None:
        if not order.live:
            return
        middle = (exact(bar.high) + exact(bar.low)) / 2
        price: Decimal | None = middle
        if order.limit is not None:
            if order.is_buy:
                price = min(order.limit, middle) if bar.low <= order.limit_level else None
            else:
                price = order.limit if bar.high >= order.limit_level else None
        if price is not None:
            # As a maker: the price is what the model says, without slippage and off the tick.
            self._desk.trade(order, price, order.left, maker=True, volume=bar.volume, ts=bar.ts_open, seen=seen)
