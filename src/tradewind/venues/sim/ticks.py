"""What matching against quotes, trades and books has in common: an order looks at a price and acts.

There is no "within" here: each event is a moment. An order that crosses on its first look takes; one
that does not comes to rest, and is the maker from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ZERO, exact, floor_to
from tradewind.domain.order import TimeInForce

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.time import TimeNs
    from tradewind.venues.sim.desk import Desk
    from tradewind.venues.sim.resting import Resting


class TickMatcher:
    """The common part; `meets` and `_take` differ by what the data show."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.volume_share: Decimal | None = None

    def meets(self, instrument: InstrumentId, *, is_buy: bool) -> float | None:
        """Return the price that a taker of this side meets now; None if it is not known."""
        raise AssertionError(f"no price for {instrument}, {is_buy}")

    def arrive(self, order: Resting, ts: TimeNs) -> None:
        """Let an order look at the market that it finds."""
        self._look(order, self.meets(order.spec.instrument, is_buy=order.is_buy), ts, ts)

    def look_all(self, instrument: InstrumentId, ts: TimeNs, seen: TimeNs) -> None:
        """Let every order of an instrument look at the market as it is now."""
        for order in list(self._desk.resting(instrument)):
            self._look(order, self.meets(instrument, is_buy=order.is_buy), ts, seen)

    def _look(self, order: Resting, price: float | None, ts: TimeNs, seen: TimeNs) -> None:
        if price is None or not order.live:
            return
        if not order.triggered:
            if not (order.reached(price) or order.due <= ts) or not order.left:
                order.trail(price)
                return
            self._desk.trigger(order, ts, seen)
        if not order.crosses(price):
            order.rested = True
        elif order.left and not self._desk.refuses(order, ts, seen):
            self._take(order, price, ts, seen)
        if order.is_hasty and order.live:
            self._desk.expire(order, f"{order.spec.tif.value}: not filled at once", ts, seen)
        if order.exits is not None and order.filled:
            for exit_order in list(order.exits.exits):
                if exit_order.arrived == ts and not exit_order.rested:
                    self._look(exit_order, self.meets(order.spec.instrument, is_buy=exit_order.is_buy), ts, seen)

    def _take(self, order: Resting, price: float, ts: TimeNs, seen: TimeNs) -> None:
        """Execute an order that crosses `price`, as far as there is something to trade with."""
        raise AssertionError(f"nothing to trade with for {order.spec.id} at {price}, {ts}, {seen}")

    def _trade(  # noqa: PLR0913 - all that is known of an execution
        self, order: Resting, price: float, budget: Decimal | None, *, volume: float, ts: TimeNs, seen: TimeNs
    ) -> Decimal:
        """Execute up to `budget` at `price`, or at the limit of an order that was there first."""
        quantity = order.left
        if budget is not None:
            quantity = min(quantity, floor_to(max(budget, ZERO), order.instrument.lot))
        if quantity <= 0:
            return ZERO
        maker = order.rested and order.limit is not None
        at = order.limit if maker and order.limit is not None else exact(price)
        return self._desk.trade(order, at, quantity, maker=maker, volume=volume, ts=ts, seen=seen)

    def _suffices(self, order: Resting, there: Decimal | None) -> bool:
        """Tell whether what is there is enough for an order that wants all or nothing."""
        if order.spec.tif is not TimeInForce.FOK:
            return True
        return order.left <= self._desk.wanted(order) and (there is None or order.left <= there)
