"""What must be true at every moment of a simulated world. Each checker watches one thing, and names it.

They look at the venue's own books, at what left and arrived, and at the engine's public state.
"""

# ruff: noqa: ARG002 - a hook is told all that any checker may need

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, Correct, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.money import FINEST, ZERO
from tradewind.domain.step import StrategyFailed
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.execution.lifecycle import OrderState
from tradewind.testing.checker import Checker

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.commands import Effect
    from tradewind.domain.ids import ClientOrderId, InstrumentId
    from tradewind.domain.step import Step
    from tradewind.testing.process import Process
    from tradewind.testing.world import World

_encode = msgspec.msgpack.Encoder().encode
_AT_REST = (OrderState.OPEN, OrderState.ASLEEP)
_NEVER = OrderState.REJECTED
ABOUT_ORDERS = frozenset(ev.OrderEvent.__args__)
REQUESTS = frozenset((SubmitOrder, CancelOrder, AmendOrder, QueryOrder, QueryAccount))


class SentOnce(Checker):
    """No order and no amendment leaves twice, whatever happened to the first."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._left: set[object] = set()

    def sent(self, process: Process, effect: Effect) -> None:
        """Count it."""
        if isinstance(effect, SubmitOrder):
            for spec in (effect.order, *effect.attached):
                self._count(spec.id)
        elif isinstance(effect, AmendOrder):
            self._count((effect.order, effect.number))

    def _count(self, key: str | tuple[str, int]) -> None:
        if key in self._left:
            what = f"order {key}" if isinstance(key, str) else f"amendment {key[1]} of {key[0]}"
            self.demand(that=False, what=f"{what} was sent twice")
        self._left.add(key)


class JournalFirst(Checker):
    """Nothing leaves before its step is durable, and what leaves, leaves in the order of the journal."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._seen: defaultdict[int, int] = defaultdict(int)
        self._due: defaultdict[int, deque[Effect]] = defaultdict(deque)

    def sent(self, process: Process, effect: Effect) -> None:
        """Find it among what is on the disk."""
        number, disk = process.number, process.disk
        due, seen = self._due[number], self._seen[number]
        if disk.durable > seen:
            for step in disk.steps[seen : disk.durable]:
                for each in step.effects:
                    if type(each) in REQUESTS:
                        due.append(each)
            self._seen[number] = disk.durable
        first = due.popleft() if due else None
        if first is not effect and first != effect:
            self.demand(that=False, what=f"{effect} left before its line was durable")


class OneActs(Checker):
    """Nothing leaves a process that has not the lease of the account, or has lost it."""

    @property
    def watches(self) -> bool:
        """Whether there is a lease to lose."""
        return self.world.is_contested

    def sent(self, process: Process, effect: Effect) -> None:
        """Compare with what the keeper of leases says."""
        if process.lease is not None:
            holder = self.world.leases.token
            token = process.lease.token
            if token != holder:
                self.demand(that=False, what=f"{effect} of token {token}, and {holder} has the lease")


class NeverEndsWhatLives(Checker):
    """An order that rests at the venue, or is on its way there, has not ended in our books; "unknown" is not "none"."""

    def stepped(self, process: Process, step: Step) -> None:
        """Look at the orders that the step was about."""
        if type(step.event) not in ABOUT_ORDERS:
            return
        name: ClientOrderId = step.event.order  # type: ignore[union-attr,assignment] # they all have it
        order = process.engine.orders.by_id.get(name)
        if order is None or not order.is_closed:
            return
        if self.world.exchange.sim.desk.find(name) is not None:
            self.demand(that=False, what=f"{name} is {order.state.value} in our books and lives at the venue")
        if name in self.world.network.travelling:
            self.demand(that=False, what=f"{name} is {order.state.value} in our books and on its way to the venue")


LOST_NS = 20 * NS_PER_SECOND
"""No word of a world is later: it is lost."""


