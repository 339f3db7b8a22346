"""Every button of `exchange/faults.py`: the session comes to the same books, with nothing done twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.exchange.stage import Floor, Listener, Traded, assert_books_are_equal, bars, on_loop, opened, session
from tradewind.domain import events as ev
from tradewind.domain.market import Bar
from tradewind.exchange.faults import ON_LINKS, REORDER_SECONDS, Wire
from tradewind.venues.exchange.protocol import Report

if TYPE_CHECKING:
    from tradewind.strategy.context import Context

BARS = 24


class Pressing(Listener):
    """Buys at every second bar; at one of them the test presses a button, and the bar waits for it."""

    buy_at = tuple(range(0, BARS - 4, 2))
    press_at = 6

    def __init__(self) -> None:
        super().__init__()
        self.pressed = asyncio.Event()

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        super().on_bar(ctx, bar)
        if len(self.numbers) == self.press_at:
            self.pressed.set()


async def traded_with(floor: Floor, kind: str, **terms: Any) -> Traded:
    """Trade to the end of the data; press a button in the midst of it."""
    strategy = Pressing()
    traded = session(floor.link(), strategy)

    async def press() -> None:
        await strategy.pressed.wait()
        await floor.press(kind, **terms)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(press())
        await traded.run()
    return traded


CASES: dict[str, dict[str, Any]] = {
    "disconnect": {"seconds": 0.2},
    "silence": {"seconds": 2.0},
    "stale": {"seconds": 1.2},
    "drop": {"count": 2},
    "duplicate": {"count": 6},
    "reorder": {"count": 4, "link": "private"},
    "delay": {"count": 4, "seconds": 0.05},
    "slow": {"count": 6, "seconds": 0.02},
}

BREAKS = ("disconnect", "silence", "stale", "drop")


class Recording:
    """What goes over a link, as far as a `Wire` sees it."""

    is_up = True

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def send(self, frame: Any) -> None:
        self.sent.append(frame)


def through(kind: str, count: int, words: int) -> list[int]:
    """Return the numbers of the reports that leave while a fault is on, in their order."""

    async def main() -> list[int]:
        wire, link = Wire(), Recording()
        wire.begin(link)  # type: ignore[arg-type] # it sends
        wire.press(kind, count, 0.0)
        for number in range(1, words + 1):
            wire.send(Report(number, ev.WarmupEnded(0)))
        await asyncio.sleep(REORDER_SECONDS * 1.5)
        return [frame.number for frame in link.sent]

    return asyncio.run(main())


def test_what_the_wire_does_to_reports() -> None:
    assert through("drop", 2, 5) == [3, 4, 5]
    assert through("duplicate", 2, 3) == [1, 1, 2, 2, 3]
    assert through("reorder", 1, 3) == [2, 1, 3]
    assert through("reorder", 2, 4) == [2, 1, 4, 3]
    assert through("reorder", 1, 1) == [1], "it does not wait for ever for the one that follows"


def test_every_fault_of_a_link_has_its_case() -> None:
    assert set(CASES) == set(ON_LINKS)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", CASES)
def test_a_fault_of_the_links_leaves_the_books_equal(kind: str) -> None:
    async def main() -> None:
        async with opened(bars(0, BARS)) as floor:
            traded = await traded_with(floor, kind, **CASES[kind])
            assert [event.ts_open for event in traded.of(Bar)] == [bar.ts_open for bar in bars(0, BARS)]
            assert len(traded.of(ev.OrderFilled)) == len(Pressing.buy_at)
            assert bool(traded.of(ev.LinkChanged)) == (kind in BREAKS), "the fault was felt, or made good unseen"
            assert_books_are_equal(floor, traded)
            assert floor.account.orders_ever == len(Pressing.buy_at)
            assert floor.account.duplicates == 0

    on_loop(main())


def test_links_that_go_down_and_come_back_are_told_each_for_itself() -> None:
    async def main() -> None:
        async with opened(bars(0, BARS)) as floor:
            traded = await traded_with(floor, "disconnect", seconds=0.2)
            told = [(event.link, event.up) for event in traded.of(ev.LinkChanged)]
            for link in ("market", "private"):
                assert [up for name, up in told if name == link] == [False, True]

    on_loop(main())


@pytest.mark.parametrize("kind", ["drop_reply", "late"])
def test_an_order_without_an_answer_is_unknown_until_it_was_asked_about(kind: str) -> None:
    async def main() -> None:
        async with opened(bars(0, BARS)) as floor:
            traded = await traded_with(floor, kind, count=2, seconds=0.7)
            assert len(traded.of(ev.OutcomeUnknown)) == 2
            assert all("no answer" in event.reason for event in traded.of(ev.OutcomeUnknown))
            assert_books_are_equal(floor, traded)
            rejected = len(traded.of(ev.OrderRejected))
            assert len(traded.of(ev.OrderFilled)) + rejected >= len(Pressing.buy_at) - 2
            assert floor.account.duplicates == 0

    on_loop(main())


def test_a_refusal_has_its_reason() -> None:
    async def main() -> None:
        async with opened(bars(0, BARS)) as floor:
            traded = await traded_with(floor, "reject", count=2)
            assert [event.reason for event in traded.of(ev.OrderRejected)] == ["refused, as was asked for"] * 2
            assert len(traded.of(ev.OrderFilled)) == len(Pressing.buy_at) - 2
            assert_books_are_equal(floor, traded)

    on_loop(main())
