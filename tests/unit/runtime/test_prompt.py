"""Events that are taken in the very call in which they come, and those that have to wait."""

from __future__ import annotations

import asyncio
from decimal import getcontext
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.runtime.stage import COIN, Listener, Past, SilentVenue, Stage, bar, bars, stage, until
from tradewind.domain.errors import JournalError
from tradewind.domain.market import Bar, Trade
from tradewind.domain.money import PRECISION_DIGITS
from tradewind.record.journal.writer import MemoryJournal
from tradewind.runtime.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from tradewind.domain.commands import Effect
    from tradewind.domain.market import MarketEvent
    from tradewind.ports import Ear


class Line:
    """A source that tells at once what its ear is ready for, and keeps the rest for `stream`; counts both."""

    def __init__(self) -> None:
        self.at_once = 0
        self.later = 0
        self._ear: Ear | None = None
        self._kept: asyncio.Queue[MarketEvent | None] = asyncio.Queue()
        self.waits = False

    def tell(self, ear: Ear) -> None:
        self._ear = ear

    def say(self, event: MarketEvent) -> None:
        assert self._ear is not None
        if self.waits and self._kept.empty() and self._ear.is_ready_for(event):
            self.at_once += 1
            self._ear.hear(event)
        else:
            self.later += 1
            self._kept.put_nowait(event)

    def end(self) -> None:
        self._kept.put_nowait(None)

    async def stream(self) -> AsyncIterator[MarketEvent]:
        while True:
            self.waits = True
            event = await self._kept.get()
            self.waits = False
            if event is None:
                return
            yield event


class PromptVenue(SilentVenue):
    """Sends at once (port `PromptVenue`)."""

    def send_now(self, effect: Effect) -> bool:
        self.sent.append(effect)
        return True


def played(on_stage: Stage, line: Line, script: Callable[[], Awaitable[None]], warmup: Any = ()) -> None:
    async def main() -> None:
        running = asyncio.create_task(on_stage.begin(warmup))
        await until(lambda: on_stage.session.inbox.is_waited_for and line.waits)
        await script()
        line.end()
        await asyncio.wait_for(running, 60)

    asyncio.run(main())


async def idle(on_stage: Stage) -> None:
    await until(lambda: on_stage.session.inbox.is_waited_for)


def test_an_order_leaves_in_the_call_in_which_its_bar_came_after_its_commit() -> None:
    line, journal = Line(), MemoryJournal()
    committed: list[int] = []

    class Venue(PromptVenue):
        def send_now(self, effect: Effect) -> bool:
            committed.append(journal.durable)
            return super().send_now(effect)

    venue = Venue()
    on_stage = stage(line, Listener(buy_at=(0,)), outbox=Outbox(venue), journal=journal)

    async def script() -> None:
        line.say(bar(0))
        assert len(venue.sent) == 1
        assert committed == [len(journal.steps)]
        on_stage.session.settings = type(on_stage.session.settings)(settle_ns=0)

    played(on_stage, line, script)
    assert line.at_once == 1


def test_what_comes_while_a_turn_is_on_its_way_is_taken_by_the_next_one_together() -> None:
    line, journal = Line(), MemoryJournal()
    on_stage = stage(line, journal=journal)

    async def script() -> None:
        line.say(bar(0))
        before = journal.durable
        line.say(bar(1))
        line.say(bar(2))
        assert journal.durable == before, "one turn by itself, until the session has looked around"
        await idle(on_stage)
        assert journal.durable == before + 2

    played(on_stage, line, script)
    assert on_stage.strategy.numbers == [0, 1, 2]  # type: ignore[attr-defined]


def test_while_the_outbox_is_full_an_event_waits_for_room() -> None:
    line, venue = Line(), PromptVenue()
    on_stage = stage(line, Listener(buy_at=(0, 1)), outbox=(outbox := Outbox(venue, 1)))

    async def script() -> None:
        outbox._drained.clear()
        outbox._leaving.append(None)  # type: ignore[arg-type]
        assert outbox.is_full
        line.say(bar(0))
        assert on_stage.strategy.numbers == []  # type: ignore[attr-defined]
        outbox._leaving.clear()
        await until(lambda: on_stage.strategy.numbers == [0])  # type: ignore[attr-defined]
        on_stage.session.settings = type(on_stage.session.settings)(settle_ns=0)

    played(on_stage, line, script)


def test_a_bar_after_a_gap_waits_for_what_is_missing() -> None:
    line = Line()
    on_stage = stage(line, history=Past())

    async def script() -> None:
        line.say(bar(0))
        await idle(on_stage)
        line.say(bar(3))
        line.say(bar(4, ts_recv=bar(9).ts_recv))
        await until(lambda: len(on_stage.strategy.numbers) == 5)  # type: ignore[attr-defined]

    played(on_stage, line, script)
    assert on_stage.strategy.numbers == [0, 1, 2, 3, 4]  # type: ignore[attr-defined]
    assert (line.at_once, line.later) == (1, 2)


def test_the_first_event_after_history_says_first_that_history_is_over() -> None:
    line = Line()
    on_stage = stage(line, Listener(buy_at=(3, 4)), warming=True)

    async def script() -> None:
        line.say(bar(3))
        await until(lambda: 3 in on_stage.strategy.numbers)  # type: ignore[attr-defined]
        await idle(on_stage)
        line.say(bar(4))
        assert 4 in on_stage.strategy.numbers  # type: ignore[attr-defined]

    played(on_stage, line, script, bars(0, 3))
    assert (line.at_once, line.later) == (1, 1)


def test_a_full_inbox_is_not_told_at_once() -> None:
    line = Line()
    on_stage = stage(line)

    async def script() -> None:
        on_stage.session.inbox._size_max = 2
        for number in range(4):
            line.say(bar(number))
        assert (line.at_once, line.later) == (3, 1), "one is taken, two wait"
        await until(lambda: len(on_stage.strategy.numbers) == 4)  # type: ignore[attr-defined]

    played(on_stage, line, script)
    assert on_stage.strategy.numbers == [0, 1, 2, 3]  # type: ignore[attr-defined]


def test_what_fails_in_such_a_turn_ends_the_session_and_not_its_source() -> None:
    class Full(MemoryJournal):
        def commit(self) -> None:
            if any(type(step.event) is Bar for step in self.steps):
                raise JournalError("the disk is full")
            super().commit()

    line, venue = Line(), PromptVenue()
    on_stage = stage(line, Listener(buy_at=(0,)), journal=Full(), outbox=Outbox(venue))

    async def script() -> None:
        line.say(bar(0))

    with pytest.raises(JournalError, match="the disk is full"):
        played(on_stage, line, script)
    assert venue.sent == []


def test_such_a_turn_reckons_as_exactly_as_any_other() -> None:
    """A callback of a transport runs in the context that it was made in, which need not be the session's."""
    found: list[int] = []

    class Reckoner(Listener):
        def on_trade(self, ctx: Any, trade: Trade) -> None:
            found.append(getcontext().prec)

    line = Line()
    on_stage = stage(line, Reckoner())
    ticks = [Trade(COIN, bar(0).ts_recv + n, bar(0).ts_recv + n, 100.0, 1.0, False, str(n)) for n in range(2)]

    async def script() -> None:
        for tick in ticks:
            assert getcontext().prec < PRECISION_DIGITS
            line.say(tick)
            await idle(on_stage)

    played(on_stage, line, script)
    assert found == [PRECISION_DIGITS] * 2
    assert line.at_once == 2
