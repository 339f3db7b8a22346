"""Entries that wait to be confirmed: held in the table of orders, so that they count as pending, and sent by nobody.

What is confirmed goes through the gate again, as the market and the account have moved since; what is sent is never
larger than what was asked about. Who declines, or says nothing in time, has it refused. Against rates of
orders it counts twice: when it is wished for, and when it goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tradewind.domain.commands import CancelTimer, Correct, SetTimer
from tradewind.domain.confirmation import ConfirmationAsked
from tradewind.domain.control import OrderConfirmed, OrderDeclined
from tradewind.domain.events import OrderCancelled, TimerFired
from tradewind.domain.ids import ClientOrderId, TimerId
from tradewind.domain.money import exact
from tradewind.domain.step import DecisionIgnored, Refusal, RefusalCode
from tradewind.domain.time import NS_PER_SECOND
from tradewind.engine.fold import note
from tradewind.execution.lifecycle import OrderState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.commands import Effect
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.signal import AmendIntent, CancelIntent, OrderIntent
    from tradewind.engine.engine import Engine
    from tradewind.engine.exits_here import ExitsHere
    from tradewind.execution.order import Order
    from tradewind.execution.orders import Orders

CONFIRM = "/confirm/"
"""Timers at whose end an entry has waited long enough; its id follows."""
NOT_HERE = "no such order waits to be confirmed"


class Confirming:
    """Stands before the desk of orders; where nothing is to be confirmed, nobody comes to it but for words about it."""

    def __init__(self, engine: Engine, inner: Orders | ExitsHere, routes: dict[type, Any]) -> None:
        self._engine = engine
        self._inner = inner
        self.desk: Orders | ExitsHere | Confirming = inner
        """Whoever takes orders that were approved."""
        self._routes = routes
        self._policy = engine.settings.confirmation
        self._stands = False
        self.waiting: dict[ClientOrderId, ConfirmationAsked] = {}
        """By the id of the order, oldest first."""
        self._heard: dict[ClientOrderId, ConfirmationAsked] = {}
        self._wish: OrderIntent | None = None
        self._granted: ConfirmationAsked | None = None
        self._lapsed = ("", "")
        routes[OrderConfirmed] = self._on_confirmed
        routes[OrderDeclined] = self._on_declined
        if self._policy is not None:
            self._stand()

    def _stand(self) -> None:
        """Take the desk's place, and hear of what concerns the orders that wait."""
        if self._stands:
            return
        self._stands = True
        self.desk = self
        on_timer, on_cancelled = self._routes[TimerFired], self._routes[OrderCancelled]

        def fired(event: TimerFired) -> object:
            if not event.timer.startswith(CONFIRM):
                return on_timer(event)
            self._fired(event)
            return None

        def cancelled(event: OrderCancelled) -> object:
            moved = on_cancelled(event)
            self._engine.words.extend(_over(each, event.ts_recv) for each in self._children(event.order))
            return moved

        self._routes[TimerFired], self._routes[OrderCancelled] = fired, cancelled

    # --- wishes ---------------------------------------------------------------------------------------

    def begin(self, intent: OrderIntent) -> Refusal | None:
        """Take it that a wish is looked at; refuse one that has waited for nothing."""
        self._wish = intent
        name, why = self._lapsed
        return Refusal(intent, RefusalCode.UNCONFIRMED, detail=why) if name == intent.id else None

    def submit(self, spec: OrderSpec, attached: tuple[OrderSpec, ...] = ()) -> Effect:
        """Send an approved order, or have it wait; the effect is then the timer that ends the wait."""
        granted = self._granted
        if granted is not None and granted.order.id == spec.id:
            self._granted = None
            most = granted.order.quantity
            if spec.quantity > most:
                spec = replace(spec, quantity=most)
                attached = tuple(replace(each, quantity=min(each.quantity, most)) for each in attached)
            return self._inner.submit(spec, attached)
        if self._policy is None or not self._asks(spec):
            return self._inner.submit(spec, attached)
        assert self._wish is not None, "an order without a wish"
        until = self._engine.view.now + self._policy.wait_ns
        asked = ConfirmationAsked(self._wish, spec, attached, until)
        self._hold(asked)
        self._engine.words.append(asked)
        timer = SetTimer(_timer(spec.id), until)
        note(self._engine, timer)
        return timer

    def cancel(self, intent: CancelIntent) -> Effect:
        """Ask for an order back; of one that waits no venue has heard, so it ends here."""
        order = self._engine.orders.by_id[intent.order]
        if not self._is_ours(order):
            return self._inner.cancel(intent)
        if self.waiting.pop(intent.order, None) is not None:
            self._engine.words.append(CancelTimer(_timer(intent.order)))
        return _over(order, self._engine.view.now)

    def refuse_amend(self, intent: AmendIntent) -> Refusal | None:
        """Refuse to change what waits: what is confirmed is what was asked about."""
        order = self._engine.orders.by_id.get(intent.order) if self._stands else None
        if order is None or not self._is_ours(order):
            return None
        return Refusal(intent, RefusalCode.NOT_AMENDABLE, detail="it waits to be confirmed")

    # --- what is kept, and what a recorded step tells ---------------------------------------------------

    def state(self) -> tuple[ConfirmationAsked, ...]:
        """Return what waits as plain data."""
        return tuple(self.waiting.values())

    def restore(self, kept: Iterable[ConfirmationAsked]) -> None:
        """Take over what `state` wrote down; the table of orders has them already."""
        self.waiting = {each.order.id: each for each in kept}
        if self.waiting:
            self._stand()

    def hear(self, asked: ConfirmationAsked) -> None:
        """Keep what a recorded step asks until its timer tells the place among the effects."""
        self._heard[asked.order.id] = asked

    def follow(self, effect: Effect) -> None:
        """Take an effect of a recorded step that concerns what waits."""
        if isinstance(effect, SetTimer) and effect.timer.startswith(CONFIRM):
            asked = self._heard.pop(ClientOrderId(effect.timer.removeprefix(CONFIRM)), None)
            if asked is not None:
                self._engine.risk.count_order(asked.order)
                self._hold(asked)
        elif isinstance(effect, Correct) and isinstance(effect.event, OrderCancelled):
            self.waiting.pop(effect.event.order, None)

    # --- answers ----------------------------------------------------------------------------------------

    def _on_confirmed(self, event: OrderConfirmed) -> None:
        asked = self._taken(event.order, "confirm")
        if asked is not None:
            self._grant(asked)

    def _on_declined(self, event: OrderDeclined) -> None:
        asked = self._taken(event.order, "decline")
        if asked is not None:
            who, why = event.operator or "the operator", f": {event.reason}" if event.reason else ""
            self._lapse(asked, f"declined by {who}{why}")

    def _fired(self, event: TimerFired) -> None:
        self._engine.timers.pop(event.timer, None)
        name = ClientOrderId(event.timer.removeprefix(CONFIRM))
        if name not in self.waiting:
            return
        asked, policy = self._let_go(name), self._policy
        if policy is not None and policy.unattended_ns is not None:
            self._grant(asked)
        else:
            waited = "" if policy is None else f" within {policy.within_ns / NS_PER_SECOND:g} s"
            self._lapse(asked, f"nobody has confirmed it{waited}")

    def _taken(self, name: ClientOrderId, word: str) -> ConfirmationAsked | None:
        """Return what is to be answered, and end its wait; tell if nothing of the name waits."""
        if name not in self.waiting:
            self._engine.words.append(DecisionIgnored(word, name, NOT_HERE))
            return None
        self._engine.words.append(CancelTimer(_timer(name)))
        return self._let_go(name)

    def _let_go(self, name: ClientOrderId) -> ConfirmationAsked:
        asked = self.waiting.pop(name)
        self._engine.orders.withdraw(name)
        self._engine.risk.uncount_order(asked.order)  # if it goes, it is counted again
        return asked

    def _grant(self, asked: ConfirmationAsked) -> None:
        rivals = (o for o in self._engine.orders.by_id.values() if asked.order.oco and o.spec.oco == asked.order.oco)
        done = next((order.spec.id for order in rivals if order.filled), None)
        if done is not None:
            self._lapse(asked, f"{done}, which it stands beside, has filled")
            return
        self._granted = asked
        self._engine.words.append(asked.intent)

    def _lapse(self, asked: ConfirmationAsked, why: str) -> None:
        self._lapsed = (asked.order.id, why)
        self._engine.words.append(asked.intent)

    # --- what is asked about ----------------------------------------------------------------------------

    def _asks(self, spec: OrderSpec) -> bool:
        engine, policy = self._engine, self._policy
        if policy is None or not engine.risk.adds(spec):
            return False
        price = spec.price or spec.trigger or exact(engine.market.last_price(spec.instrument) or 0)
        return policy.asks(spec.strategy, engine.portfolio.instruments[spec.instrument].notional(spec.quantity, price))

    def _hold(self, asked: ConfirmationAsked) -> None:
        self._engine.orders.hold(asked.order, asked.attached)
        self.waiting[asked.order.id] = asked

    def _is_ours(self, order: Order) -> bool:
        """Tell whether an order has never left: it waits, or is an exit of one that does."""
        if order.state is not OrderState.ASLEEP:
            return False
        entry = order if order.spec.parent is None else self._engine.orders.by_id.get(order.spec.parent)
        return entry is not None and entry.spec.parent is None and entry.state is OrderState.ASLEEP

    def _children(self, name: ClientOrderId) -> list[Order]:
        """Return the exits that sleep still of an order that has ended here, without a venue."""
        order = self._engine.orders.by_id.get(name)
        if order is None or order.venue_order is not None or order.filled or not order.is_closed:
            return []
        living = self._engine.orders.open(order.spec.instrument, order.spec.strategy)
        return [each for each in living if each.spec.parent == name and each.state is OrderState.ASLEEP]


def _timer(name: ClientOrderId) -> TimerId:
    return TimerId(f"{CONFIRM}{name}")


def _over(order: Order, ts: int) -> Correct:
    return Correct(OrderCancelled(order.spec.id, "taken back before it was confirmed", ts, ts))
