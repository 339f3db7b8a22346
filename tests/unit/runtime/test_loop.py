"""Timers in the one total order: a name has one, the last that was set, until it fires or is cancelled."""

from __future__ import annotations

from typing import Any

import pytest

from tradewind.domain.events import TimerFired
from tradewind.domain.ids import Asset
from tradewind.domain.money import money_context
from tradewind.engine.timeline import Timeline
from tradewind.runtime.calendar import AlwaysOpen
from tradewind.runtime.loop import Loop
from tradewind.testing import bar, engine, instrument, script
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
