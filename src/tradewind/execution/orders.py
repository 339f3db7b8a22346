"""The orders of a session: requests go out of it, the venue's words come into it.

State moves by the table of `lifecycle.py`. An execution becomes a `Fill` here, once per trade id,
whatever channel brings it and however often. Nothing here knows a price or a balance.
"""

from __future__ import annotations

from collections import deque
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.checkpoint import OrdersState
from tradewind.domain.commands import AmendOrder, CancelOrder, PlaceExits, QueryOrder, SubmitOrder
from tradewind.domain.events import (
    AmendRejected,
    CancelRejected,
    LookupFailed,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderExpired,
    OrderFilled,
    OrderFound,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
)
from tradewind.domain.fill import Fill
from tradewind.domain.money import ZERO
from tradewind.domain.step import OrderIgnored
from tradewind.execution.inquiry import Inquiry, Patience
from tradewind.execution.lifecycle import TERMINAL, Completed, NeverArrived, OrderState, move
from tradewind.execution.order import Order

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.events import OrderAdopted, OrderEvent
    from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId
    from tradewind.domain.order import OrderSpec, Side
    from tradewind.domain.signal import AmendIntent, CancelIntent
    from tradewind.domain.time import TimeNs

__all__ = ["CLOSED_KEPT_MAX", "Order", "Orders"]

CLOSED_KEPT_MAX = 10_000
"""Ended orders are remembered for late messages, so many of them; the journal has them all."""

_NONE: dict[ClientOrderId, Order] = {}
_number = attrgetter("number")
# Walked by every order: to look a member of an Enum up takes 0.1 us.
_IN_FLIGHT, _ASLEEP, _UNKNOWN = OrderState.IN_FLIGHT, OrderState.ASLEEP, OrderState.UNKNOWN
_REJECTED = OrderState.REJECTED
_ENDED_BY: dict[OrderState, type] = {OrderState.CANCELLED: OrderCancelled, OrderState.EXPIRED: OrderExpired}
_ENDS = frozenset(_ENDED_BY.values())
_ANSWERS = frozenset((OrderAmended, AmendRejected, CancelRejected, OrderFound, OrderNotFound, LookupFailed))


