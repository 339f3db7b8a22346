"""Matching against closed bars: what a bar proves, and no more.

A bar tells its open, and that high and low were reached somewhere between; not in which order. So:
- an order that was there at the open can trade at the open: market orders, limits that the open
  crosses, stops that the open has jumped (at the open, not at their level);
- within the bar, stops come before limits, and exits before entries: where a stop and a target both lie
  in it, the stop wins. Finer bars tell more: give the session finer data and let the strategy subscribe
  to longer bars;
- an entry that fills within the bar may be stopped out in it, but not reach its target unless the bar closes
  beyond it: of what came after the entry nothing else is known, and the worse is assumed;
- a resting limit trades at its price, when the market went through it (or touched it, by option);
- an order that arrived inside the bar has seen nothing of it but the close;
- a trailing stop follows the bar's extreme only after the bar is over.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.money import ZERO, exact, floor_to
from tradewind.domain.order import OrderType, TimeInForce
from tradewind.domain.time import NEVER

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.venues.sim.desk import Desk
    from tradewind.venues.sim.mid import MidFills
    from tradewind.venues.sim.resting import Resting


_INFINITY = math.inf


class Quiet(NamedTuple):
    """Bars with `low` < low, high < `high` and an open before `until` pass the venue without a trace."""

    low: float
    high: float
    until: TimeNs


BUSY = Quiet(_INFINITY, -_INFINITY, 0)
"""No bar does."""


class BarMatcher:
    """Matches resting orders against closed bars, of the shortest interval that comes.

    `touch` lets limits trade when the market only touches them; `volume_share` bounds what all our orders
    together may take of a bar's volume.
    """

    def __init__(  # noqa: PLR0913 - the terms of a model
        self, desk: Desk, last: dict[InstrumentId, float], *, touch: bool = False, volume_share: Decimal | None = None,
        improve: bool = False, mid: MidFills | None = None,
    ) -> None:  # fmt: skip
        self._desk = desk
        self._books = desk.books
        self._last = last
        self._touch = touch
        self.volume_share = volume_share
        self._improve, self._mid = improve, mid
        self._budget: Decimal | None = None
        self.intervals: dict[InstrumentId, tuple[str, TimeNs]] = {}
        """The shortest bars that have come, and their length."""

    def meets(self, instrument: InstrumentId, *, is_buy: bool) -> float | None:  # noqa: ARG002 - bars have no sides
        """Return the last price, None before the first."""
        return self._last.get(instrument)

    def arrive(self, order: Resting, ts: TimeNs) -> None:
        """Let an order wait: what has been is no market for it, but by argo's model."""
        if self._mid is not None:
            self._mid.arrive(order, ts)

    def covers(self, bar: Bar) -> bool:
        """Tell whether orders meet this bar; longer ones than the shortest tell the same again."""
        known = self.intervals.get(bar.instrument)
        if known is None or (known[0] != bar.interval and bar.ts_venue - bar.ts_open < known[1]):
            self.intervals[bar.instrument] = (bar.interval, bar.ts_venue - bar.ts_open)
            return True
        return known[0] == bar.interval

    def begin(self, bar: Bar) -> None:
        """Match the open, then the stops within the bar."""
        if self._mid is not None:
            self._mid.match(bar)
        if self.volume_share is not None:
            self._budget = self.volume_share * exact(bar.volume)
        for order in list(self._books.get(bar.instrument, {}).values()):
            if order.arrived <= bar.ts_open and order.live and not (self._mid and self._mid.takes(order)):
                self._at_open(order, bar)
        for order in self._there(bar):
            if not order.triggered and order.live:
                self._stop_within(order, bar, bar.open)

    def finish(self, bar: Bar) -> None:
        """Match the limits within the bar, then whatever arrived inside it, and let trailing stops follow."""
        for order in self._there(bar):
            if order.triggered and order.limit is not None and order.rested and order.live and self._mid is None:
                self._limit_within(order, bar)
        for order in list(self._books.get(bar.instrument, {}).values()):
            if self._mid is not None and self._mid.takes(order):
                continue
            if order.arrived > bar.ts_open:
                self._at_close(order, bar)
            elif order.live:
                order.trail(bar.low if order.is_buy else bar.high)
                order.rested = True

    def _there(self, bar: Bar) -> list[Resting]:
        """Return the orders that were there at the open, those that reduce first."""
        book = self._books.get(bar.instrument)
        if book is None:
            return []
        there = [order for order in book.values() if order.arrived <= bar.ts_open]
        if len(there) > 1:
            there.sort(key=lambda order: order.bracket is None and not order.spec.reduce_only)
        return there

    def _at_open(self, order: Resting, bar: Bar) -> None:
        if not order.triggered:
            if order.trigger is None:
                order.trail(bar.open)
            if not (order.reached(bar.open) or order.due <= bar.ts_open) or not order.left:
                order.rested = True
                return
            self._desk.trigger(order, bar.ts_open, bar.ts_recv)
        if order.limit is None:
            self._take(order, bar.open, bar, bar.ts_open)
        elif order.crosses(bar.open) and not self._desk.refuses(order, bar.ts_open, bar.ts_recv):
            # Who was there before the open had a price in the book; the open gapped through it.
            own = order.rested and not self._improve
            self._take(order, order.limit if own else bar.open, bar, bar.ts_open, maker=order.rested)
        if order.is_hasty:
            self._hurry(order, bar.ts_open, bar)
        order.rested = True
        if order.exits is not None and order.filled:
            for exit_order in list(order.exits.exits):
                if exit_order.live and not exit_order.rested:
                    self._at_open(exit_order, bar)

    def _stop_within(self, order: Resting, bar: Bar, start: float) -> None:
        """Trigger a stop that the market reached on its way from `start`; jumped, it trades there."""
        if not order.left or not order.reached(bar.high if order.rises else bar.low) or order.trigger is None:
            return
        jumped = order.reached(start)
        level = start if jumped else order.trigger
        self._desk.trigger(order, bar.ts_venue, bar.ts_recv)
        if order.crosses(start if jumped else order.trigger_level):
            self._take(order, level, bar, bar.ts_venue)
            self._guard(order, float(level), bar)
        order.rested = False  # its limit rests from here on; what the bar did afterwards is not known
        self._hurry(order, bar.ts_venue, bar)

    def _limit_within(self, order: Resting, bar: Bar) -> None:
        limit, extreme = order.limit_level, bar.low if order.is_buy else bar.high
        through = extreme < limit if order.is_buy else extreme > limit
        if order.limit is not None and (through or (self._touch and extreme == limit)):
            self._take(order, order.limit, bar, bar.ts_venue, maker=True)
            self._guard(order, limit, bar)

    def _at_close(self, order: Resting, bar: Bar) -> None:
        if order.arrived >= bar.ts_venue or not order.live:
            return
        if not order.triggered:
            if order.trigger is None:
                order.trail(bar.close)
            if order.reached(bar.close) and order.left:
                self._desk.trigger(order, bar.ts_venue, bar.ts_recv)
        if order.triggered:
            if order.crosses(bar.close) and not self._desk.refuses(order, bar.ts_venue, bar.ts_recv):
                maker = order.rested and order.limit is not None
                at = order.limit if maker and order.limit is not None else bar.close
                self._take(order, at, bar, bar.ts_venue, maker=maker)
                self._guard(order, bar.close, bar)
            self._hurry(order, bar.ts_venue, bar)
        else:
            order.trail(bar.close)
        order.rested = True

    def _guard(self, entry: Resting, price: float, bar: Bar) -> None:
        """Check the stops of an entry that filled inside the bar: they may have been reached after it."""
        if entry.exits is None or not entry.filled:
            return
        for order in list(entry.exits.exits):
            order.rested = True
            if not order.live or entry.arrived > bar.ts_open:
                continue
            if not order.triggered:
                self._stop_within(order, bar, price)
            elif order.limit is None and order.left:
                # Triggered before the entry filled further: what came in goes out again.
                came = order.reached(bar.high if order.rises else bar.low) and not order.reached(price)
                self._take(order, order.trigger_level if came else price, bar, bar.ts_venue)
        for order in list(entry.exits.exits):
            if order.live and order.triggered and order.limit is not None and entry.arrived <= bar.ts_open:
                self._reach(order, bar)

    def _reach(self, target: Resting, bar: Bar) -> None:
        """Let a target trade in the bar of its entry: a close beyond it proves that the market came there after."""
        level, close = target.limit_level, bar.close
        through = close < level if target.is_buy else close > level
        if target.limit is not None and (through or (self._touch and close == level)):
            self._take(target, target.limit, bar, bar.ts_venue, maker=True)

    def quiet(self, instrument: InstrumentId, ts_open: TimeNs) -> Quiet:
        """Say which bars, from the one that opens at `ts_open` on, can change nothing here.

        Those that lie between `low` and `high`, both left out, and open before `until`.
        """
        low, high, until = 0.0, _INFINITY, NEVER
        for order in self._desk.resting(instrument):
            if order.arrived > ts_open or not order.rested or order.spec.type is OrderType.TRAILING_STOP:
                return BUSY
            level = order.limit_level if order.triggered else order.trigger_level
            below = order.is_buy if order.triggered else not order.rises  # what waits for lower prices
            if order.due != NEVER:
                until = min(until, order.due)
            elif not level:
                return BUSY
            elif below:
                low = max(low, level)
            else:
                high = min(high, level)
        return Quiet(low, high, until)

    def _hurry(self, order: Resting, ts: TimeNs, bar: Bar) -> None:
        if order.live and order.is_hasty:
            self._desk.expire(order, f"{order.spec.tif.value}: not filled at once", ts, bar.ts_recv)

    def _suffices(self, order: Resting, there: Decimal) -> bool:
        """Tell whether what is there is enough for an order that wants all or nothing."""
        return order.spec.tif is not TimeInForce.FOK or min(there, self._desk.wanted(order)) == order.left

    def _take(self, order: Resting, price: Decimal | float, bar: Bar, ts: TimeNs, *, maker: bool = False) -> None:
        quantity = order.left
        if self._budget is not None:
            quantity = min(quantity, floor_to(max(self._budget, ZERO), order.instrument.lot))
        if quantity <= ZERO or (order.is_hasty and not self._suffices(order, quantity)):
            return
        at = exact(price)
        done = self._desk.trade(order, at, quantity, maker=maker, volume=bar.volume, ts=ts, seen=bar.ts_recv)
        if self._budget is not None:
            self._budget -= done
