from __future__ import annotations

import pytest

from tests.unit.runtime.stage import Listener, Past, Source, bar, bars, broken_after, ending_after, kinds, stage
from tradewind.domain.events import (
    LinkChanged,
    OrderFilled,
    WarmupEnded,
)
from tradewind.domain.market import Bar, DataGap
from tradewind.domain.step import BarRefused, RefusalCode
from tradewind.runtime import failures


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "INTERVAL_SECONDS", 0.0)


def test_a_break_is_told_and_each_bar_comes_once_and_in_order() -> None:
    source = Source(broken_after(*bars(0, 3)), broken_after(), broken_after(*bars(6, 8)), ending_after(*bars(11, 13)))
    on_stage = stage(source, history=Past())
    on_stage.run()
    assert on_stage.strategy.numbers == list(range(13))  # type: ignore[attr-defined]
    links = [event.up for event in on_stage.events if isinstance(event, LinkChanged)]
    assert links == [False, True, False, True]
    assert [h.up for h in on_stage.strategy.heard if isinstance(h, LinkChanged)] == links  # type: ignore[attr-defined]


def test_filled_bars_carry_the_time_at_which_we_learned_of_them() -> None:
    on_stage = stage([bar(0), bar(4)], history=Past())
    on_stage.run()
    received = [event.ts_recv for event in on_stage.events if isinstance(event, Bar)]
    assert received == [bar(0).ts_recv] + [bar(4).ts_recv] * 4


def test_a_gap_that_history_cannot_fill_is_told() -> None:
    on_stage = stage([bar(0), bar(4)])
    on_stage.run()
    [gap] = [heard for heard in on_stage.strategy.heard if isinstance(heard, DataGap)]  # type: ignore[attr-defined]
    assert (gap.ts_from, gap.ts_to) == (bar(1).ts_open, bar(4).ts_open)


def test_a_late_bar_is_refused_and_asks_history_for_nothing() -> None:
    past = Past()
    late = bar(1, 999.0, ts_recv=bar(3).ts_recv)
    on_stage = stage([*bars(0, 4), late, *bars(4, 6)], history=past)
    steps = on_stage.run()
    assert past.asked == []
    assert on_stage.strategy.numbers == [0, 1, 2, 3, 4, 5]  # type: ignore[attr-defined]
    [refused] = [notice for step in steps for notice in step.notices]
    assert isinstance(refused, BarRefused)
    assert refused.ts_open == late.ts_open


def test_what_comes_with_an_older_time_is_taken_at_the_present() -> None:
    """Receive times that step back, as of a clock that was set: the order of the inbox is the truth."""
    on_stage = stage([bar(0), bar(1, ts_recv=bar(0).ts_recv - 5), bar(2)])
    steps = on_stage.run()
    times = [step.event.ts_recv for step in steps]
    assert times == sorted(times)
    assert on_stage.strategy.numbers == [0, 1, 2]  # type: ignore[attr-defined]


def test_warm_up_holds_orders_back_until_the_first_bar() -> None:
    on_stage = stage(bars(10, 14), Listener(buy_at=(3, 9, 10)), warming=True)
    steps = on_stage.run(bars(0, 10))
    assert on_stage.strategy.numbers == list(range(14))  # type: ignore[attr-defined]
    refusals = [refusal for step in steps for refusal in step.refusals]
    assert [(r.code, r.intent.tag) for r in refusals] == [(RefusalCode.WARMING_UP, "3"), (RefusalCode.WARMING_UP, "9")]  # type: ignore[union-attr]
    assert len([event for event in on_stage.events if isinstance(event, OrderFilled)]) == 1
    [at] = [number for number, event in enumerate(on_stage.events) if isinstance(event, WarmupEnded)]
    assert on_stage.events[at + 1] == bar(10, 103.0)


def test_bars_between_history_and_the_first_live_one_belong_to_the_warm_up() -> None:
    on_stage = stage([bar(14)], Listener(buy_at=(12, 14)), warming=True, history=Past())
    steps = on_stage.run(bars(0, 10))
    assert on_stage.strategy.numbers == list(range(15))  # type: ignore[attr-defined]
    assert [refusal.code for step in steps for refusal in step.refusals] == [RefusalCode.WARMING_UP]
    assert "OrderFilled" not in kinds(on_stage.events)
    assert [order.spec.tag for order in on_stage.engine.orders.by_id.values()] == ["14"]


@pytest.mark.parametrize("source", [[], [bar(0)]])
def test_a_warm_up_without_history_ends_all_the_same(source: list[Bar]) -> None:
    on_stage = stage(source, Listener(buy_at=(0,)), warming=True)
    steps = on_stage.run()
    assert kinds(on_stage.events).count("WarmupEnded") == 1
    assert not [refusal for step in steps for refusal in step.refusals]
