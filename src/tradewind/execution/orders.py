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
from tradewind.domain.ids import ClientOrderId
from tradewind.domain.money import ZERO
from tradewind.domain.step import OrderIgnored
from tradewind.execution.lifecycle import TERMINAL, Completed, OrderState, move

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.events import OrderEvent
    from tradewind.domain.ids import InstrumentId, StrategyId, TradeId, VenueOrderId
    from tradewind.domain.order import OrderSpec, Side
    from tradewind.domain.signal import AmendIntent, CancelIntent

CLOSED_KEPT_MAX = 10_000
"""Ended orders are remembered for late messages, so many of them; the journal has them all."""

_NONE: dict[ClientOrderId, Order] = {}
_number = attrgetter("number")


class OrderIds:
    """Counts client order ids: a prefix that names the session, and a number."""

    __slots__ = ("count", "prefix")

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.count = 0

    def next(self) -> ClientOrderId:
        """Return the next id: up to 32 characters of `[A-Za-z0-9-]`, which every venue takes."""
        self.count += 1
        return ClientOrderId(f"{self.prefix}-{self.count:06d}")


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
        self.trade_ids.add(event.trade_id)
        self.filled += event.quantity
        self.value += event.quantity * event.price


class Orders:
    """All orders of a session, by id; those that live also by instrument."""

    def __init__(self) -> None:
        self.by_id: dict[ClientOrderId, Order] = {}
        self._open: dict[InstrumentId, dict[ClientOrderId, Order]] = {}
        self._closed: deque[ClientOrderId] = deque()
        self._count = 0

    def submit(self, spec: OrderSpec, attached: tuple[OrderSpec, ...] = ()) -> SubmitOrder:
        """Count an approved order, and its exits, as in flight; return the effect that sends it."""
        self._add(spec, OrderState.IN_FLIGHT)
        for child in attached:
            self._add(child, OrderState.ASLEEP)
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
        if isinstance(event, OrderFilled):
            return self._fill(order, event)
        self._move(order, type(event))
        if isinstance(event, (OrderAmended, AmendRejected)):
            del order.amending[:1]
        if isinstance(event, OrderAccepted):
            order.venue_order = event.venue_order
        elif isinstance(event, OrderAmended):
            self._amended(order, event)
        elif order.state is OrderState.REJECTED and not order.filled:
            self._reject_exits(order.spec)
        return None

    def open(self, instrument: InstrumentId | None = None, strategy: StrategyId | None = None) -> list[Order]:
        """Return the orders that live, oldest first."""
        if instrument is None:
            living = [order for group in self._open.values() for order in group.values()]
            if len(self._open) > 1:
                living.sort(key=_number)
        else:
            living = list(self._open.get(instrument, _NONE).values())
        if strategy is None or not living:
            return living
        return [order for order in living if order.spec.strategy == strategy]

    def pending(self, instrument: InstrumentId, side: Side, strategy: StrategyId | None = None) -> Decimal:
        """Return what open, in-flight and unknown orders of a side may still execute; exits do not add exposure."""
        total = ZERO
        for order in self.open(instrument, strategy):
            if order.spec.side is side and not order.spec.reduces_net and order.spec.parent is None:
                total += order.open_quantity
        return total

    def has_unknown(self, instrument: InstrumentId) -> bool:
        """Tell whether an order of the instrument has an unknown outcome."""
        living = self._open.get(instrument)
        return living is not None and any(order.state is OrderState.UNKNOWN for order in living.values())

    def _add(self, spec: OrderSpec, state: OrderState) -> None:
        assert spec.id not in self.by_id, f"order id used twice: {spec.id}"
        self._count += 1
        order = self.by_id[spec.id] = Order(spec, state, self._count)
        self._open.setdefault(spec.instrument, {})[spec.id] = order

    def _fill(self, order: Order, event: OrderFilled) -> Fill | OrderIgnored:
        if event.trade_id in order.trade_ids:
            return OrderIgnored(event.order, f"fill {event.trade_id} was booked before")
        if event.quantity <= 0:
            return OrderIgnored(event.order, f"fill {event.trade_id} is of nothing: {event.quantity}")
        self._move(order, OrderFilled)
        order.take(event)
        if order.filled >= order.spec.quantity:
            self._move(order, Completed)
        spec = order.spec
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
        order.state = move(order.state, message)
        closed = order.state in TERMINAL
        if closed == order.is_closed:
            return
        order.is_closed = closed
        living = self._open.setdefault(order.spec.instrument, {})
        if not closed:
            self._open[order.spec.instrument] = {o.spec.id: o for o in sorted([*living.values(), order], key=_number)}
            return
        del living[order.spec.id]
        self._closed.append(order.spec.id)
        while len(self._closed) > CLOSED_KEPT_MAX:
            forgotten = self.by_id.get(self._closed.popleft())  # one that came back to life stands here twice
            if forgotten is not None and forgotten.is_closed:
                del self.by_id[forgotten.spec.id]