class Limits(Checker):
    """What the account holds, with all that may still trade at the venue or is on its way, is within the limit.

    Asked of worlds with one strategy: of several, what only closes one's own position is let through, and may add
    to the account's. Not where the owner has traded by hand, or the venue has closed something by force; nor from
    when on the word of an exit's execution was lost, and the same position may have been closed twice, or the words
    of an order that the venue had forgotten when it was asked about, and executed before.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        lots = world.plan.terms.position_lots_max
        self._max = None if not lots else world.exchange.instruments[0].lot * lots
        self._alone = world.plan.terms.strategies == 1
        self._is_over = False

    @property
    def watches(self) -> bool:
        """Whether there is a limit, and one strategy."""
        return self._max is not None and self._alone

    def arrived(self, effect: Effect) -> None:
        """Add up what the venue has now."""
        exchange = self.world.exchange
        others = exchange.by_hand or exchange.forced  # nobody holds these back, and the word of them may be lost
        if self._max is None or others or not isinstance(effect, SubmitOrder | AmendOrder):
            return
        name = _instrument_of(effect)
        self._is_over = self._is_over or self._has_lost_an_execution()
        if self._is_over:
            return
        held = exchange.position(name)
        buys: dict[str, Decimal] = {}
        sales: dict[str, Decimal] = {}
        for order in exchange.sim.desk.resting(name):
            spec = order.spec
            if not spec.reduces_net and spec.parent is None:
                # Of orders that share an `oco` name the venue executes one: the largest counts.
                side, alone = buys if order.is_buy else sales, spec.oco or spec.id
                side[alone] = max(side.get(alone, ZERO), order.left)
        worst = max(held + sum(buys.values()), sum(sales.values()) - held)
        self.demand(that=worst <= self._max, what=f"{name} may come to {worst}, and {self._max} is the limit")

    def _has_lost_an_execution(self) -> bool:
        """Tell whether something was executed of which our books do not hear, for longer than any word takes.

        An exit, or an order that never was there by our books, as the venue, which forgets, knew nothing of it.
        """
        forgets = bool(self.world.plan.terms.forgets_ns)
        orders, before = self.last.engine.orders.by_id, self.world.now - LOST_NS
        late = (fill for fill in self.world.exchange.fills.values() if fill.ts_recv < before)
        return any(
            fill.trade_id not in order.trade_ids and (order.spec.reduces_net or (forgets and order.state is _NEVER))
            for fill in late
            if (order := orders.get(fill.order)) is not None
        )


class OrderRate(Checker):
    """No more entries leave in a minute than the limit says, over all restarts."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._max = world.plan.terms.orders_per_minute_max
        self._asked: dict[ClientOrderId, int] = {}
        self._left: list[int] = []

    @property
    def watches(self) -> bool:
        """Whether there is a limit."""
        return bool(self._max)

    def stepped(self, process: Process, step: Step) -> None:
        """Note when what opens or adds to its strategy's position was let through."""
        for effect in step.effects:
            if isinstance(effect, SubmitOrder) and not effect.order.reduce_only:
                spec = effect.order
                held = process.engine.portfolio.position(spec.instrument, spec.strategy).quantity
                if held * spec.side.sign >= 0:
                    self._asked[spec.id] = step.event.ts_recv

    def sent(self, process: Process, effect: Effect) -> None:
        """Count it: what a crash took back before it left has not been."""
        if isinstance(effect, SubmitOrder) and effect.order.id in self._asked:
            at = self._asked[effect.order.id]
            self._left.append(at)
            count = sum(at - NS_PER_MINUTE < each <= at for each in self._left)
            self.demand(that=count <= self._max, what=f"{count} entries within a minute, {self._max} are allowed")


class StrategiesLive(Checker):
    """No strategy of a world raises: what they ask for is what a strategy may ask for."""

    def stepped(self, process: Process, step: Step) -> None:
        """Look for failures."""
        for notice in step.notices:
            if type(notice) is StrategyFailed:
                self.demand(that=False, what=notice)


CORRECTIONS = (ev.PositionAdjusted, ev.BalanceAdjusted, ev.AverageAdjusted)


class NeverAway(Checker):
    """A correction sets what it corrects to what the venue had when it was asked, and leaves alone what is under way.

    What is under way: an execution that the venue has done and we have not booked will be booked when it is
    heard of, so a position that is corrected before would then be wrong by it.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._held: dict[int, dict[InstrumentId, Decimal]] = {}
        self._owned: dict[int, dict[Any, Decimal]] = {}
        self._cost: dict[int, dict[InstrumentId, Decimal]] = {}

    def arrived(self, effect: Effect) -> None:
        """Keep what the venue has when it is asked for the account."""
        if isinstance(effect, QueryAccount):
            now, books = self.world.now, self.world.exchange.sim.account.portfolio
            self._held[now] = {name: held.quantity for name, held in books.totals.items()}
            self._owned[now] = dict(books.ledger.wallet())
            self._cost[now] = {name: held.cost for name, held in books.totals.items()}

    def stepped(self, process: Process, step: Step) -> None:
        """Look at the corrections that a comparison has come to."""
        for effect in step.effects:
            if type(effect) is Correct and isinstance(effect.event, CORRECTIONS):
                snapshot = step.event
                self.demand(that=isinstance(snapshot, ev.AccountSnapshot), what=f"{effect} after no word of the venue")
                if isinstance(effect.event, ev.PositionAdjusted):
                    self._look_at_position(process, effect.event, snapshot.ts_venue)  # type: ignore[union-attr]
                elif isinstance(effect.event, ev.AverageAdjusted):
                    has = self._cost[snapshot.ts_venue][effect.event.instrument]  # type: ignore[union-attr]
                    same = has.quantize(FINEST) == effect.event.cost
                    self.demand(that=same, what=f"{effect} where the venue has paid {has}")
                elif not self.world.plan.terms.perpetual:
                    has = self._owned[snapshot.ts_venue].get(effect.event.asset, ZERO)  # type: ignore[union-attr]
                    same = has.quantize(FINEST) == effect.event.total
                    self.demand(that=same, what=f"{effect.event} where the venue says {has}")

    def _look_at_position(self, process: Process, event: ev.PositionAdjusted, ts: int) -> None:
        has = self._held[ts][event.instrument]
        self.demand(that=event.quantity == has, what=f"{event} where the venue holds {has}")
        orders = process.engine.orders.by_id
        for fill in self.world.exchange.fills.values():
            order = orders.get(fill.order)
            if order is not None and order.spec.instrument == event.instrument and fill.ts_recv <= ts:
                booked = fill.trade_id in order.trade_ids
                self.demand(that=booked, what=f"{event} before {fill.trade_id} of {fill.order} is booked")


class IdsNeverReused(Checker):
    """No id names two orders, over all restarts."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._made: dict[str, tuple[int, object]] = {}

    def sent(self, process: Process, effect: Effect) -> None:
        """Remember who made it."""
        if isinstance(effect, SubmitOrder):
            for spec in (effect.order, *effect.attached):
                before = self._made.setdefault(spec.id, (process.number, spec))
                if before[1] is not spec and before[1] != spec:
                    self.demand(that=False, what=f"{spec.id} names two orders")


def _instrument_of(effect: SubmitOrder | AmendOrder) -> InstrumentId:
    return effect.order.instrument if isinstance(effect, SubmitOrder) else effect.instrument
