from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.runtime.stage import INSTRUMENT, bars
from tradewind.domain.control import Paused
from tradewind.domain.errors import JournalError
from tradewind.domain.ids import StrategyId
from tradewind.domain.money import money_context
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.engine.timeline import Timeline
from tradewind.record.journal.writer import MemoryJournal
from tradewind.runtime.outbox import Departures
from tradewind.runtime.turn import Turn
from tradewind.testing import script, started

if TYPE_CHECKING:
    from collections.abc import Iterator


class Watch:
    """A clock that stands where the test puts it."""

    def __init__(self) -> None:
        self.time = 0

    def now(self) -> int:
        return self.time


class Full(MemoryJournal):
    def commit(self) -> None:
        raise JournalError("the disk is full", {})


@pytest.fixture(autouse=True)
def _money() -> Iterator[None]:
    with money_context():
        yield


def turn(journal: MemoryJournal, departures: Departures, clock: Watch) -> Turn:
    buyer = script(on_bar=lambda ctx, _: ctx.buy(1))
    engine = Engine([INSTRUMENT], {StrategyId("s"): buyer}, EngineSettings(), recording=True)
    made = Turn(engine, Timeline(), None, journal=journal, departures=departures, clock=clock)
    made.loop.tell(started())
    return made


def test_effects_leave_only_when_their_turn_is_committed() -> None:
    journal, departures = MemoryJournal(), Departures()
    made = turn(journal, departures, Watch())
    made.take(bars(0, 2), more=False)
    assert departures.next() is None
    steps = made.commit()
    assert len(steps) == journal.durable == 3
    assert [departures.next() for _ in range(3)] == [*(effect for step in steps for effect in step.effects), None]
    assert made.commit() == []


def test_lesson_97_what_the_disk_did_not_take_goes_nowhere() -> None:
    departures = Departures()
    made = turn(Full(), departures, Watch())
    made.take(bars(0, 2), more=False)
    with pytest.raises(JournalError):
        made.commit()
    assert departures.next() is None


def test_what_is_late_takes_the_time_of_the_engine_and_a_word_that_of_the_clock() -> None:
    clock = Watch()
    made = turn(MemoryJournal(), Departures(), clock)
    first, second = bars(0, 2)
    made.take([second], more=True)
    clock.time = second.ts_recv + 7
    made.take([first, Paused(0)], more=True)
    made.take([Paused(0)], more=False)
    times = [step.event.ts_recv for step in made.commit()]
    assert times[1:] == [second.ts_recv] * 3 + [second.ts_recv + 7]
