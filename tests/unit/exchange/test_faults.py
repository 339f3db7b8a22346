"""Every button of `exchange/faults.py`: the session comes to the same books, with nothing done twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.exchange.stage import (
    PATIENT,
    QUICK,
    Floor,
    Listener,
    Traded,
    assert_books_are_equal,
    bars,
    on_loop,
    opened,
    session,
)
from tests.unit.runtime.stage import START
from tradewind.domain import events as ev
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.exchange.faults import ON_LINKS, REORDER_SECONDS, Wire
from tradewind.venues.exchange.protocol import Report

if TYPE_CHECKING:
    from tradewind.strategy.context import Context
    from tradewind.venues.exchange.policy import LinkPolicy

BARS = 24


class Pressing(Listener):
    """Buys at every second bar; what certainly did not come to the exchange it wishes for again, with the next bar.

    At a bar at which it buys, it presses a button; what is pressed for good is let go when a link has felt it.
    """

    buy_at = tuple(range(0, BARS - 8, 2))
    press_at = 6

    def __init__(self, floor: Floor, kind: str, **terms: Any) -> None:
        super().__init__()
        self.floor, self.kind, self.terms = floor, kind, terms

    def on_start(self, ctx: Context) -> None:
        super().on_start(ctx)
        self.again: list[str] = []
        self.wanted: dict[str, str] = {}

    def on_bar(self, ctx: Context, bar: Bar) -> None:
        number = (bar.ts_open - START) // NS_PER_MINUTE
        self.numbers.append(number)
        if number == self.press_at:
            self.floor.press_now(self.kind, **self.terms)
        keys, self.again = self.again, []
        if number in self.buy_at:
            keys.append(str(number))
        for key in keys:
            self.wanted[ctx.buy(1, tag=key)] = key

    def on_order(self, ctx: Context, event: Any) -> None:
        never_came = isinstance(event, ev.OrderRejected) and event.reason.startswith("never sent")
        order = ctx.order(event.order)
        if never_came or (isinstance(event, ev.OrderNotFound) and order is not None and order.is_closed):
            self.again.append(self.wanted.pop(event.order))

    def on_refusal(self, ctx: Context, refusal: Any) -> None:
        super().on_refusal(ctx, refusal)
        self.again.append(self.wanted.pop(refusal.intent.id))

    def on_link(self, ctx: Context, link: Any) -> None:
        super().on_link(ctx, link)
        if self.terms.get("seconds") == FOR_GOOD:
            self.floor.press_now(self.kind)


async def traded_with(floor: Floor, kind: str, policy: LinkPolicy = PATIENT, **terms: Any) -> Traded:
    """Trade to the end of the data; press a button in the midst of it."""
    traded = session(floor.link(policy), Pressing(floor, kind, **terms))
    await traded.run()
    return traded


FOR_GOOD = 1e9
HURRIED = replace(PATIENT, dead_seconds=1.5, missing_seconds=0.2)
"""Feels what is missing, and silence; a request without a receipt it gives up with its link alone."""
CASES: dict[str, tuple[LinkPolicy, dict[str, Any]]] = {
    "disconnect": (PATIENT, {"seconds": 0.2}),
    "silence": (HURRIED, {"seconds": FOR_GOOD}),
    "stale": (QUICK, {"seconds": FOR_GOOD}),
    "drop": (HURRIED, {"count": 2}),
    "duplicate": (PATIENT, {"count": 6}),
    "reorder": (PATIENT, {"count": 4, "link": "private"}),
    "delay": (PATIENT, {"count": 4, "seconds": 0.05}),
    "slow": (PATIENT, {"count": 6, "seconds": 0.02}),
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


def tags_filled(traded: Traded) -> list[str]:
    """Return whose wishes were executed, in the order in which they were wished for first."""
    tags = {effect.order.id: effect.order.tag for step in traded.journal.steps for effect in step.effects
            if isinstance(effect, SubmitOrder)}  # fmt: skip
    return sorted((tags[event.order] for event in traded.of(ev.OrderFilled)), key=int)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", CASES)
def test_a_fault_of_the_links_leaves_the_books_equal(kind: str) -> None:
    async def main() -> None:
        async with opened(bars(0, BARS)) as floor:
            policy, terms = CASES[kind]
            traded = await traded_with(floor, kind, policy, **terms)
            assert [event.ts_open for event in traded.of(Bar)] == [bar.ts_open for bar in bars(0, BARS)]
            assert tags_filled(traded) == [str(number) for number in Pressing.buy_at], "each wish once, none lost"
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
            traded = await traded_with(floor, kind, replace(PATIENT, answer_seconds=1), count=2, seconds=1.5)
            unknown = traded.of(ev.OutcomeUnknown)
            assert len({event.order for event in unknown}) >= 2, "a busy machine may answer others too late as well"
            assert all("no answer" in event.reason for event in unknown)
            assert_books_are_equal(floor, traded)
            assert set(tags_filled(traded)) == {str(number) for number in Pressing.buy_at}
            if kind == "drop_reply":
                assert len(tags_filled(traded)) == len(Pressing.buy_at), "what had arrived is not wished for again"
            assert floor.account.duplicates == 0

    on_loop(main())


def test_a_refusal_has_its_reason() -> None:
    async def main() -> None:
        async with opened(bars(0, BARS)) as floor:
            traded = await traded_with(floor, "reject", count=2)
            assert [event.reason for event in traded.of(ev.OrderRejected)] == ["refused, as was asked for"] * 2
            assert tags_filled(traded) == [str(number) for number in Pressing.buy_at if number not in (6, 8)]
            assert_books_are_equal(floor, traded)

    on_loop(main())
