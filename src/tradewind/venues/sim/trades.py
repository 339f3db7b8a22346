"""Matching against trades of others: what was traded, we could have traded.

A market order takes the price of the next trade. A resting limit is filled at its own price when a trade
goes through it; at it only by option, and only if the aggressor came from the other side. Stops trigger
at trade prices. `volume_share` bounds what our orders together may take of a trade.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import exact
from tradewind.venues.sim.ticks import TickMatcher

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Trade
    from tradewind.domain.time import TimeNs
    from tradewind.venues.sim.desk import Desk
    from tradewind.venues.sim.resting import Resting


class TradeMatcher(TickMatcher):
    """Matches orders against trades; beside quotes it fills resting limits alone (`makers_only`)."""

    def __init__(
        self,
        desk: Desk,
        last: dict[InstrumentId, float],
        *,
        touch: bool = False,
        volume_share: Decimal | None = None,
        makers_only: bool = False,
    ) -> None:
        super().__init__(desk)
        self._last = last
        self._touch = touch
        self.volume_share = volume_share
        self._makers_only = makers_only
        self._budget: Decimal | None = None
        self._trade_now: Trade | None = None

    def meets(self, instrument: InstrumentId, *, is_buy: bool) -> float | None:  # noqa: ARG002 - a trade has one price
        """Return the last price, None before the first."""
        return self._last.get(instrument)

    def arrive(self, order: Resting, ts: TimeNs) -> None:
        """Let an order wait: the last trade was between others."""

    def on_trade(self, trade: Trade) -> None:
        """Let orders look at a trade."""
        if trade.instrument not in self._desk.books:
            return
        self._trade_now = trade
        self._budget = None if self.volume_share is None else self.volume_share * exact(trade.size)
        for order in list(self._desk.resting(trade.instrument)):
            rests = order.rested and order.triggered and order.limit is not None
            if rests and order.live:
                self._fill_resting(order, trade)
            elif not self._makers_only:
                self._look(order, trade.price, trade.ts_venue, trade.ts_recv)

    def _fill_resting(self, order: Resting, trade: Trade) -> None:
        price, limit = trade.price, order.limit_level
        through = price < limit if order.is_buy else price > limit
        hit = self._touch and price == limit and trade.buyer_is_maker is order.is_buy
        if through or hit:
            self._take(order, price, trade.ts_venue, trade.ts_recv)

    def _take(self, order: Resting, price: float, ts: TimeNs, seen: TimeNs) -> None:
        volume = 0.0 if self._trade_now is None else self._trade_now.size
        if not self._suffices(order, self._budget):
            return
        done = self._trade(order, price, self._budget, volume=volume, ts=ts, seen=seen)
        if self._budget is not None:
            self._budget -= done
