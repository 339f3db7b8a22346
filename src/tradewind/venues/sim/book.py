"""Matching against an order book: takers walk its levels, resting limits wait in a queue.

The queue is an estimate, as a book of levels does not say whose orders stand where:
- at arrival all that stands at our price is before us;
- a trade at our price takes from the front: what exceeds the queue before us fills us;
- a level that shrinks by more than was traded has lost orders somewhere in it. With V before us and Q in
  the level, each unit lost was before us with probability V ÷ Q, so V shrinks by the same share as Q.

Source of the last: E. Rigtorp, "Estimating order queue position" (rigtorp.se, 2013), whose probability
f(V) ÷ (f(V) + f(Q - V)) we take with f(x) = x; hftbacktest's documentation calls that the identity model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.data.book import Depth, Ladder
from tradewind.domain.market import BookDelta
from tradewind.domain.money import ZERO, exact
from tradewind.domain.order import TimeInForce
from tradewind.domain.venue_state import KeptDepth
from tradewind.venues.sim.ticks import TickMatcher

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import BookSnapshot, Trade
    from tradewind.domain.time import TimeNs
    from tradewind.venues.sim.desk import Desk
    from tradewind.venues.sim.resting import Resting

_FOK = TimeInForce.FOK  # to look a member of an Enum up takes 0.1 us


class BookMatcher(TickMatcher):
    """Matches orders against books; without `queue` a limit is the first at its price."""

    def __init__(self, desk: Desk, *, queue: bool) -> None:
        super().__init__(desk)
        self._queue = queue
        self.depths: dict[InstrumentId, Depth] = {}

    def meets(self, instrument: InstrumentId, *, is_buy: bool) -> float | None:
        """Return the best ask for a buy, the best bid for a sale; None while the book is not valid."""
        depth = self.depths.get(instrument)
        if depth is None or not depth.valid:
            return None
        return depth.asks.best if is_buy else depth.bids.best

    def on_book(self, event: BookSnapshot | BookDelta) -> float | None:
        """Take a change of the book and let orders look at it; return the middle, None while it is not valid."""
        name = event.instrument
        depth = self.depths.get(name)
        if depth is None:
            depth = self.depths[name] = Depth()
        waiting = [o for o in self._desk.resting(name) if o.rested] if self._queue else []
        before = [_own_side(depth, order).sizes.get(order.limit_level, 0.0) for order in waiting]
        if isinstance(event, BookDelta):
            depth.change(event)
        else:
            depth.start(event)
        if not depth.valid:
            return None
        for order, size in zip(waiting, before, strict=True):
            self._shrink(order, size, _own_side(depth, order).sizes.get(order.limit_level, 0.0))
        if name in self._desk.books:
            self.look_all(name, event.ts_venue, event.ts_recv)
        bid, ask = depth.bids.best, depth.asks.best
        return None if bid is None or ask is None else (bid + ask) / 2.0

    def state(self) -> tuple[KeptDepth, ...]:
        """Return the books as plain data."""
        return tuple(
            KeptDepth(name, depth.last_id, depth.valid, tuple(depth.bids.levels()), tuple(depth.asks.levels()))
            for name, depth in self.depths.items()
        )

    def restore(self, depths: Iterable[KeptDepth]) -> None:
        """Take over what `state` wrote down: updates go on where they were, and a hole in them is one."""
        for kept in depths:
            depth = self.depths[kept.instrument] = Depth()
            depth.bids, depth.asks = Ladder(is_bid=True, levels=kept.bids), Ladder(is_bid=False, levels=kept.asks)
            depth.last_id, depth.valid = kept.last_id, kept.valid

    def on_trade(self, trade: Trade) -> None:
        """Let a trade fill the limits that rest at its price or beyond it."""
        depth = self.depths.get(trade.instrument)
        if depth is None or not depth.valid:
            return
        ours = 0.0
        for order in list(self._desk.resting(trade.instrument)):
            if not (order.live and order.rested and order.triggered and order.limit is not None):
                continue
            level = order.limit_level
            if trade.price < level if order.is_buy else trade.price > level:
                self._trade(order, level, None, volume=trade.size, ts=trade.ts_venue, seen=trade.ts_recv)
            elif trade.price == level and trade.buyer_is_maker is order.is_buy:
                ours += self._serve(order, trade, ours)

    def _serve(self, order: Resting, trade: Trade, ours: float) -> float:
        """Let a trade at our price take from the queue, then from us; `ours` went to orders of ours before."""
        order.traded += trade.size
        beyond = trade.size - order.queue_ahead - ours
        order.queue_ahead = max(order.queue_ahead - trade.size, 0.0)
        if beyond <= 0.0:
            return 0.0
        done = self._trade(
            order, order.limit_level, exact(beyond), volume=trade.size, ts=trade.ts_venue, seen=trade.ts_recv
        )
        return float(done)

    @staticmethod
    def _shrink(order: Resting, before: float, now: float) -> None:
        """Take off the queue its share of what was cancelled."""
        standing = before - order.traded
        order.traded = 0.0
        if standing > now:
            order.queue_ahead *= now / standing
        order.queue_ahead = min(order.queue_ahead, now)

    def _look(self, order: Resting, price: float | None, ts: TimeNs, seen: TimeNs) -> None:
        rested = order.rested
        super()._look(order, price, ts, seen)
        if order.rested and not rested:
            side = _own_side(self.depths[order.spec.instrument], order)
            order.queue_ahead = side.sizes.get(order.limit_level, 0.0) if self._queue else 0.0
            order.traded = 0.0

    def _take(self, order: Resting, price: float, ts: TimeNs, seen: TimeNs) -> None:  # noqa: ARG002 - the first level's
        """Walk the levels, the best first; what we take is gone until the feed sets the level again."""
        depth = self.depths[order.spec.instrument]
        side = depth.asks if order.is_buy else depth.bids
        if order.spec.tif is _FOK:
            there = sum((exact(shown) for at, shown in side.levels() if order.crosses(at)), ZERO)
            if not self._suffices(order, there):
                return
        for at, shown in side.levels():
            if not order.crosses(at):
                return
            size = exact(shown)
            done = self._trade(order, at, size, volume=shown, ts=ts, seen=seen)
            side.set(at, float(size - done))
            if not order.live or not order.left:
                return


def _own_side(depth: Depth, order: Resting) -> Ladder:
    return depth.bids if order.is_buy else depth.asks
