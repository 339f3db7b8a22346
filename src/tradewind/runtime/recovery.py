"""Starting is recovering: the newest valid checkpoint of a session, and the steps of its journal after it.

Steps are replayed as recorded: no strategy is called, nothing is sent. The simulated venue, which ended with its
process, is given the same market data and requests and must report the same. A damaged journal is an error, never a
start from nothing: without it nobody knows what was ordered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from tradewind.domain.errors import JournalError, ReplayMismatch, StateRestoreError
from tradewind.domain.events import SessionStarted, WarmupEnded
from tradewind.domain.money import money_context
from tradewind.domain.venue_state import VenueState
from tradewind.record.journal.reader import last_seq, read
from tradewind.runtime.places import Places
from tradewind.venues.sim.follow import VenueFollower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal
    from pathlib import Path

    from tradewind.domain.checkpoint import EngineState
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine
    from tradewind.engine.timeline import Timeline
    from tradewind.execution.orders import Order
    from tradewind.record.checkpoint import Checkpoints
    from tradewind.venues.sim.venue import SimVenue

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(VenueState).decode


@dataclass(frozen=True)
class Recovered:
    """Where a session stood after its last committed step, and how that was found out."""

    state: EngineState
    checkpoint: int | None
    """The step of the checkpoint that it was begun from; None if it was the journal's first step."""
    followed: int
    """How many steps of the journal came after it."""
    notes: tuple[str, ...]
    """What was found damaged."""
    open_orders: tuple[Order, ...]
    equity: Decimal | None
    """What the account was worth in the base currency; None for want of a price."""


class Following:
    """An engine without strategies, and the simulated venue if there is one, that go along with recorded steps."""

    def __init__(self, engine: Engine, venue: SimVenue | None, timeline: Timeline) -> None:
        self.engine = engine
        self._places = Places()
        self._venue = venue
        self._moves = None if venue is None else VenueFollower(venue, timeline)
        self._is_recalling = False
        """Whether what comes is the history of a session that goes on: the venue has seen it."""

    def stand(self, state: EngineState) -> None:
        """Stand where a checkpoint was taken."""
        self.engine.restore(state)
        self._places = Places(state.places)
        self._take_up(state)

    def follow(self, steps: Iterable[Step]) -> None:
        """Go along with steps, which begin and end between two events; `ReplayMismatch` if the venue says otherwise."""
        for step in steps:
            event = step.event
            if type(event) is SessionStarted and event.restored is not None:
                self._is_recalling = True
                self._take_up(event.restored)
            elif type(event) is WarmupEnded:
                self._is_recalling = False
            self._places.take(event)
            self.engine.follow(step)
            if self._moves is not None and not self._is_recalling:
                self._moves.follow(step)
        if self._moves is not None:
            self._moves.finish()

    def state(self) -> EngineState:
        """Return where all stands now."""
        venue = None if self._venue is None else packed(self._venue.state())
        return replace(self.engine.state(), venue=venue, places=self._places.kept())

    def _take_up(self, state: EngineState) -> None:
        if self._venue is not None and state.venue is not None:
            take_up(self._venue, state.venue)


def packed(state: VenueState) -> bytes:
    """Return the state of a venue as the state of a session has it."""
    return _encode(state)


class Packing:
    """Packs the state of a venue again and again: orders that have ended are most of it, and are packed once."""

    def __init__(self) -> None:
        self._ended: dict[ClientOrderId, msgspec.Raw] = {}

    def __call__(self, state: VenueState) -> bytes:
        """Return the same as `packed`."""
        known, ended = self._ended, {}
        orders: list[object] = []
        for order in state.orders:
            name = order.spec.id
            if order.live or order.is_forgotten:
                orders.append(order)
                continue
            ended[name] = raw = known.get(name) or msgspec.Raw(_encode(order))
            orders.append(raw)
        self._ended = ended
        return _encode(replace(state, orders=tuple(orders)))  # packed, they are orders too


def take_up(venue: SimVenue, state: bytes) -> None:
    """Let a fresh venue go on where another stood when a session stopped: for it no time has passed since."""
    venue.restore(unpacked(state), 0)


def unpacked(state: bytes) -> VenueState:
    """Return what `packed` wrote down."""
    return _decode(state)


def recover(
    journal: Path, checkpoints: Checkpoints, fresh: Callable[[], Following], warm: Following | None = None
) -> Recovered:
    """Find out where a session stood after its last committed step; `warm` stands at one of its steps already.

    Raises `StateRestoreError` if the journal is damaged, or does not fit the checkpoint. A damaged checkpoint costs
    time alone: the one before it is used, or none.
    """
    notes: list[str] = []
    with money_context():
        try:
            last = last_seq(journal)
            following, checkpoint = warm or fresh(), checkpoints.newest(notes)
            if checkpoint is not None and checkpoint.seq > last:
                # The journal is committed before a checkpoint is taken: this one has lost its end.
                raise StateRestoreError(
                    f"the journal {journal} ends at step {last}, and there is a checkpoint of step {checkpoint.seq}: "
                    "it has lost what came last",
                    {"path": str(journal), "seq": last},
                )
            begun = following.engine.seq
            if checkpoint is not None and checkpoint.seq > begun:
                following = fresh()
                following.stand(checkpoint.engine)
                begun = checkpoint.seq
            # Whoever stood still in its last commit may add it just now: that turn is nobody's any more.
            following.follow(step for step in read(journal, begun + 1) if step.seq <= last)
        except (JournalError, ReplayMismatch) as error:
            why = f"it is not known where {journal.parent} stood: {error}"
            raise StateRestoreError(why, dict(error.context), error) from error
        assert following.engine.seq == last, "a journal has all of its steps"
        engine = following.engine
        return Recovered(
            following.state(), None if checkpoint is None else begun, last - begun, tuple(notes),
            tuple(engine.orders.open()), engine.view.equity(),
        )  # fmt: skip
