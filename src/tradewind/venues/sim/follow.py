"""A simulated venue brought to where another one stood, by the steps that were recorded beside that one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.commands import (
    AskAdvice,
    CancelTimer,
    Correct,
    FollowCalendar,
    ModelVenue,
    SetTimer,
)
from tradewind.domain.errors import ReplayMismatch
from tradewind.domain.events import RANK, AccountEvent, OrderEvent, SessionStarted, WarmupEnded
from tradewind.domain.market import MarketEvent
from tradewind.domain.time import iso

if TYPE_CHECKING:
    from tradewind.domain.events import Event
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs
    from tradewind.engine.timeline import Timeline
    from tradewind.venues.sim.venue import SimVenue

_MARKET = frozenset(MarketEvent.__args__)
_OURS = frozenset((*OrderEvent.__args__, *AccountEvent.__args__)) - {SessionStarted, WarmupEnded}
"""What comes from the venue: it says it here as well."""
_NOT_FOR_VENUES = (SetTimer, CancelTimer, FollowCalendar, AskAdvice)


class VenueFollower:
    """Gives a venue the market and the requests that stand in recorded steps; what it says must stand there too.

    `timeline` is the venue's own: nothing else is put on it. What a bar proves is recorded before the bar, so steps
    wait here until the bar comes that the venue must see first.
    """

    def __init__(self, venue: SimVenue, timeline: Timeline) -> None:
        self._venue = venue
        self._timeline = timeline
        self._waiting: list[Step] = []

    def follow(self, step: Step) -> None:
        """Take a step; raise `ReplayMismatch` if the venue says something else than what was recorded."""
        event, ts, kind = step.event, step.event.ts_recv, type(step.event)
        if kind in _MARKET:
            if not self._waiting:
                self._act(step, ts, RANK[kind])
            self._venue.on_market(event)  # type: ignore[arg-type] # its kind says so
            waiting, self._waiting = self._waiting, []
            for before in waiting:
                if not self._hear(before):
                    raise _mismatch(before, None)
            self._act(step, ts, RANK[kind])
            self._execute(step)
        elif self._waiting or not self._hear(step):
            self._waiting.append(step)

    def finish(self) -> None:
        """Say that there are no more steps; raise `ReplayMismatch` if the venue has not said what was recorded."""
        if self._waiting:
            raise _mismatch(self._waiting[0], None)

    def _hear(self, step: Step) -> bool:
        """Take a step that is not the market's; False if the venue has yet to say what was recorded."""
        ts, kind = step.event.ts_recv, type(step.event)
        if kind not in _OURS:
            self._act(step, ts, RANK[kind])
        else:
            said = self._timeline.pop_before(ts, RANK[kind] + 1)
            if said is None:
                return False
            if said != step.event:
                raise _mismatch(step, said)
        self._execute(step)
        return True

    def _act(self, step: Step, ts: TimeNs, rank: int) -> None:
        """Let happen at the venue what is due."""
        said = self._timeline.pop_before(ts, rank)
        if said is not None:
            raise _mismatch(step, said)

    def _execute(self, step: Step) -> None:
        """Carry out what a step asks for."""
        for effect in step.effects:
            if isinstance(effect, Correct):
                self._timeline.push(effect.event)
            elif isinstance(effect, ModelVenue):
                self._venue.model(effect)
            elif not isinstance(effect, _NOT_FOR_VENUES):
                self._venue.execute(effect, step.event.ts_recv)


def _mismatch(step: Step, said: Event | None) -> ReplayMismatch:
    what = "nothing" if said is None else type(said).__name__
    return ReplayMismatch(
        f"the simulated venue says {what} at step {step.seq}, {iso(step.event.ts_recv)}, where "
        f"{type(step.event).__name__} was recorded: it was not the same, or not in the same state",
        {"seq": step.seq, "was": repr(step.event), "now": repr(said)},
    )
