"""What must be true of worlds with policies of positions and breakers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind
from tradewind.domain.breakers import BreakerChanged, BreakerState
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.control import StopRequested
from tradewind.domain.money import ZERO
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.testing.checker import Checker
from tradewind.testing.faults import FaultKind
from tradewind.testing.rules import BREAKERS, MAX_HOLDING_NS, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine
    from tradewind.testing.process import Process
    from tradewind.testing.world import World

BOOKS = (ev.OrderFilled, ev.OrderFound, ev.AccountSnapshot, ev.PositionAdjusted, ev.SessionStarted)
ODD = (FaultKind.JUMP, FaultKind.STRANGER, FaultKind.FORCE_OUT)
SLACK_NS = 10 * NS_PER_MINUTE
"""So long after its time a position may still be held: requests may be lost, and lines may be down."""


class HeldBack(Checker):
    """Nothing that opens or adds is let through while a breaker holds it back, over all restarts.

    Which hold is read off the journals alone.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._begun: dict[int, set[str]] = {}
        self._held: dict[int, set[str]] = {}
        """By process: what held as it began, and what holds now."""

    @property
    def watches(self) -> bool:
        """Whether there is a breaker."""
        return bool(set(self.world.plan.terms.rules) & set(BREAKERS))

    def stepped(self, process: Process, step: Step) -> None:
        """Look at what was let through in this step, by what held before it and still does after it."""
        if process.number not in self._held:
            self._begun[process.number] = self._inherited(process)
            self._held[process.number] = set(self._begun[process.number])
        held = self._held[process.number]
        before = set(held)
        _follow(held, step.notices)
        still = before & held
        for effect in step.effects if still else ():
            if isinstance(effect, SubmitOrder) and not effect.order.reduce_only:
                spec = effect.order
                has = process.engine.portfolio.position(spec.instrument, spec.strategy).quantity
                closes = has * spec.side.sign < ZERO and spec.quantity <= abs(has)
                self.demand(that=closes, what=f"{spec.id} is let through, and {sorted(still)} hold entries back")

    def _inherited(self, process: Process) -> set[str]:
        """Return what held in the state that a process was started with."""
        if process.restored is None:
            return set()
        held = set(self._begun.get(process.number - 1, ()))
        for step in self.world.processes[process.number - 2].disk.kept:
            if step.seq <= process.restored.seq:
                _follow(held, step.notices)
        return held


class LeftInTime(Checker):
    """No position outlives its longest time by more than the network can hold its close up.

    It begins when our books have it. Asked of worlds without an owner who trades by hand, positions closed by force,
    and clocks that are set; not of coins that another strategy has sold, as the account has none to sell, and not where
    the word of an execution was lost and nobody has compared since.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        odd = any(fault.kind in ODD for fault in world.plan.faults)
        self._asks = Rule.TIME in world.plan.terms.rules and not odd
        self._since: dict[object, tuple[int, int]] = {}
        """By position, when it was first seen, and its side."""

    @property
    def watches(self) -> bool:
        """Whether positions have a longest time here."""
        return self._asks

    def stepped(self, process: Process, step: Step) -> None:
        """Note when a position has begun; look at the stop what is too old, as the end closes all in its own way."""
        if isinstance(step.event, StopRequested):
            self._look(process)
            self._asks = False
        if not self._asks or not isinstance(step.event, BOOKS):
            return
        for key, position in process.engine.portfolio.positions.items():
            side = (position.quantity > ZERO) - (position.quantity < ZERO)
            if side == 0 or self._since.get(key, (0, side))[1] != side:
                self._since.pop(key, None)
            if side:
                self._since.setdefault(key, (step.event.ts_recv, side))

    def ended(self) -> None:
        """Look once more, where nobody has stopped it."""
        if self._asks:
            self._look(self.last)

    def _look(self, process: Process) -> None:
        """Look for positions that are too old and on which nothing is under way."""
        engine = process.engine
        leaving = {(o.spec.strategy, o.spec.instrument) for o in engine.orders.living.values() if o.spec.reduce_only}
        for key, position in engine.portfolio.positions.items():
            if key not in leaving and not position.is_flat and self._can_leave(engine, key[1], position.quantity):
                age = engine.view.now - self._since[key][0]
                what = f"{key} is held for {age / NS_PER_MINUTE:.0f} minutes"
                self.demand(that=age <= MAX_HOLDING_NS + SLACK_NS, what=what)

    def _can_leave(self, engine: Engine, instrument: InstrumentId, quantity: Decimal) -> bool:
        """Tell whether the account has what a position is to close: strategies may hold against each other."""
        has = self.world.exchange.position(instrument)
        if has != engine.portfolio.totals[instrument].quantity:
            return False
        return engine.settings.account is AccountKind.MARGIN or quantity < ZERO or has >= quantity


def _follow(held: set[str], notices: Iterable[object]) -> None:
    for told in notices:
        if isinstance(told, BreakerChanged) and not (told.is_dry or told.is_drill):
            (held.discard if told.state is BreakerState.CLOSED else held.add)(told.breaker)
