"""The time of the exchange: whom it waits for, and whom not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.unit.exchange.stage import Listener, assert_books_are_equal, bars, on_loop, opened, session
from tests.unit.runtime.stage import START
from tradewind.domain import events as ev
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_SECOND
from tradewind.exchange.conductor import Conductor
from tradewind.exchange.log import Log
from tradewind.venues.exchange.rest import bars_of, facts_of

if TYPE_CHECKING:
    from tradewind.domain.market import MarketEvent
    from tradewind.strategy.context import Context


class Timed(Listener):
    """Sets a timer with each bar, and says when the sixth has come."""

    def __init__(self) -> None:
        super().__init__()
        self.buy_at = (1, 3)
        self.sixth = asyncio.Event()

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        super().on_bar(ctx, bar)
        ctx.set_timer(f"after {len(self.numbers)}", after=(20 if len(self.numbers) < 6 else 90) * NS_PER_SECOND)
        if len(self.numbers) == 6:
            self.sixth.set()


def test_timers_fire_between_bars_and_who_stops_holds_nobody_up() -> None:
    async def main() -> None:
        async with opened(bars(0, 500)) as floor:
            strategy = Timed()
            traded = session(floor.link(), strategy)
            running = asyncio.create_task(traded.run())
            await strategy.sixth.wait()
            traded.session.stop()
            await running
            fired = [event.ts_recv for event in traded.of(ev.TimerFired)]
            assert fired[:3] == [START + (60 * number + 20) * NS_PER_SECOND for number in (1, 2, 3)]
            assert_books_are_equal(floor, traded)
            facts = await asyncio.to_thread(facts_of, floor.address, "main")
            assert 6 <= facts.taken <= facts.sent < 20, "its time stands still when the only client has gone"

            again = session(floor.link(), Listener())
            await asyncio.gather(again.run(), stop_after(again, 3))
            first = next(event.ts_open for event in again.of(Bar))
            assert first == bars(facts.taken - 1, facts.taken)[0].ts_open, "of that time some might be missing"

    async def stop_after(traded: object, count: int) -> None:
        while len(traded.of(Bar)) < count:  # type: ignore[attr-defined] # noqa: ASYNC110 - the session sets no Event
            await asyncio.sleep(0.005)
        traded.session.stop()  # type: ignore[attr-defined]

    on_loop(main())


def test_history_is_what_was_told_up_to_a_number() -> None:
    async def main() -> None:
        async with opened(bars(0, 30)) as floor:
            await session(floor.link(), Listener()).run()
            asked = await asyncio.to_thread(lambda: list(bars_of(floor.address, bars(5, 6)[0].ts_open, "1m", 12)))
            assert asked == bars(5, 12)
            assert (await asyncio.to_thread(facts_of, floor.address)).is_over

    on_loop(main())


class Watching:
    """Notes the bars that happen (a witness), and whether somebody was heard in between."""

    def __init__(self) -> None:
        self.bars: list[int] = []

    def on_market(self, event: Any) -> None:
        self.bars.append(event.ts_recv)

    def on_report(self, *_: object) -> None:
        """No account is there."""

    def on_quiet(self) -> None:
        """All is well."""


def test_who_asks_an_exchange_that_is_behind_does_not_have_it_play() -> None:
    """A machine that is too slow for the speed: a burst of questions was answered after as many stretches of time."""

    async def main() -> None:
        wall = [0]
        log: Log[MarketEvent] = Log()
        conductor = Conductor(bars(0, 200), [], log, start=START, speed=600.0, monotonic_ns=lambda: wall[0])
        watching = Watching()
        conductor.witnesses.append(watching)
        running = asyncio.create_task(conductor.run())
        await asyncio.sleep(0)
        stretch = 60 * NS_PER_SECOND
        wall[0] += NS_PER_SECOND  # ten stretches have come at once
        asked = {conductor.catch_up() for _ in range(500)}
        assert len(asked) == 1
        assert len(watching.bars) <= 1
        told = asked.pop()
        while len(watching.bars) < 10:
            await asyncio.sleep(0)
            now = conductor.catch_up()
            assert told <= now <= told + 2 * stretch, "a stretch between questions, and the last one by whoever asks"
            told = now
        assert watching.bars == [bar.ts_recv for bar in bars(0, 10)]
        assert conductor.now() == START + 600 * NS_PER_SECOND, "it has caught up"
        running.cancel()

    on_loop(main())