class Orders:
    """All orders of a session, by id; those that live also by instrument."""

    def __init__(self, patience: Patience | None = None) -> None:
        patience = patience or Patience()
        self._grace_ns = patience.grace_ns
        self._heard_ns = max(0, patience.grace_ns - patience.first_ns)
        """How long the venue's clock has gone on between its first answer and one that is believed."""
        self.by_id: dict[ClientOrderId, Order] = {}
        self.living: dict[ClientOrderId, Order] = {}
        """Orders that have not ended, oldest first."""
        self.doubts: dict[ClientOrderId, Inquiry] = {}
        """Orders of which something is unknown: a request about them has no answer."""
        self.ended: Order | None = None
        """The order that the last word has ended; of an entry that the venue never had, the last of its exits."""
        self._open: dict[InstrumentId, dict[ClientOrderId, Order]] = {}
        self._closed: deque[ClientOrderId] = deque()
        self.count = 0

    def submit(self, spec: OrderSpec, attached: tuple[OrderSpec, ...] = ()) -> SubmitOrder:
        """Count an approved order, and its exits, as in flight; return the effect that sends it."""
        self._add(spec, _IN_FLIGHT)
        for child in attached:
            self._add(child, _ASLEEP)
        return SubmitOrder(spec, attached)

    def hold(self, spec: OrderSpec, attached: tuple[OrderSpec, ...] = ()) -> None:
        """Count an order that waits here, and its exits: it is pending, and no venue has it."""
        for each in (spec, *attached):
            self._add(each, _ASLEEP)

    def withdraw(self, name: ClientOrderId) -> None:
        """Forget an order that has waited here, and its exits."""
        living = self._open[self.by_id[name].spec.instrument]
        for order in list(living.values()):
            if name in (order.spec.id, order.spec.parent):
                del living[order.spec.id], self.living[order.spec.id], self.by_id[order.spec.id]

    def wake(self, effect: PlaceExits) -> None:
        """Count exits that slept here as in flight, as large as they are sent."""
        for spec in effect.orders:
            (order := self.by_id[spec.id]).spec = spec
            self._move(order, PlaceExits)

    def adopt(self, event: OrderAdopted) -> bool:
        """Take over an order that the venue has and we had not; False if we have it."""
        spec = event.order
        if spec.id in self.by_id:
            return False
        self._add(spec, OrderState.OPEN)
        order = self.by_id[spec.id]
        order.venue_order, order.filled = event.venue_order, event.filled
        order.value = event.filled * (spec.price or spec.trigger or ZERO)
        return True

    def cancel(self, intent: CancelIntent) -> CancelOrder:
        """Ask for an order back."""
        order = self.by_id[intent.order]
        self._move(order, CancelOrder)
        order.is_unwanted = True
        self._renew(order)
        return CancelOrder(order.spec.id, order.spec.instrument)

    def amend(self, intent: AmendIntent) -> AmendOrder:
        """Ask for other values; the order keeps its own until the venue confirms, but the asked ones are in flight."""
        order = self.by_id[intent.order]
        self._move(order, AmendOrder)
        order.amendments = number = order.amendments + 1
        effect = AmendOrder(order.spec.id, order.spec.instrument, intent.quantity, intent.price, intent.trigger, number)
        order.amending.append(effect)
        self._renew(order)
        return effect

    def ask(self, name: ClientOrderId, ts: TimeNs) -> QueryOrder:
        """Ask what became of an order."""
        order = self.by_id[name]
        if not order.is_closed:
            self._move(order, QueryOrder)
        if name in self.doubts:
            self.doubts[name].ask(ts, self._grace_ns)
        return QueryOrder(name, order.spec.instrument)

    def apply(self, event: OrderEvent) -> Fill | OrderIgnored | None:
        """Take the venue's word about an order; return the fill that it brings, if it brings one."""
        self.ended = None
        order = self.by_id.get(event.order)
        if order is None:
            return OrderIgnored(event.order, "not an order of this session")
        order.written = None
        kind, outcome = type(event), None
        if kind is OrderFilled:
            outcome = self._fill(order, event)  # type: ignore[arg-type] # its kind says so
        elif kind in _ENDS and _counts_more(order, event):  # type: ignore[arg-type] # its kind says so
            order.await_executions(move(order.state, kind), _executed(order, event))  # type: ignore[arg-type]
            self._move(order, OutcomeUnknown)
        else:
            unknown = order.state is _UNKNOWN
            self._move(order, kind)
            if kind is OrderAccepted:
                order.venue_order = event.venue_order  # type: ignore[union-attr]
            elif kind in _ANSWERS:
                self._answer(order, event, unknown=unknown)
            if order.state is _REJECTED and not order.filled:
                self._reject_exits(order.spec)
        if self.doubts or kind is OutcomeUnknown or kind is CancelRejected or order.state is _UNKNOWN:
            self._doubt(order, event)
        return outcome

    def has_ended(self, name: ClientOrderId) -> bool:
        """Tell whether an order of ours is over; it may yet come back to life."""
        return name in self.by_id and self.by_id[name].is_closed

    def state(self) -> OrdersState:
        """Return the table as plain data."""
        orders = (order.kept() for order in self.by_id.values())
        doubts = (doubt.kept(name) for name, doubt in self.doubts.items())
        return OrdersState(self.count, tuple(orders), tuple(self._closed), tuple(doubts))

    def restore(self, state: OrdersState) -> None:
        """Take the table over that `state` wrote down."""
        self.count = state.count
        self._closed.extend(state.ended)
        for kept in state.orders:
            order = Order.of(kept)
            self.by_id[order.spec.id] = order
            if not order.is_closed:
                self.living[order.spec.id] = order
                self._open.setdefault(order.spec.instrument, {})[order.spec.id] = order
        for doubt in state.doubts:
            self.doubts[doubt.order] = Inquiry.of(doubt)

    def open(self, instrument: InstrumentId | None = None, strategy: StrategyId | None = None) -> list[Order]:
        """Return the orders that live, oldest first."""
        if not self.living:
            return []
        living = list((self.living if instrument is None else self._open.get(instrument, _NONE)).values())
        if strategy is None or not living:
            return living
        return [order for order in living if order.spec.strategy == strategy]

    def pending(self, instrument: InstrumentId, side: Side, strategy: StrategyId | None = None) -> Decimal:
        """Return what open, in-flight and unknown orders of a side may still execute; exits do not add exposure."""
        total = ZERO
        if not self.living:
            return total
        for order in self.open(instrument, strategy):
            if order.spec.side is side and not order.spec.reduces_net and order.spec.parent is None:
                total += order.open_quantity
        return total

    def has_unknown(self, instrument: InstrumentId) -> bool:
        """Tell whether an order of the instrument has an unknown outcome."""
        return any(self.by_id[name].spec.instrument == instrument for name in self.doubts) if self.doubts else False

    def _add(self, spec: OrderSpec, state: OrderState) -> None:
        name, instrument = spec.id, spec.instrument
        assert name not in self.by_id, f"order id used twice: {name}"
        self.count += 1
        order = self.by_id[name] = self.living[name] = Order(spec, state, self.count)
        living = self._open.get(instrument)
        if living is None:
            living = self._open[instrument] = {}
        living[name] = order

    def _answer(self, order: Order, event: OrderEvent, *, unknown: bool) -> None:
        """Take an answer to a request about an order that was there, or was `unknown`."""
        match event:
            case OrderAmended():
                # They do not overtake each other: what was sent before the one that is told was done or lost.
                number = event.amendment
                left = [asked for asked in order.amending if asked.number > number] if number else order.amending[1:]
                order.amending = left
                self._amended(order, event)
            case AmendRejected():
                place = next((n for n, asked in enumerate(order.amending) if asked.number == event.amendment), 0)
                del order.amending[place : place + 1]
                self._complete(order)
            case CancelRejected():
                # Of one that may yet arrive nothing is said by "no such order": the cancel was the quicker.
                order.is_unwanted = order.is_unwanted and (unknown or not order.was_there)
            case OrderFound() | OrderNotFound() | LookupFailed():
                self._looked_up(order, event)

    def _looked_up(self, order: Order, event: OrderFound | OrderNotFound | LookupFailed) -> None:
        doubt = self.doubts.get(event.order)
        heard = None if isinstance(event, LookupFailed) else event.ts_venue
        if doubt is None or not doubt.answered(heard, self._heard_ns, self._grace_ns):
            return
        if isinstance(event, OrderFound):
            # What was sent before the question, and is not done, is not on its way any more.
            order.amending.clear()
            self._complete(order)
            doubt.is_over_due, doubt.is_forgotten = True, False
        elif isinstance(event, OrderNotFound) and order.state is _UNKNOWN and not self._was_there(order):
            self._move(order, NeverArrived)
        elif isinstance(event, OrderNotFound) and order.state in (_UNKNOWN, _ASLEEP):
            doubt.is_forgotten = True

    def _was_there(self, order: Order) -> bool:
        """Tell whether the venue is known to have had an order: it has, too, if it has had one of its exits."""
        exits = (other for other in self.living.values() if other.spec.parent == order.spec.id)
        return order.was_there or any(each.was_there for each in exits)

    def _doubt(self, order: Order, event: OrderEvent) -> None:
        """Begin to doubt an order, or end it."""
        name = order.spec.id
        doubt = self.doubts.get(name)
        if order.is_clear:
            if doubt is not None:
                del self.doubts[name]
        elif doubt is None:
            if type(event) in (OutcomeUnknown, CancelRejected) or order.state is _UNKNOWN:
                self.doubts[name] = Inquiry(event.ts_recv)
        elif type(event) is OutcomeUnknown:
            doubt.renew(event.ts_recv)

    def _renew(self, order: Order) -> None:
        doubt = self.doubts.get(order.spec.id) if self.doubts else None
        if doubt is not None:
            doubt.renew(None)

    def _fill(self, order: Order, event: OrderFilled) -> Fill | OrderIgnored:
        if event.trade_id in order.trade_ids:
            return OrderIgnored(event.order, f"fill {event.trade_id} was booked before")
        if event.quantity <= 0:
            return OrderIgnored(event.order, f"fill {event.trade_id} is of nothing: {event.quantity}")
        spec = order.spec
        self._move(order, OrderFilled)
        order.take(event)
        self._complete(order)
        return Fill(
            event.trade_id, spec.id, spec.strategy, spec.instrument, spec.side, event.quantity, event.price,
            event.fee, event.fee_asset, event.liquidity, event.ts_venue, event.ts_recv,
        )  # fmt: skip

    def _reject_exits(self, parent: OrderSpec) -> None:
        """End the exits of an order that the venue never had: they were sent with it, and nobody will speak of them."""
        for order in self.open(parent.instrument):
            if order.spec.parent == parent.id:
                self._move(order, OrderRejected)

    def _amended(self, order: Order, event: OrderAmended) -> None:
        if order.is_closed:
            return
        order.spec = msgspec.structs.replace(
            order.spec, quantity=event.quantity, price=event.price, trigger=event.trigger
        )
        self._complete(order)

    def _complete(self, order: Order) -> None:
        """End an order of which all has filled; one that may have been amended to more is not known to be over."""
        if order.filled and order.filled >= order.largest:
            self._move(order, Completed if order.over is None else _ENDED_BY[order.over])

    def _move(self, order: Order, message: type) -> None:
        order.state = state = move(order.state, message)
        closed = state in TERMINAL
        if closed == order.is_closed:
            return
        order.is_closed = closed
        name, instrument = order.spec.id, order.spec.instrument
        if not closed:
            if not order.is_clear:
                self.doubts[name] = Inquiry(None)
            self.living = {o.spec.id: o for o in sorted([*self.living.values(), order], key=_number)}
            of_instrument = (o for o in self.living.values() if o.spec.instrument == instrument)
            self._open[instrument] = {o.spec.id: o for o in of_instrument}
            return
        del self._open[instrument][name], self.living[name]
        self.ended = order
        ended = self._closed
        ended.append(name)
        while len(ended) > CLOSED_KEPT_MAX:
            forgotten = self.by_id.get(ended.popleft())  # one that came back to life stands here twice
            if forgotten is not None and forgotten.is_closed:
                del self.by_id[forgotten.spec.id]


def _counts_more(order: Order, event: OrderCancelled | OrderExpired) -> bool:
    """Tell whether an order's end counts executions that nobody has told us: they are late, or their words are lost."""
    return not order.is_closed and _executed(order, event) > order.filled


def _executed(order: Order, event: OrderCancelled | OrderExpired) -> Decimal:
    """Return what a word of an order's end says that was executed; one that says nothing takes nothing back."""
    return order.executed if event.executed is None else event.executed
