"""Exits of a venue that has no orders attached to others: the engine sends them when their entry has filled.

Whoever uses attached exits sees the same as at a venue that has them: they sleep until the entry has a fill, one that
closes the position ends the others, and those of an entry without a fill end with it. Those of a perpetual are sent
with the first fill, as large as they were asked for: they may only reduce. What is not held cannot be sold, so others
wait for the whole entry; one that is filled in part gets `PART_NS` for the rest of it, which is then taken back, so
that what is held is protected. A time limit is a timer here, and so is the end of an order that should end by itself
(GTD, and DAY with the day in UTC).

Knows nothing that does not stand in the orders, the positions and the timers, so a restart takes nothing from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tradewind.domain.commands import Correct, PlaceExits, SetTimer
from tradewind.domain.events import OrderCancelled
from tradewind.domain.ids import ClientOrderId, TimerId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, TimeInForce
from tradewind.domain.signal import CancelIntent
from tradewind.domain.time import NS_PER_DAY, NS_PER_SECOND
from tradewind.execution.lifecycle import OrderState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from decimal import Decimal

    from tradewind.domain.commands import CancelOrder, SubmitOrder
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.execution.orders import Order, Orders
    from tradewind.portfolio.portfolio import Portfolio
    from tradewind.ports import View

TIMERS_OF_ATTACHED = "/exit/"
"""How the timers of this file begin; those of position policies begin with `/exits/`."""
PART, LIMIT, END = "/exit/part/", "/exit/limit/", "/exit/end/"
"""What a timer is for: an entry that is filled in part, a time limit, an order that should end by itself."""
PART_NS = 5 * NS_PER_SECOND
"""So long an entry that is no perpetual's may be filled in part before the rest of it is taken back."""


