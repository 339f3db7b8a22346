"""One turn of a live session: process the waiting events, commit them, release their effects. Never waits.

The session (`live.py`) decides when there is a turn and with which events, and notifies observers; the
simulator (`testing/process.py`) runs the same code on its own clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.commands import AskAdvice
from tradewind.domain.control import OperatorEvent
from tradewind.domain.market import MarketEvent
from tradewind.runtime.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.events import Event
    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine
    from tradewind.engine.timeline import Timeline
    from tradewind.ports import Clock, Fence, Journal, SimulatedVenue
    from tradewind.runtime.outbox import Departures

Advise = Callable[[AskAdvice], None]
"""Told who asks for slow advice."""
_MARKET_EVENTS = frozenset(MarketEvent.__args__)
_WORDS = frozenset(OperatorEvent.__args__)


class Turn:
    """The engine with its journal and the effects that wait for it."""

    def __init__(  # noqa: PLR0913 - what a turn goes through
        self,
        engine: Engine,
        timeline: Timeline,
        venue: SimulatedVenue | None,
        *,
        journal: Journal,
        departures: Departures | None,
        clock: Clock,
        fence: Fence | None = None,
        advise: Advise | None = None,
    ) -> None:
        assert (venue is None) == (departures is not None), "effects go to a simulated venue or to an outbox"
        self._engine = engine
        self._journal = journal
        self._departures = departures
        self._clock = clock
        self._fence = fence
        self.steps: list[Step] = []
        """What is not committed yet."""
        self.commit_seconds = 0.0
        """How long the last commit took."""
        self.loop = Loop(
            engine, timeline, venue,
            sink=self._record, send=None if departures is None else departures.hold, fence=fence,
            advise=advise,
        )  # fmt: skip

    def take(self, events: Sequence[Event], *, more: bool) -> None:
        """Take events in the order in which they came; if no `more` wait, let happen what is due by now.

        Raises `LeaseLost` even where nothing came: who lost the account has no business here.
        """
        if self._fence is not None:
            self._fence.check()
        now = self._clock.now()
        for event in events:
            self._one(event, more=more)
        if not more:
            engine_now = self._engine.view.now
            self.loop.advance(max(engine_now, now))

    def commit(self) -> list[Step]:
        """Make the turn durable, then let its effects go; return its steps, for those who watch."""
        if not self.steps:
            return []
        if self._fence is not None:
            self._fence.check()
        began = time.perf_counter()
        self._journal.commit()
        self.commit_seconds = time.perf_counter() - began
        if self._departures is not None:
            self._departures.release()
        steps, self.steps = self.steps, []
        return steps

    def _one(self, event: Event, *, more: bool) -> None:
        engine_now = self._engine.view.now
        if event.ts_recv < engine_now or type(event) in _WORDS:
            # What waited behind a timer, or jumped the queue: the order of the inbox is the truth.
            ts = engine_now if more else max(engine_now, self._clock.now())
            event = msgspec.structs.replace(event, ts_recv=ts)
        if type(event) in _MARKET_EVENTS:
            self.loop.feed(event)  # type: ignore[arg-type]
        else:
            self.loop.tell(event)

    def _record(self, step: Step) -> None:
        self._journal.append(step)
        self.steps.append(step)
