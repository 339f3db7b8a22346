"""The venue's desk: orders that rest, executions, exits that wake with their parent, reports to us.

The matchers decide at which price something trades; what follows from it is done here, once for all
of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.fill import Fill
from tradewind.domain.ids import TradeId, VenueOrderId
from tradewind.domain.instrument import Rounding
from tradewind.domain.money import ZERO
from tradewind.domain.order import Liquidity
from tradewind.venues.sim.account import OWNER
from tradewind.venues.sim.resting import Resting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from tradewind.domain.ids import ClientOrderId, InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.engine.timeline import Timeline
    from tradewind.venues.sim.account import SimAccount
    from tradewind.venues.sim.models import FeeModel, LatencyModel, SlippageModel


class Desk:
    """Orders at the venue and what happens to them. `name` prefixes order and trade numbers."""

    def __init__(  # noqa: PLR0913 - the models of one venue
        self,
        name: str,
        account: SimAccount,
        timeline: Timeline,
        *,
        fees: FeeModel,
        slippage: SlippageModel,
        latency: LatencyModel,
    ) -> None:
        self._name = name
        self._account = account
        self._timeline = timeline
        self._fees = fees
        self._slippage = slippage
        self._latency = latency
        self._numbers = 0
        self.books: dict[InstrumentId, dict[ClientOrderId, Resting]] = {}
        """Orders that rest, by instrument; an instrument without orders has no entry."""
        self._asleep: dict[ClientOrderId, tuple[OrderSpec, ...]] = {}

    def resting(self, instrument: InstrumentId) -> Iterable[Resting]:
        """Return the orders of an instrument in the order of their arrival."""
        return self.books.get(instrument, {}).values()

    def all(self) -> Iterator[Resting]:
        """Yield every order at the venue."""
        return (order for book in self.books.values() for order in book.values())

    def find(self, instrument: InstrumentId, order: ClientOrderId) -> Resting | None:
        """Return an order that rests, None if it has ended or never came."""
        return self.books.get(instrument, {}).get(order)

    # --- orders come and go -------------------------------------------------------------------------

    def open(self, spec: OrderSpec, instrument: Instrument, ts: TimeNs, attached: tuple[OrderSpec, ...]) -> Resting:
        """Accept an order; its exits sleep until it has a fill."""
        order = self._add(spec, instrument, ts, ts)
        if attached:
            self._asleep[spec.id] = attached
        return order

    def reject(self, spec: OrderSpec, reason: str, ts: TimeNs, attached: tuple[OrderSpec, ...] = ()) -> None:
        """Refuse an order, and end its exits with it."""
        self.report(ev.OrderRejected(spec.id, reason, ts, self.seen(ts)))
        for child in attached:
            self.report(ev.OrderCancelled(child.id, "its entry was rejected", ts, self.seen(ts)))

    def cancel(self, order: Resting, reason: str, ts: TimeNs, seen: TimeNs) -> None:
        """Take an order off the book."""
        self._remove(order)
        self.report(ev.OrderCancelled(order.spec.id, reason, ts, self.seen(seen)))
        self._end_children(order, ts, seen)

    def expire(self, order: Resting, reason: str, ts: TimeNs, seen: TimeNs) -> None:
        """End an order by its time in force."""
        self._remove(order)
        self.report(ev.OrderExpired(order.spec.id, reason, ts, self.seen(seen)))
        self._end_children(order, ts, seen)

    def cancel_asleep(self, child: ClientOrderId, ts: TimeNs) -> bool:
        """Take back an exit that has not woken; tell whether there was one."""
        for parent, children in self._asleep.items():
            if any(spec.id == child for spec in children):
                self._asleep[parent] = tuple(spec for spec in children if spec.id != child)
                self.report(ev.OrderCancelled(child, "cancelled by us", ts, self.seen(ts)))
                return True
        return False

    def trigger(self, order: Resting, ts: TimeNs, seen: TimeNs) -> None:
        """Note that the market reached an order's trigger."""
        order.triggered = True
        self.report(ev.OrderTriggered(order.spec.id, ts, self.seen(seen)))

    # --- executions ---------------------------------------------------------------------------------

    def trade(  # noqa: PLR0913 - all that is known of an execution
        self, order: Resting, price: Decimal, quantity: Decimal, *, maker: bool, volume: float, ts: TimeNs, seen: TimeNs
    ) -> Decimal:
        """Execute up to `quantity` at `price` (a taker pays slippage); return how much was executed.

        An order that the account cannot pay, or that would not reduce what it must reduce, ends here.
        """
        spec, instrument = order.spec, order.instrument
        quantity = min(quantity, order.left)
        if spec.reduce_only:
            quantity = min(quantity, self._account.reducible(order))
            if quantity <= 0:
                self.cancel(order, "reduce-only: there is no position to reduce", ts, seen)
                return ZERO
        if not maker:
            price = self._slipped(order, price, quantity, volume)
        fee, asset = self._fees.fee(instrument, quantity, price, maker=maker)
        lacking = self._account.shortfall(order, quantity, price, fee)
        if lacking:
            self.cancel(order, lacking, ts, seen)
            return ZERO
        self._numbers += 1
        fill = Fill(
            TradeId(f"{self._name}-t{self._numbers}"), spec.id, OWNER, spec.instrument, spec.side, quantity, price,
            fee, asset, Liquidity.MAKER if maker else Liquidity.TAKER, ts, self.seen(seen),
        )  # fmt: skip
        self._account.book(order, fill)
        self._report_fill(fill)
        self._after(order, quantity, ts, seen)
        return quantity

    def seen(self, ts: TimeNs) -> TimeNs:
        """Return when the word of something at `ts` reaches us."""
        return ts + self._latency.report()

    def report(self, event: ev.Event) -> None:
        """Put the venue's word on its way."""
        self._timeline.push(event)

    def venue_order(self) -> VenueOrderId:
        """Return the id that the next order will have."""
        return VenueOrderId(f"{self._name}-{self._numbers + 1}")

    def next_trade(self) -> TradeId:
        """Return the id of an execution that no order asked for."""
        self._numbers += 1
        return TradeId(f"{self._name}-t{self._numbers}")

    def fee(self, instrument: Instrument, quantity: Decimal, price: Decimal) -> Decimal:
        """Return what a taker pays."""
        return self._fees.fee(instrument, quantity, price, maker=False)[0]

    def _slipped(self, order: Resting, price: Decimal, quantity: Decimal, volume: float) -> Decimal:
        """Return the taker's price on the tick, rounded against it, and never beyond its limit."""
        slipped = self._slippage.price(order.spec.side, price, quantity, volume)
        slipped = order.instrument.price(slipped, Rounding.UP if order.is_buy else Rounding.DOWN)
        if order.limit is None:
            return slipped
        return min(slipped, order.limit) if order.is_buy else max(slipped, order.limit)

    def _report_fill(self, fill: Fill) -> None:
        self.report(
            ev.OrderFilled(
                fill.order, fill.trade_id, fill.quantity, fill.price, fill.fee, fill.fee_asset, fill.liquidity,
                fill.ts_venue, fill.ts_recv,
            )  # fmt: skip
        )

    def _after(self, order: Resting, quantity: Decimal, ts: TimeNs, seen: TimeNs) -> None:
        """Do what follows from an execution: wake exits, shrink or end the orders linked to this one."""
        order.filled += quantity
        if order.parent_filled is not None:
            order.parent_filled -= quantity
        spec = order.spec
        if order.spec.quantity <= order.filled:
            self._remove(order)
        self._wake(order, quantity, ts, seen)
        if spec.oco is None:
            return
        for other in [o for o in self.resting(spec.instrument) if o.spec.oco == spec.oco and o is not order]:
            if other.parent_filled is None:
                self.cancel(other, f"{spec.id} was executed", ts, seen)
                continue
            other.parent_filled -= quantity
            if other.parent_filled <= 0 and spec.parent not in self.books.get(spec.instrument, {}):
                self.cancel(other, f"{spec.id} was executed", ts, seen)
        if order.parent_filled is not None and order.parent_filled <= 0 and not order.left:
            self._retire(order, ts, seen)

    def _retire(self, order: Resting, ts: TimeNs, seen: TimeNs) -> None:
        """End an exit that has closed all that its entry opened, when the entry can open no more."""
        book = self.books.get(order.spec.instrument, {})
        if order.spec.parent not in book and order.spec.id in book:
            self.cancel(order, "nothing is left to close", ts, seen)

    def _wake(self, order: Resting, quantity: Decimal, ts: TimeNs, seen: TimeNs) -> None:
        """Let the exits of an entry live, for as much as it has filled."""
        for child in self._asleep.pop(order.spec.id, ()):
            woken = self._add(child, order.instrument, ts, seen)
            woken.parent_filled = ZERO
            woken.rested = True
        for child_order in self.resting(order.spec.instrument):
            if child_order.spec.parent == order.spec.id and child_order.parent_filled is not None:
                child_order.parent_filled += quantity

    def _add(self, spec: OrderSpec, instrument: Instrument, ts: TimeNs, seen: TimeNs) -> Resting:
        self._numbers += 1
        order = Resting(spec, instrument, ts, VenueOrderId(f"{self._name}-{self._numbers}"))
        self.books.setdefault(spec.instrument, {})[spec.id] = order
        self.report(ev.OrderAccepted(spec.id, order.venue_order, ts, self.seen(seen)))
        return order

    def _remove(self, order: Resting) -> None:
        book = self.books[order.spec.instrument]
        book.pop(order.spec.id, None)
        if not book:
            del self.books[order.spec.instrument]

    def _end_children(self, order: Resting, ts: TimeNs, seen: TimeNs) -> None:
        """End exits that never woke; those that live go on for what their entry has filled."""
        for child in self._asleep.pop(order.spec.id, ()):
            self.report(ev.OrderCancelled(child.id, "its entry ended without a fill", ts, self.seen(seen)))
        for other in list(self.resting(order.spec.instrument)):
            if other.spec.parent == order.spec.id and other.parent_filled is not None and other.parent_filled <= 0:
                self.cancel(other, "nothing is left to close", ts, seen)


