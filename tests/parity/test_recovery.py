"""A session that is interrupted anywhere and resumed does what it would have done: engine, venue, timers, data.

Nothing survives but the journal, up to a commit, and perhaps a checkpoint. Steps that were not committed are lost,
with all that the simulated venue had made of them, and are done again.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.parity import worlds
from tests.parity.remembering import Remembering
from tests.parity.test_random_sessions import many, scenarios
from tradewind.domain.checkpoint import EngineState
from tradewind.domain.events import SessionStarted, TradingDay
from tradewind.domain.ids import StrategyId
from tradewind.domain.money import money_context
from tradewind.domain.step import Step
from tradewind.engine.engine import Engine
from tradewind.engine.timeline import Timeline
from tradewind.record.journal.reader import digest_of
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import Loop
from tradewind.runtime.places import Places
from tradewind.runtime.recovery import Following, take_up

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.parity.worlds import Scenario
    from tradewind.domain.market import MarketEvent

_encode = msgspec.msgpack.Encoder().encode
_step = msgspec.msgpack.Decoder(Step).decode
_state = msgspec.msgpack.Decoder(EngineState).decode
WARM_UP = {"session_started", "warmup_ended"}


class Life:
    """One process: an engine with strategies, its venue, its loop, and the journal that it writes."""

    def __init__(self, scenario: Scenario, start: SessionStarted) -> None:
        self.scenario = scenario
        self.steps: list[Step] = []
        self.engine = engine_of(scenario, with_strategies=True)
        self.timeline = Timeline()
        self.venue = venue_of(scenario, self.timeline)
        self.venue.journal = self.steps
        if start.restored is not None:
            assert start.restored.venue is not None
            take_up(self.venue, start.restored.venue)
        self.loop = Loop(self.engine, self.timeline, self.venue, sink=self.steps.append)
        self.loop.begin(start)
        if start.restored is not None:
            self.loop.go_on()
        self.cuts = [len(self.steps)]
        """Numbers of steps after which there could have been a commit."""

    def live(self, events: Collection[MarketEvent], *, until: int | None = None) -> None:
        """Take events, until it dies before that number of them."""
        for number, event in enumerate(events):
            if number == until:
                return
            self.loop.feed(event)
            self.cuts.append(len(self.steps))


def engine_of(scenario: Scenario, *, with_strategies: bool) -> Engine:
    settings = msgspec.structs.replace(worlds.settings_of(scenario), keeps_state=True)
    names = range(scenario.strategies if with_strategies else 0)
    strategies = {StrategyId(f"s{n}"): Remembering(seed=n) for n in names}
    return Engine(worlds.instruments_of(scenario), strategies, settings, recording=True)


def venue_of(scenario: Scenario, timeline: Timeline) -> worlds.CheckedVenue:
    return worlds.CheckedVenue(
        worlds.instruments_of(scenario), worlds.models_of(scenario), timeline, base=worlds.USDT,
        opening=worlds.start_of(scenario).balances, calendar=AlwaysOpen(worlds.DAY_END_NS),
    )  # fmt: skip


def recovered(scenario: Scenario, steps: list[Step], cuts: list[int], draw: random.Random) -> EngineState:
    """Find out where a journal stood; perhaps by a checkpoint on the way."""
    steps = [_step(_encode(step)) for step in steps]
    following = follower(scenario)
    checkpoint = draw.choice(cuts)
    following.follow(steps[:checkpoint])
    if checkpoint and draw.random() < 0.5:
        state = _state(_encode(following.state()))
        following = follower(scenario)
        following.stand(state)
    following.follow(steps[checkpoint:])
    return _state(_encode(following.state()))


def follower(scenario: Scenario) -> Following:
    timeline = Timeline()
    venue = venue_of(scenario, timeline)
    venue.execute = super(worlds.CheckedVenue, venue).execute  # type: ignore[method-assign] # it acts on a record
    return Following(engine_of(scenario, with_strategies=False), venue, timeline)


def story(steps: list[Step]) -> list[Step]:
    """Return the steps that are no beginning, numbered anew; a day that is told again, as it runs, begins as well."""
    told: list[Step] = []
    days: set[str] = set()
    for step in steps:
        event = step.event
        if isinstance(event, TradingDay):
            again, days = event.date in days, days | {event.date}
            if again:
                assert (step.effects, step.refusals, step.notices) == ((), (), ())
                continue
        if event.__struct_config__.tag not in WARM_UP:
            told.append(step)
    return [msgspec.structs.replace(step, seq=number) for number, step in enumerate(told)]


def undisturbed(scenario: Scenario, events: list[MarketEvent]) -> Life:
    life = Life(scenario, msgspec.structs.replace(worlds.start_of(scenario), warming=False))
    life.live(events)
    return life


@many
@given(scenario=scenarios, kills=st.lists(st.floats(0, 1), max_size=3))
def test_lesson_26_whatever_is_lost_is_done_again_and_nothing_twice(scenario: Scenario, kills: list[float]) -> None:
    draw = random.Random(f"{scenario.seed}/kills")
    with money_context():
        events = worlds.events_of(scenario)
        whole = undisturbed(scenario, events)
        start, rest, told = msgspec.structs.replace(worlds.start_of(scenario), warming=False), events, []
        for kill in kills:
            life = Life(scenario, start)
            life.live(rest, until=int(kill * len(rest)))
            place = max(0, len(life.cuts) - draw.choice((1, 1, 2, 4, 20)))
            committed = life.steps[: life.cuts[place]]
            state = recovered(scenario, committed, life.cuts[: place + 1], draw)
            told += committed
            rest = list(Places(state.places).new(events))
            start = SessionStarted(state.ts, "sim", (), warming=True, restored=state)
        life = Life(scenario, start)
        life.live(rest)
        for each in (whole, life):
            each.loop.finish(scenario.stop, worlds.SETTLE_NS)
        told += life.steps
        one, other = story(whole.steps), story(told)
        first = next((pair for pair in zip(one, other, strict=False) if pair[0] != pair[1]), None)
        assert first is None, f"they part:\n{first[0]}\n{first[1]}"
        assert digest_of(one) == digest_of(other)
        assert life.engine.portfolio.ledger.balances() == whole.engine.portfolio.ledger.balances()
        assert life.venue.account.portfolio.ledger.balances() == whole.venue.account.portfolio.ledger.balances()