class ExitsHere:
    """Sends exits, and ends what is to end."""

    def __init__(
        self,
        orders: Orders,
        portfolio: Portfolio,
        view: View,
        words: list[Any],
        *,
        timers: Mapping[TimerId, TimeNs],
    ) -> None:
        self._orders = orders
        self._portfolio = portfolio
        self._view = view
        self._words = words
        self._timers = timers

    def submit(self, spec: OrderSpec, attached: tuple[OrderSpec, ...] = ()) -> SubmitOrder:
        """Count an approved order and its exits, which sleep; see to its end, if it should end by itself."""
        now = self._view.now
        if spec.tif is TimeInForce.GTD and spec.expire_at is not None:
            self._words.append(SetTimer(TimerId(f"{END}{spec.id}"), spec.expire_at))
        elif spec.tif is TimeInForce.DAY:
            self._words.append(SetTimer(TimerId(f"{END}{spec.id}"), now - now % NS_PER_DAY + NS_PER_DAY))
        return self._orders.submit(spec, attached)

    def cancel(self, intent: CancelIntent) -> CancelOrder | Correct:
        """Ask for an order back; an exit that sleeps ends here, as no venue has it."""
        order = self._orders.by_id[intent.order]
        if order.state is OrderState.ASLEEP:
            return self._over(order, "cancelled by us", self._view.now)
        return self._orders.cancel(intent)

    def heard(self, name: ClientOrderId, ts: TimeNs) -> None:
        """Do what follows from an event of an order."""
        order = self._orders.by_id.get(name)
        if order is None:
            return
        spec = order.spec
        if spec.parent is not None:
            if order.is_closed:
                self._exit_ended(order, ts)
            return
        if not (order.filled or order.is_closed):
            return
        asleep = [each for each in self._children(order) if each.state is OrderState.ASLEEP]
        if not asleep:
            return
        if not order.filled:
            self._words.extend(self._over(each, "its entry ended without a fill", ts) for each in asleep)
        elif self._reduces(order) or order.is_closed:
            self._wake(order, asleep, ts)
        elif TimerId(f"{PART}{name}") not in self._timers:
            self._words.append(SetTimer(TimerId(f"{PART}{name}"), ts + PART_NS))

    def fired(self, timer: TimerId, ts: TimeNs) -> None:
        """Take it that the time of something has come."""
        name = ClientOrderId(timer.rpartition("/")[2])
        order = self._orders.by_id.get(name)
        if order is None or order.is_closed:
            return
        if not timer.startswith(LIMIT):
            self._words.append(CancelIntent(order.spec.strategy, name))
            return
        if order.state is not OrderState.ASLEEP:
            return  # it was sent, and a timer that came again (a restart, a late fill) does not send it twice
        rivals = self._rivals(order)
        self._words.extend(CancelIntent(each.spec.strategy, each.spec.id) for each in rivals)
        if not rivals:
            self._close(order, ts)

    def _wake(self, entry: Order, asleep: list[Order], ts: TimeNs) -> None:
        quantity = self._quantity(entry)
        now: list[Order] = []
        later: list[Order] = []
        for each in asleep:
            (now if each.spec.after_ns is None else later).append(each)
        if quantity <= 0:
            self._words.extend(self._over(each, "nothing is left to close", ts) for each in asleep)
            return
        for each in later:
            timer = TimerId(f"{LIMIT}{each.spec.id}")
            if timer not in self._timers and each.spec.after_ns is not None:
                self._words.append(SetTimer(timer, ts + each.spec.after_ns))
        if now:
            sizes = (min(each.spec.quantity, quantity) for each in now)
            self._words.append(
                PlaceExits(tuple(replace(e.spec, quantity=size) for e, size in zip(now, sizes, strict=True)))
            )

    def _quantity(self, entry: Order) -> Decimal:
        """Return how much exits are for: all that they were asked for where they only reduce, else what is held."""
        if self._reduces(entry):
            return entry.spec.quantity
        spec = entry.spec
        held = self._portfolio.position(spec.instrument, spec.strategy).quantity * spec.side.sign
        return self._portfolio.instruments[spec.instrument].quantity(max(min(entry.filled, held), entry.filled * 0))

    def _reduces(self, order: Order) -> bool:
        """Tell whether its exits can do no more than close what is held, however large they are."""
        return self._portfolio.instruments[order.spec.instrument].kind is InstrumentKind.PERPETUAL

    def _exit_ended(self, order: Order, ts: TimeNs) -> None:
        """End the others of an exit that has closed the position; let a time limit go that has waited for it."""
        others = [each for each in self._siblings(order) if not each.is_closed]
        if order.state is OrderState.FILLED:
            for each in others:
                if each.state is OrderState.ASLEEP:
                    self._words.append(self._over(each, "another exit has closed it", ts))
                elif not each.is_unwanted:
                    self._words.append(CancelIntent(each.spec.strategy, each.spec.id))
            return
        for each in others:
            waits = each.state is OrderState.ASLEEP and each.spec.after_ns is not None
            if waits and TimerId(f"{LIMIT}{each.spec.id}") not in self._timers and not self._rivals(each):
                self._close(each, ts)

    def _close(self, order: Order, ts: TimeNs) -> None:
        """Send an exit whose time limit is over."""
        spec = order.spec
        held = -self._portfolio.position(spec.instrument, spec.strategy).quantity * spec.side.sign
        quantity = self._portfolio.instruments[spec.instrument].quantity(min(spec.quantity, held)) if held > 0 else held
        if quantity <= 0:
            self._words.append(self._over(order, "nothing is left to close", ts))
        else:
            self._words.append(PlaceExits((replace(spec, quantity=quantity, after_ns=None, type=OrderType.MARKET),)))

    def _rivals(self, order: Order) -> list[Order]:
        """Return the other exits of its entry that live at the venue, or may."""
        return [each for each in self._siblings(order) if each.state is not OrderState.ASLEEP and not each.is_closed]

    def _siblings(self, order: Order) -> Iterable[Order]:
        parent = order.spec.parent
        return (each for each in self._living(order) if each.spec.parent == parent and each is not order)

    def _children(self, entry: Order) -> Iterable[Order]:
        return (each for each in self._living(entry) if each.spec.parent == entry.spec.id)

    def _living(self, order: Order) -> list[Order]:
        return self._orders.open(order.spec.instrument, order.spec.strategy)

    @staticmethod
    def _over(order: Order, why: str, ts: TimeNs) -> Correct:
        return Correct(OrderCancelled(order.spec.id, why, ts, ts))
