"""The time of the exchange: whom it waits for, and whom not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.unit.exchange.stage import Listener, assert_books_are_equal, bars, on_loop, opened, session
from tests.unit.runtime.stage import START
from tradewind.domain import events as ev
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_SECOND
from tradewind.venues.exchange.rest import bars_of, facts_of

if TYPE_CHECKING:
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
