"""The orders of a session: requests go out of it, the venue's words come into it.

State moves by the table of `lifecycle.py`. An execution becomes a `Fill` here, once per trade id,
whatever channel brings it and however often. Nothing here knows a price or a balance.
"""

from __future__ import annotations

from collections import deque
from operator import attrgetter
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.commands import AmendOrder, CancelOrder, SubmitOrder
from tradewind.domain.events import AmendRejected, OrderAccepted, OrderAmended, OrderFilled, OrderRejected
from tradewind.domain.fill import Fill
from tradewind.domain.money import ZERO
from tradewind.domain.step import OrderIgnored
from tradewind.execution.lifecycle import TERMINAL, Completed, OrderState, move

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.events import OrderEvent
    from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId, TradeId, VenueOrderId
    from tradewind.domain.order import OrderSpec, Side
    from tradewind.domain.signal import AmendIntent, CancelIntent

CLOSED_KEPT_MAX = 10_000
"""Ended orders are remembered for late messages, so many of them; the journal has them all."""

_NONE: dict[ClientOrderId, Order] = {}
_number = attrgetter("number")
# Walked by every order: to look a member of an Enum up takes 0.1 us.
_IN_FLIGHT, _ASLEEP, _UNKNOWN = OrderState.IN_FLIGHT, OrderState.ASLEEP, OrderState.UNKNOWN


class OrderIds:
    """Counts client order ids: a prefix that names the session, and a number."""

    __slots__ = ("count", "prefix")

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.count = 0

    def next(self) -> ClientOrderId:
        """Return the next id: up to 32 characters of `[A-Za-z0-9-]`, which every venue takes."""
        self.count += 1
        return f"{self.prefix}-{str(self.count).zfill(6)}"  # type: ignore[return-value] # to call the type is 0.1 us


class Order:
    """One order: what was asked for, where it is, and what has come of it."""

    __slots__ = ("amending", "filled", "is_closed", "number", "spec", "state", "trade_ids", "value", "venue_order")

    def __init__(self, spec: OrderSpec, state: OrderState, number: int) -> None:
        self.spec = spec
        self.number = number
        """Its place among the session's orders."""
        self.state = state
        self.is_closed = False
        self.amending: list[AmendOrder] = []
        """Amendments that the venue has not answered, in the order in which they were sent."""
        self.filled = ZERO
        self.value = ZERO
        """What filled, at its prices."""
        self.trade_ids: set[TradeId] = set()
        self.venue_order: VenueOrderId | None = None

    @property
    def open_quantity(self) -> Decimal:
        """How much may still be executed, if the venue takes what it was last asked for; nothing after the end."""
        if self.is_closed:
            return ZERO
        most = self.spec.quantity
        for asked in self.amending:
            if asked.quantity is not None and asked.quantity > most:
                most = asked.quantity
        return max(most - self.filled, ZERO)

    @property
    def average_price(self) -> Decimal:
        """The mean price of what has filled, 0 before."""
        return self.value / self.filled if self.filled else ZERO

    def take(self, event: OrderFilled) -> None:
        """Add an execution to the totals."""
        quantity = event.quantity
        self.trade_ids.add(event.trade_id)
        self.filled += quantity
        self.value += quantity * event.price


class Orders:
    """All orders of a session, by id; those that live also by instrument."""

    def __init__(self) -> None:
        self.by_id: dict[ClientOrderId, Order] = {}
        self.living: dict[ClientOrderId, Order] = {}
        """Orders that have not ended, oldest first."""
        self._open: dict[InstrumentId, dict[ClientOrderId, Order]] = {}
        self._closed: deque[ClientOrderId] = deque()
        self._count = 0

    def submit(self, spec: OrderSpec, attached: tuple[OrderSpec, ...] = ()) -> SubmitOrder:
        """Count an approved order, and its exits, as in flight; return the effect that sends it."""
        self._add(spec, _IN_FLIGHT)
        for child in attached:
            self._add(child, _ASLEEP)
        return SubmitOrder(spec, attached)

    def cancel(self, intent: CancelIntent) -> CancelOrder:
        """Ask for an order back."""
        order = self.by_id[intent.order]
        self._move(order, CancelOrder)
        return CancelOrder(order.spec.id, order.spec.instrument)

    def amend(self, intent: AmendIntent) -> AmendOrder:
        """Ask for other values; the order keeps its own until the venue confirms, but the asked ones are in flight."""
        order = self.by_id[intent.order]
        self._move(order, AmendOrder)
        effect = AmendOrder(order.spec.id, order.spec.instrument, intent.quantity, intent.price, intent.trigger)
        order.amending.append(effect)
        return effect

    def apply(self, event: OrderEvent) -> Fill | OrderIgnored | None:
        """Take the venue's word about an order; return the fill that it brings, if it brings one."""
        order = self.by_id.get(event.order)
        if order is None:
            return OrderIgnored(event.order, "not an order of this session")
        if type(event) is OrderFilled:
            return self._fill(order, event)
        self._move(order, type(event))
        if type(event) is OrderAccepted:
            order.venue_order = event.venue_order
            return None
        if isinstance(event, (OrderAmended, AmendRejected)):
            del order.amending[:1]
        if isinstance(event, OrderAmended):
            self._amended(order, event)
        elif order.state is OrderState.REJECTED and not order.filled:
            self._reject_exits(order.spec)
        return None

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
        living = self._open.get(instrument)
        return any(order.state is _UNKNOWN for order in living.values()) if living else False

    def _add(self, spec: OrderSpec, state: OrderState) -> None:
        name, instrument = spec.id, spec.instrument
        assert name not in self.by_id, f"order id used twice: {name}"
        self._count += 1
        order = self.by_id[name] = self.living[name] = Order(spec, state, self._count)
        living = self._open.get(instrument)
        if living is None:
            living = self._open[instrument] = {}
        living[name] = order

    def _fill(self, order: Order, event: OrderFilled) -> Fill | OrderIgnored:
        if event.trade_id in order.trade_ids:
            return OrderIgnored(event.order, f"fill {event.trade_id} was booked before")
        if event.quantity <= 0:
            return OrderIgnored(event.order, f"fill {event.trade_id} is of nothing: {event.quantity}")
        spec = order.spec
        self._move(order, OrderFilled)
        order.take(event)
        if order.filled >= spec.quantity:
            self._move(order, Completed)
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
        if order.filled >= order.spec.quantity:
            self._move(order, Completed)

    def _move(self, order: Order, message: type) -> None:
        order.state = state = move(order.state, message)
        closed = state in TERMINAL
        if closed == order.is_closed:
            return
        order.is_closed = closed
        name, instrument = order.spec.id, order.spec.instrument
        if not closed:
            self.living = {o.spec.id: o for o in sorted([*self.living.values(), order], key=_number)}
            of_instrument = (o for o in self.living.values() if o.spec.instrument == instrument)
            self._open[instrument] = {o.spec.id: o for o in of_instrument}
            return
        del self._open[instrument][name], self.living[name]
        ended = self._closed
        ended.append(name)
        while len(ended) > CLOSED_KEPT_MAX:
            forgotten = self.by_id.get(ended.popleft())  # one that came back to life stands here twice
            if forgotten is not None and forgotten.is_closed:
                del self.by_id[forgotten.spec.id]
