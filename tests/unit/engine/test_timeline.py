from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.events import RANK, TimerFired
from tradewind.domain.ids import TimerId
from tradewind.domain.time import NEVER
from tradewind.engine.timeline import Timeline
from tradewind.testing import accepted, bar, filled

LAST = max(RANK.values()) + 1


def drained(timeline: Timeline, ts: int = 10**18, rank: int = LAST) -> list[Any]:
    found: list[Any] = []
    while (event := timeline.pop_before(ts, rank)) is not None:
        found.append(event)
    return found


def timer(at: int) -> TimerFired:
    return TimerFired(TimerId("t"), at)


def test_events_of_one_time_stand_by_rank_then_by_arrival() -> None:
    timeline, ts = Timeline(), bar(1).ts_recv
    line: list[Any] = [bar(1), timer(ts), filled("b", ts=ts), filled("a", ts=ts), accepted("c", ts=ts - 1)]
    for event in line:
        timeline.push(event)
    assert drained(timeline) == [line[4], line[2], line[3], line[1], line[0]]


def test_due_is_the_earliest_or_never() -> None:
    timeline = Timeline()
    assert timeline.due == NEVER
    timeline.push(timer(9))
    timeline.push(timer(5))
    assert timeline.due == 5
    drained(timeline, 9, 0)
    assert timeline.due == 9
    drained(timeline)
    assert timeline.due == NEVER


def test_nothing_at_or_after_the_mark_is_taken() -> None:
    timeline = Timeline()
    timeline.push(timer(5))
    assert timeline.pop_before(5, RANK[TimerFired]) is None
    assert timeline.pop_before(5, RANK[TimerFired] + 1) == timer(5)


def test_actions_go_before_events_of_their_time_and_may_add_more() -> None:
    timeline, done = Timeline(), []
    timeline.push(timer(5))

    def act(number: int) -> None:
        done.append(number)
        timeline.push(timer(4))

    number = timeline.at(5, act)
    assert timeline.pop_before(10, 0) == timer(4)
    assert done == [number]
    assert drained(timeline) == [timer(5)]


def test_the_last_action_leaves_nothing_due() -> None:
    timeline = Timeline()
    timeline.at(5, lambda _: None)
    assert timeline.pop_before(10, 0) is None
    assert timeline.due == NEVER


@given(st.lists(st.integers(0, 20)))
def test_equals_keep_the_order_in_which_they_came(times: list[int]) -> None:
    timeline = Timeline()
    events = [TimerFired(TimerId(str(n)), ts) for n, ts in enumerate(times)]
    for event in events:
        timeline.push(event)
    assert drained(timeline) == sorted(events, key=lambda event: event.ts_recv)
