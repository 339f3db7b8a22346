"""Timers in the one total order: a name has one, the last that was set, until it fires or is cancelled."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tradewind.domain.commands import QueryOrder
from tradewind.domain.events import OutcomeUnknown, TimerFired, WarmupEnded
from tradewind.domain.ids import Asset, TimerId
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tradewind.engine.timeline import Timeline
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import Loop
from tradewind.testing import BTC, bar, engine, instrument, script, started
from tradewind.venues.sim.settings import SimModels
from tradewind.venues.sim.venue import SimVenue

Asked = tuple[str, int | None]


def fired(*asked: Asked) -> list[tuple[str, int]]:
    """Ask for timers in a hook, so many nanoseconds ahead (None cancels); return what fired, and when."""

    def on_bar(ctx: Any, _: Any) -> None:
        for name, after in asked:
            if after is None:
                ctx.cancel_timer(name)
            else:
                ctx.set_timer(name, after=after)

    with money_context():
        timeline = Timeline()
        venue = SimVenue([instrument()], SimModels(), timeline, base=Asset("USDT"), opening=(), calendar=AlwaysOpen())
        steps: list[Any] = []
        loop = Loop(engine(script(on_bar=on_bar)), timeline, venue, sink=steps.append)
        loop.feed(bar())
        now = bar().ts_recv
        loop.advance(now + 1_000)
    events = [step.event for step in steps if isinstance(step.event, TimerFired)]
    return [(event.timer.partition("/")[2], event.ts_recv - now) for event in events]


@pytest.mark.parametrize(
    ("asked", "heard"),
    [
        ([("t", 100)], [("t", 100)]),
        ([("t", 100), ("t", 200)], [("t", 200)]),
        ([("t", 200), ("t", 100)], [("t", 100)]),
        ([("t", 100), ("t", 100)], [("t", 100)]),
        ([("t", 100), ("t", None)], []),
        ([("t", 100), ("t", None), ("t", 300)], [("t", 300)]),
        ([("t", 2_000)], []),
        ([("late", 300), ("early", 100), ("between", 200)], [("early", 100), ("between", 200), ("late", 300)]),
        ([("t", None)], []),
    ],
)
def test_a_timer_fires_once_at_the_time_last_asked_for(asked: list[Asked], heard: list[tuple[str, int]]) -> None:
    assert fired(*asked) == heard


def test_while_time_is_made_up_for_a_venue_outside_is_not_asked_again_and_again() -> None:
    """A day later an order's fate is still unknown: there was time for 2,880 questions, and there is one at a time."""
    with money_context():
        timeline, steps, sent = Timeline(), list[Any](), list[Any]()
        made = engine(script(on_bar=lambda ctx, _: ctx.buy(1)))
        loop = Loop(made, timeline, None, sink=steps.append, send=lambda effect, _: sent.append(effect))
        loop.feed(bar())
        now = bar().ts_recv
        loop.tell(OutcomeUnknown(sent[0].order.id, "", now))
        for late in (NS_PER_DAY, NS_PER_DAY + 1, NS_PER_DAY + 2):
            loop.advance(now + late)
    questions = [step.event.ts_recv - now for step in steps if any(type(e) is QueryOrder for e in step.effects)]
    assert questions == [NS_PER_SECOND, NS_PER_DAY + 1]


def test_lesson_22_over_ten_thousand_minutes_with_slow_turns_each_boundary_comes_once_in_order() -> None:
    heard: list[int] = []

    def again(ctx: Any, *_: Any) -> None:
        ctx.set_timer("tick", after=NS_PER_MINUTE - ctx.now % NS_PER_MINUTE)

    def on_timer(ctx: Any, _: str) -> None:
        heard.append(ctx.now)
        again(ctx)

    draw = random.Random(22)
    with money_context():
        timeline = Timeline()
        venue = SimVenue([instrument()], SimModels(), timeline, base=Asset("USDT"), opening=(), calendar=AlwaysOpen())
        strategy = script(on_start=again, on_timer=on_timer)
        loop = Loop(engine(strategy, start=started(warming=True)), timeline, venue, sink=lambda _: None)
        loop.tell(WarmupEnded(0))
        loop.tell(TimerFired(TimerId("s/tick"), 0))
        now = 0
        while now < 10_000 * NS_PER_MINUTE:
            now += draw.randrange(1, 400 * NS_PER_SECOND)  # a turn may take minutes
            loop.advance(now)
    assert heard[1:] == [minute * NS_PER_MINUTE for minute in range(1, len(heard))]
    assert len(heard) > 10_000


def test_a_question_for_slow_advice_that_nobody_gives_is_answered_with_that() -> None:
    """A second later: whoever asks again at once does not stop the clock."""
    heard: list[tuple[str, str, int]] = []

    def on_advice(ctx: Any, advice: Any) -> None:
        heard.append((advice.answer, advice.error, ctx.now))
        ctx.ask_advice(BTC)

    with money_context():
        timeline = Timeline()
        venue = SimVenue([instrument()], SimModels(), timeline, base=Asset("USDT"), opening=(), calendar=AlwaysOpen())
        made = engine(script(on_bar=lambda ctx, _: ctx.ask_advice(BTC), on_advice=on_advice))
        loop = Loop(made, timeline, venue, sink=lambda step: None)
        loop.feed(bar())
        now = bar().ts_recv
        loop.advance(now + 3 * NS_PER_SECOND)
    why = "nobody gives slow advice in this session"
    assert heard[:2] == [("", why, now + NS_PER_SECOND), ("", why, now + 2 * NS_PER_SECOND)]
