from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.runtime.stage import START, Listener, SilentVenue, Source, bar, bars, kinds, stage, until
from tradewind import Strategy
from tradewind.domain.control import Halted, Paused, StopRequested
from tradewind.domain.errors import JournalError, TradewindError
from tradewind.domain.events import (
    TimerFired,
)
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.record.journal.writer import MemoryJournal
from tradewind.runtime.callbacks import Callbacks, EngineStatus
from tradewind.runtime.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tradewind.domain.market import MarketEvent


def test_stop_ends_in_order() -> None:
    async def forever() -> AsyncIterator[MarketEvent]:
        for number in range(10**9):
            yield bar(number)
            await asyncio.sleep(0)

    async def main() -> None:
        running = asyncio.create_task(on_stage.begin())
        await until(lambda: on_stage.engine.seq > 20)
        on_stage.session.stop("test")
        await running

    on_stage = stage(Source(forever))
    asyncio.run(main())
    assert isinstance(on_stage.events[-1], StopRequested)
    assert on_stage.journal.durable == len(on_stage.events)
    assert on_stage.strategy.heard[-1] == "stop"  # type: ignore[attr-defined]


def test_lesson_49_stop_while_nothing_comes_ends_at_once_and_orders_nothing() -> None:
    async def never() -> AsyncIterator[MarketEvent]:
        await asyncio.Event().wait()
        yield bar(0)

    async def main() -> None:
        running = asyncio.create_task(on_stage.begin())
        await until(lambda: on_stage.session.status is EngineStatus.RUNNING)
        on_stage.session.stop("test")
        await running

    on_stage = stage(Source(never))
    asyncio.run(main())
    assert isinstance(on_stage.events[-1], StopRequested)
    assert not [step for step in on_stage.journal.steps if step.effects]


def test_stop_in_warm_up_ends_there() -> None:
    def warmup() -> Any:
        for number in range(100_000):
            if number == 5_000:
                on_stage.session.stop("test")
            yield bar(number)

    on_stage = stage(bars(100_000, 100_001), warming=True)
    on_stage.run(warmup())
    assert isinstance(on_stage.events[-1], StopRequested)
    assert len(on_stage.events) < 10_000


def test_a_second_stop_ends_at_once_though_the_venue_owes_an_answer() -> None:
    """The venue takes the order and never says a word; an orderly end would wait half a minute for it."""

    async def main() -> None:
        running = asyncio.create_task(on_stage.begin())
        await until(lambda: bool(venue.sent))
        on_stage.session.stop("once")
        await until(lambda: on_stage.session.status is EngineStatus.STOPPING)
        on_stage.session.stop("twice")
        await asyncio.wait_for(running, 20)  # it would wait for half a minute

    venue = SilentVenue()
    on_stage = stage(bars(0, 3), Listener(buy_at=(0,)), outbox=Outbox(venue))
    ends: list[BaseException | None] = []
    on_stage.session._callbacks = Callbacks(on_engine_stop=ends.append)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert isinstance(ends[0], asyncio.CancelledError)


def test_the_first_fault_ends_the_session_with_its_own_error() -> None:
    async def broken() -> AsyncIterator[MarketEvent]:
        yield bar(0)
        raise RuntimeError("a bug in the source")

    ends: list[BaseException | None] = []
    with pytest.raises(RuntimeError, match="a bug in the source"):
        stage(Source(broken), callbacks=Callbacks(on_engine_stop=ends.append)).run()
    assert isinstance(ends[0], RuntimeError)


def test_a_journal_that_fails_ends_the_session_and_nothing_leaves() -> None:
    class Full(MemoryJournal):
        def commit(self) -> None:
            if len(self.steps) > 2:
                raise JournalError("the disk is full")
            super().commit()

    venue = SilentVenue()
    with pytest.raises(JournalError, match="the disk is full"):
        stage(bars(0, 3), Listener(buy_at=(1,)), journal=Full(), outbox=Outbox(venue)).run()
    assert venue.sent == []


def test_lesson_14_words_go_before_what_waits_and_do_not_move_the_clock() -> None:
    async def part() -> AsyncIterator[MarketEvent]:
        yield bar(0)
        on_stage.session.tell(Paused(ts_recv=START * 2, reason="lunch"))
        on_stage.session.tell(Halted(ts_recv=0))
        yield bar(1)

    on_stage = stage(Source(part))
    steps = on_stage.run()
    assert kinds(on_stage.events) == ["SessionStarted", "Paused", "Halted", "Bar", "Bar", "StopRequested"]
    assert [step.event.ts_recv for step in steps[3:5]] == [bar(0).ts_recv, bar(1).ts_recv]


class Clockwork(Strategy):
    """Sets a timer for every half minute."""

    def on_start(self, ctx: Any) -> None:
        self.fired: list[int] = []
        ctx.set_timer("tick", after=NS_PER_MINUTE // 2)

    def on_timer(self, ctx: Any, timer: str) -> None:
        self.fired.append(ctx.now - START)
        ctx.set_timer("tick", after=NS_PER_MINUTE // 2)


def test_timers_fire_at_their_time_between_the_bars() -> None:
    on_stage = stage(bars(0, 3), Clockwork())
    on_stage.run()
    fired = on_stage.strategy.fired  # type: ignore[attr-defined]
    assert fired[:6] == [n * NS_PER_MINUTE // 2 for n in range(1, 7)]
    assert kinds(on_stage.events)[:5] == ["SessionStarted", "TimerFired", "TimerFired", "Bar", "TimerFired"]


def test_a_timer_fires_on_the_clock_when_no_event_comes() -> None:
    class Handmade:
        time = START

        def now(self) -> int:
            self.time += NS_PER_MINUTE
            return self.time

    async def silent() -> AsyncIterator[MarketEvent]:
        await until(lambda: "TimerFired" in kinds(on_stage.events))
        for event in bars(0, 0):
            yield event

    on_stage = stage(Source(silent), Clockwork(), clock=Handmade())
    on_stage.run()
    assert isinstance(on_stage.events[1], TimerFired)


def raising(where: str) -> dict[str, Any]:
    """Return the parts of a session of which one raises."""

    class Broken(SilentVenue):
        async def execute(self, effect: Any) -> None:
            if where == "sending":
                raise ZeroDivisionError(where)

        async def events(self) -> AsyncIterator[Any]:
            if where == "hearing":
                raise ZeroDivisionError(where)
            await asyncio.Event().wait()
            yield

    def heard(_: Any) -> None:
        if where == "callback":
            raise ZeroDivisionError(where)

    async def source() -> AsyncIterator[MarketEvent]:
        for number in range(10**6):
            if where == "feeding" and number == 3:
                raise ZeroDivisionError(where)
            yield bar(number)
            await asyncio.sleep(0)

    venue = Broken()
    return {
        "source": Source(source), "outbox": Outbox(venue), "account": venue,
        "callbacks": Callbacks(on_market_data=heard),
    }  # fmt: skip


@pytest.mark.parametrize("where", ["feeding", "sending", "hearing", "callback"])
def test_lesson_3_whatever_dies_ends_the_session_with_its_error(where: str) -> None:
    parts = raising(where)
    with pytest.raises((ZeroDivisionError, TradewindError), match=f"{where}|on_market_data raised"):
        stage(parts.pop("source"), Listener(buy_at=(1,)), **parts).run()
