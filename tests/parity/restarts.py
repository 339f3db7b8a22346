"""A session that is interrupted and resumed: another engine, which is given nothing but what was kept."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from tests.parity import worlds
from tests.parity.remembering import Remembering, RememberingAlgorithm
from tradewind.domain.checkpoint import EngineState
from tradewind.domain.control import Halted, Paused, Resumed
from tradewind.domain.events import SessionStarted, StrategyHalted, TradingDay
from tradewind.domain.ids import StrategyId
from tradewind.domain.money import money_context
from tradewind.domain.step import Step
from tradewind.domain.venue_state import VenueState
from tradewind.engine.engine import Engine
from tradewind.engine.timeline import Timeline
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import LAST_RANK, Loop
from tradewind.venues.sim.follow import VenueFollower
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from tests.parity.worlds import Scenario
    from tradewind.domain.events import Event

    Change = Callable[[EngineState], EngineState]

FOLLOWED_EVERY = 7
_encode = msgspec.msgpack.Encoder().encode
_step = msgspec.msgpack.Decoder(Step).decode
_venue = msgspec.msgpack.Decoder(VenueState).decode
_state = msgspec.msgpack.Decoder(EngineState).decode


def as_it_is(state: EngineState) -> EngineState:
    return state


@dataclass
class Went:
    """What came of a session, over all its engines."""

    steps: list[Step] = field(default_factory=list)
    """Without those with which the later engines began."""
    states: list[EngineState] = field(default_factory=list)
    venues: list[VenueState] = field(default_factory=list)
    engine: Engine | None = None


class Session:
    """One world, one venue, and one engine after the other. Every step is followed, as a journal would be."""

    def __init__(self, scenario: Scenario, *, follows: bool) -> None:
        self.scenario = scenario
        self.went = Went()
        self._instruments = worlds.instruments_of(scenario)
        settings = worlds.settings_of(scenario)
        limits = msgspec.structs.replace(settings.limits, orders_per_minute_max=6)
        self._settings = msgspec.structs.replace(settings, limits=limits, keeps_state=True)
        self._follows = follows
        self._is_beginning = False
        self._days: set[str] = set()
        self.timeline, self.venue = self._venue()
        self.beside, self.shadow = self._venue()
        self.begin(msgspec.structs.replace(worlds.start_of(scenario), warming=False))

    def _venue(self) -> tuple[Timeline, SimVenue]:
        timeline = Timeline()
        venue = SimVenue(
            self._instruments, worlds.models_of(self.scenario), timeline, base=worlds.USDT,
            opening=worlds.start_of(self.scenario).balances, calendar=AlwaysOpen(worlds.DAY_END_NS),
        )  # fmt: skip
        return timeline, venue

    def restart_venue(self) -> None:
        """Go on at a fresh venue with what the last one kept: for an engine that is new as well."""
        kept, now = _venue(_encode(self.venue.state())), self.engine.view.now
        self.timeline, self.venue = self._venue()
        self.beside, self.shadow = self._venue()
        self.venue.restore(kept, now)
        self.shadow.restore(kept, now)
        self.went.venues.append(kept)

    def begin(self, start: SessionStarted) -> None:
        """Begin with a fresh engine and fresh strategies, on the same timeline and at the same venue."""
        self.engine = self._engine()
        self.journal: list[Step] = []
        self.follower = Engine(self._instruments, {}, self._settings, recording=True)
        self.venue_follower = VenueFollower(self.shadow, self.beside)
        self.loop = Loop(self.engine, self.timeline, self.venue, sink=self._sink)
        self._is_beginning = start.restored is not None
        self.loop.tell(start)
        self._is_beginning = False

    def _engine(self) -> Engine:
        kind = RememberingAlgorithm if self.scenario.algorithms else Remembering
        strategies = {StrategyId(f"s{n}"): kind(seed=n) for n in range(self.scenario.strategies)}
        return Engine(self._instruments, strategies, self._settings, recording=True)

    def replay(self) -> None:
        """See whether the journal of the last engine alone makes a fresh one do the same, to the byte."""
        again = self._engine()
        for step in self.journal:
            assert _encode(again.process(_step(_encode(step)).event)) == _encode(step)

    def restart(self, change: Change = as_it_is) -> None:
        """Go on in a fresh engine with what the last one kept, read again from how it is written down."""
        state = change(_state(_encode(self.engine.state())))
        self.went.states.append(state)
        self.restart_venue()
        self.begin(SessionStarted(self.engine.view.now, "sim", (), restored=state))

    def _sink(self, step: Step) -> None:
        self.journal.append(step)
        if not self._is_beginning and not self._is_told_again(step):
            self.went.steps.append(msgspec.structs.replace(step, seq=len(self.went.steps) + 1))
        if self._follows:
            again = _step(_encode(step))
            self.follower.follow(again)
            self.venue_follower.follow(again)
            if step.seq % FOLLOWED_EVERY == 0:
                self.compare()

    def _is_told_again(self, step: Step) -> bool:
        """Tell whether a trading day is told again to who goes on in the middle of it: nothing may come of that."""
        day = step.event
        if not isinstance(day, TradingDay):
            return False
        again, self._days = day.date in self._days, self._days | {day.date}
        assert not again or (step.effects, step.refusals, step.notices) == ((), (), ())
        return again

    def compare(self) -> None:
        """See whether who followed the steps stands where who made them does."""
        ours, theirs = self.follower.state(), self.engine.state()
        for name in EngineState.__struct_fields__:
            assert getattr(ours, name) == getattr(theirs, name), f"{name} at step {theirs.seq}"
        assert _encode(ours) == _encode(theirs)

    def compare_venues(self) -> None:
        """See whether the venue that was given the steps stands where the other one does."""
        self.loop.advance(self.engine.view.now)
        self.venue_follower.finish()
        assert self.beside.pop_before(self.engine.view.now, LAST_RANK) is None, "it says what was not recorded"
        ours, theirs = self.shadow.state(), self.venue.state()
        for name in VenueState.__struct_fields__:
            assert getattr(ours, name) == getattr(theirs, name), name
        assert _encode(ours) == _encode(theirs)


def words_of(scenario: Scenario, events: int) -> dict[int, Event]:
    """Draw what an operator says, by the number of the event before which it is said."""
    draw = random.Random(f"{scenario.seed}/words")
    found: dict[int, Event] = {}
    for _ in range(draw.choice((0, 0, 2, 6))):
        who = draw.choice((None, StrategyId("s0")))
        word = draw.choice((Paused(0), Resumed(0), Resumed(0, "", who), Halted(0, "", who)))
        held: Event = StrategyHalted(StrategyId("s0"), "held", 0) if draw.random() < 0.3 else word
        found[draw.randrange(events + 1)] = held
    return found


def go(
    scenario: Scenario,
    restarts: Collection[int] = (),
    change: Change = as_it_is,
    *,
    follows: bool = False,
    replays: bool = False,
) -> Went:
    """Run a scenario, with a new engine and a new venue before each of the events of these numbers."""
    with money_context():
        session = Session(scenario, follows=follows)
        events = worlds.events_of(scenario)
        words = words_of(scenario, len(events))
        for number, event in enumerate(events):
            if number in words:
                session.loop.tell(msgspec.structs.replace(words[number], ts_recv=session.engine.view.now))
            if number in restarts:
                if replays:
                    session.replay()
                session.restart(change)
            session.loop.feed(event)
            if follows and number % FOLLOWED_EVERY == 0:
                session.compare_venues()
        session.loop.finish(scenario.stop, worlds.SETTLE_NS)
        if follows:
            session.compare()
        if replays:
            session.replay()
    session.went.engine = session.engine
    return session.went
