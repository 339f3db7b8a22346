"""The engine's process in a simulated world: the real engine, turn, outbox; the inbox and the clock are the world's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.checkpoint import EngineState
from tradewind.domain.control import ReconcileRequested, StopRequested
from tradewind.domain.errors import JournalError, LeaseLost
from tradewind.domain.events import SessionStarted
from tradewind.domain.time import NEVER, NS_PER_SECOND
from tradewind.engine.timeline import Timeline
from tradewind.execution.lifecycle import OrderState
from tradewind.runtime.lease import RENEWALS
from tradewind.runtime.outbox import Departures
from tradewind.runtime.recovery import Following, recover
from tradewind.runtime.turn import Turn
from tradewind.testing.disk import Disk, FileDisk, PowerCut
from tradewind.testing.exchange import VENUE
from tradewind.testing.gateway import Gateway
from tradewind.testing.leases import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.events import Event
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.runtime.lease import Lease
    from tradewind.testing.world import World


RENEWAL_NS = int(SECONDS * NS_PER_SECOND / RENEWALS)
_AT_REST = (OrderState.OPEN, OrderState.ASLEEP)


def recovered(dead: Process) -> EngineState | None:
    """Return where a process stood after its last durable step: its newest checkpoint, and the journal after it.

    Of one that died before its first commit nothing is left, but for what it was started with.
    """
    kept, checkpoint = dead.disk.kept, dead.disk.checkpoint
    if not kept:
        return dead.restored
    if isinstance(dead.disk, FileDisk):
        return recover(dead.disk.path, dead.disk.checkpoints, lambda: following(dead.world)).state
    follower, begun = following(dead.world), 0
    if checkpoint is not None:
        state = msgspec.msgpack.decode(checkpoint, type=EngineState)
        follower.stand(state)
        begun = state.seq
    follower.follow(kept[begun:])
    return follower.state()


def following(world: World) -> Following:
    """Return an engine of this world that will go along with recorded steps."""
    return Following(world.engine({}), None, Timeline())


class Process:
    """One life of the engine's process, from its start to its death."""

    def __init__(self, world: World, number: int, restored: EngineState | None, lease: Lease | None) -> None:
        self.world = world
        self.lease = lease
        self.number = number
        self.restored = restored
        """Where it goes on; None for the first."""
        self.alive = True
        self.disk = FileDisk(self) if world.plan.terms.sqlite else Disk(self)
        self.departures = Departures(fence=lease)
        self.engine = world.engine(world.actors())
        self.turn = Turn(
            self.engine, Timeline(), None, journal=self.disk, departures=self.departures, clock=world.clock,
            fence=lease,
        )  # fmt: skip
        self.gateway = Gateway(world.clock, self.deliver, world.network.request)
        self._inbox: list[Event] = []
        self._wakes: TimeNs = NEVER
        self._sending = False
        self._still_until: TimeNs = 0
        self._checkpoint_due = world.now + world.plan.terms.checkpoint_ns
        self._turn_ns = world.plan.terms.turn_ns

    def start(self) -> None:
        """Begin a session with what the account holds."""
        opening = SessionStarted(
            self.world.clock.now(), VENUE, self.world.exchange.opening, restored=self.restored
        )  # fmt: skip
        self._guarded(partial(self._begin, opening))
        self._sleep()
        if self.lease is not None:
            self.world.at(self.world.now + RENEWAL_NS, self._renew)

    def pause(self, until: TimeNs) -> None:
        """Stand still, as after SIGSTOP or on a machine that sleeps; what comes in waits."""
        self._still_until = max(self._still_until, until)

    def stop(self) -> None:
        """Ask for an orderly end: everything is cancelled, and the venue has time to answer."""
        self.deliver(StopRequested(self.world.clock.now(), "all", self.world.plan.terms.flatten))

    def compare(self) -> None:
        """Ask for a comparison of the books, as an operator does."""
        self.deliver(ReconcileRequested(self.world.clock.now()))

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is under way and nothing is in doubt."""
        orders = self.engine.orders
        moves = any(order.state not in _AT_REST or order.amending for order in orders.living.values())
        return not (moves or orders.doubts or self._inbox or len(self.departures))

    def deliver(self, event: Event) -> None:
        """Put an event in the inbox; there will be a turn."""
        if self.alive:
            self._inbox.append(event)
            self._wake(self.world.now + self._turn_ns)

    def die(self, span: int | None) -> None:
        """Be gone: what is in memory is lost, and nothing is heard any more."""
        self.alive = False
        self.disk.lose()
        if self.lease is not None:
            self.lease.release()
        self.gateway.up = False
        self.gateway.epoch += 1
        self.world.died(self, span)

    def _begin(self, opening: SessionStarted) -> None:
        self.turn.loop.tell(opening)
        self._commit()

    def _wake(self, ts: TimeNs) -> None:
        if ts < self._wakes:
            self._wakes = ts
            self.world.at(ts, self._turn)

    def _turn(self) -> None:
        if self.world.now < self._wakes or not self.alive or self._stands_still(self._turn):
            return
        self._wakes = NEVER
        events, self._inbox = self._inbox, []
        self._guarded(partial(self._take, events))
        self._sleep()

    def _sleep(self) -> None:
        """Wake for what is due by itself."""
        due, world = self.turn.loop.due, self.world
        if due != NEVER:
            at = world.clock.when(due)
            self._wake(at if at > world.now else world.now + 1)

    def _take(self, events: list[Event]) -> None:
        self.turn.take(events, more=False)
        self._commit()

    def _commit(self) -> None:
        steps: list[Step] = self.turn.commit()
        if steps and self.world.now >= self._checkpoint_due:
            self._checkpoint_due = self.world.now + self.world.plan.terms.checkpoint_ns
            self.disk.keep(self.engine.state())
        if steps and not self._sending and len(self.departures):
            self._sending = True
            self.world.at(self.world.now, self._send)

    def _send(self) -> None:
        """Let one effect leave; the next follows after a moment."""
        if self.alive and not self._stands_still(self._send):
            self._guarded(self._send_one)

    def _send_one(self) -> None:
        effect = self.departures.next()
        if effect is None:
            self._sending = False
            return
        self.disk.strike("send")
        self.world.sent(self, effect)
        self.gateway.execute(effect)
        self.disk.strike("sent")
        self.world.at(self.world.now + self.world.plan.terms.gap_ns, self._send)

    def _stands_still(self, doing: Callable[[], None]) -> bool:
        """Tell whether nothing can be done now; then it is done when the process goes on."""
        if self.world.now >= self._still_until:
            return False
        self.world.at(self._still_until, doing)
        return True

    def _renew(self) -> None:
        if self.alive and self.lease is not None and not self._stands_still(self._renew):
            self._guarded(self.lease.renew)
            self.world.at(self.world.now + RENEWAL_NS, self._renew)

    def _guarded(self, doing: Callable[[], None]) -> None:
        """Do something; a power cut and a disk that fails end the process, everything else is a fault of ours."""
        try:
            doing()
        except PowerCut as cut:
            self.die(cut.span)
        except JournalError:
            self.die(self.world.plan.terms.timeout_ns)
        except LeaseLost:
            self.die(None)
