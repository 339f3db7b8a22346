"""Another strategy in the place of one that runs: refused in full or done in full, between two events."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tradewind.domain.commands import AskAdvice, CancelOrder, CancelTimer, SetTimer, SubmitOrder
from tradewind.domain.control import Halted
from tradewind.domain.events import AdviceCame, StrategyHalted
from tradewind.domain.step import DecisionIgnored, RefusalCode, Step
from tradewind.domain.swapping import StrategySwapped, StrategySwapRequested
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.engine.engine import Engine
from tradewind.runtime.replay import compare
from tradewind.testing import (
    BTC,
    STRATEGY,
    accepted,
    bar,
    bars,
    engine,
    filled,
    instrument,
    run,
    script,
    settings,
    started,
)

if TYPE_CHECKING:
    from tradewind.strategy.base import Strategy

D = Decimal


def word(made: Engine, new: Strategy | None = None, request: str = "r1", **facts: Any) -> StrategySwapRequested:
    if new is not None:
        made.swaps.offer(request, new)
    facts = {"strategy": STRATEGY, "source": "new.py:New", **facts}
    return StrategySwapRequested(made.view.now, request=request, operator="ann", **facts)


def ignored(step: Step) -> str:
    (notice,) = [each for each in step.notices if isinstance(each, DecisionIgnored)]
    return notice.reason


def old() -> Strategy:
    """Enter once with a stop, with a second entry at rest, a timer, and something in its state."""

    def on_bar(ctx: Any, _: object) -> None:
        ctx.state["bars"] = ctx.state.get("bars", 0) + 1
        if ctx.state["bars"] == 1:
            ctx.buy(1, stop_loss=90)
            ctx.buy(1, limit=80)
            ctx.set_timer("look", after=NS_PER_MINUTE * 60)

    return script(on_bar=on_bar)


def holding(**options: Any) -> tuple[Engine, list[Step]]:
    made = engine(old(), **options)
    steps = [made.process(bar(100.0, 0))]
    entry, resting = (effect.order.id for effect in steps[0].effects if isinstance(effect, SubmitOrder))
    now = NS_PER_MINUTE
    return made, steps + run(made, [accepted(entry, now), accepted(resting, now), filled(entry, ts=now)])


def test_entries_and_timers_of_the_old_one_end_and_its_stop_stays() -> None:
    made, steps = holding(keeps_state=True)
    seen: list[Any] = []
    step = made.process(word(made, script(on_bar=lambda ctx, bar: seen.append((ctx.position().quantity, bar.close)))))
    (resting,) = [e.order.id for e in steps[0].effects if isinstance(e, SubmitOrder) and e.order.price == 80]
    assert [e.order for e in step.effects if isinstance(e, CancelOrder)] == [resting]
    assert [e.timer for e in step.effects if isinstance(e, CancelTimer)] == ["s/look"]
    stops = [o for o in made.orders.open() if o.spec.trigger is not None and not o.is_closed]
    assert [o.spec.trigger for o in stops] == [90], "never without its stop"
    seen.clear()
    made.process(bar(101.0, 1))
    assert seen == [(D(1), 101.0)], "it acts from the next event on, and holds what the old one held"
    assert made.state().strategies == (), "what the old one kept is gone"


def test_it_is_shown_the_past_as_it_was_and_orders_nothing_by_it() -> None:
    made = engine(script(on_bar=lambda ctx, bar: None), keeps_state=True)
    run(made, list(bars(100.0, 101.0, 102.0)))
    seen: list[Any] = []
    refused: list[RefusalCode] = []

    def on_bar(ctx: Any, got: Any) -> None:
        seen.append((got.close, ctx.price(), list(ctx.history("close", 9)), ctx.now, ctx.warming))
        ctx.buy(1)

    new = script(on_bar=on_bar, on_refusal=lambda ctx, refusal: refused.append(refusal.code))
    step = made.process(word(made, new))
    assert [each[:3] for each in seen] == [
        (100.0, 100.0, [100.0]), (101.0, 101.0, [100.0, 101.0]), (102.0, 102.0, [100.0, 101.0, 102.0]),
    ]  # fmt: skip
    assert [each[3:] for each in seen] == [((n + 1) * NS_PER_MINUTE, True) for n in range(3)]
    assert refused == [RefusalCode.WARMING_UP] * 3
    assert not step.effects
    assert not step.refusals
    assert [n.bars for n in step.notices if isinstance(n, StrategySwapped)] == [3]
    (submit,) = made.process(bar(103.0, 3)).effects
    assert isinstance(submit, SubmitOrder)


def test_what_it_asks_its_adviser_about_the_last_bar_is_asked_when_it_acts() -> None:
    made = engine(script(), keeps_state=True)
    run(made, list(bars(100.0, 101.0, 102.0)))
    heard: list[str] = []
    new = script(on_bar=lambda ctx, got: ctx.ask_advice(BTC), on_advice=lambda ctx, advice: heard.append(advice.answer))
    step = made.process(word(made, new))
    assert step.effects == (AskAdvice(STRATEGY, BTC, 3 * NS_PER_MINUTE),), "one question of each instrument"
    made.process(AdviceCame(STRATEGY, BTC, 3 * NS_PER_MINUTE, "up", "", made.view.now))
    assert heard == ["up"]


def test_longer_bars_are_made_of_the_past_for_it() -> None:
    made = engine(script(), keeps_state=True)
    run(made, list(bars(*range(100, 112))))
    heard: list[Any] = []
    new = script(on_start=lambda ctx: ctx.subscribe("5m"), on_bar=lambda ctx, b: heard.append((b.interval, b.close)))
    made.process(word(made, new))
    assert [each for each in heard if each[0] == "5m"] == [("5m", 104.0), ("5m", 109.0)]
    heard.clear()
    run(made, list(bars(112.0, 113.0, 114.0, first=12)))
    assert [each for each in heard if each[0] == "5m"] == [("5m", 114.0)]


def test_longer_bars_of_one_that_has_failed_are_made_anew_for_the_next() -> None:
    def fails(ctx: Any, _: object) -> None:
        raise ValueError("not yet")

    made = engine(script(), keeps_state=True)
    run(made, list(bars(*range(100, 107))))
    assert "not yet" in ignored(
        made.process(word(made, script(on_start=lambda ctx: ctx.subscribe("5m"), on_bar=fails)))
    )
    run(made, list(bars(*range(107, 119), first=7)))
    heard: list[Any] = []
    new = script(on_start=lambda ctx: ctx.subscribe("5m"), on_bar=lambda ctx, b: heard.append((b.interval, b.close)))
    made.process(word(made, new, request="r2"))
    run(made, list(bars(119.0, first=19)))
    assert [close for interval, close in heard if interval == "5m"] == [104.0, 109.0, 114.0, 119.0]


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (script(on_start=lambda ctx: ctx.subscribe("1s")), "cannot be made"),
        (script(on_start=lambda ctx: ctx.subscribe("1m", "ETHUSDT")), "ETHUSDT"),
        (script(on_bar=lambda ctx, bar: 1 / 0), "ZeroDivisionError"),
        (None, "nobody has loaded"),
    ],
)
def test_what_fails_changes_nothing(new: Strategy | None, why: str) -> None:
    made, _ = holding(keeps_state=True)
    before = made.state()
    step = made.process(word(made, new))
    assert why in ignored(step)
    assert not step.effects
    after = made.state()
    assert msgspec.structs.replace(after, seq=before.seq, id_count=before.id_count) == before
    made.process(bar(101.0, 1))
    (kept,) = made.state().strategies
    assert dict(kept.state)["bars"] is not None, "the old one goes on with what it knew"


def test_one_that_is_not_there_is_refused_with_those_that_are() -> None:
    made = engine(script())
    step = made.process(word(made, script(), strategy="other"))
    assert ignored(step) == "no strategy other in this session; there are s"


def test_one_that_was_held_is_called_again_and_a_halt_stays() -> None:
    made = engine(script(), keeps_state=True)
    made.process(StrategyHalted(STRATEGY, "why", 0))
    made.process(Halted(0, "", None))
    calls: list[int] = []

    def on_bar(ctx: Any, _: object) -> None:
        calls.append(1)
        ctx.buy(1)

    made.process(word(made, script(on_bar=on_bar)))
    calls.clear()
    step = made.process(bar(100.0, 0))
    assert calls == [1]
    assert [refusal.code for refusal in step.refusals] == [RefusalCode.HALTED]


def test_a_timer_that_it_set_for_the_past_fires_at_once() -> None:
    made = engine(script())
    run(made, list(bars(100.0, 101.0)))
    step = made.process(word(made, script(on_bar=lambda ctx, bar: ctx.set_timer("t", after=NS_PER_MINUTE // 2))))
    assert [e.at for e in step.effects if isinstance(e, SetTimer)] == [2 * NS_PER_MINUTE + NS_PER_MINUTE // 2]
    made = engine(script())
    run(made, list(bars(100.0, 101.0)))
    step = made.process(word(made, script(on_start=lambda ctx: ctx.set_timer("t", at=5))))
    assert [e.at for e in step.effects if isinstance(e, SetTimer)] == [2 * NS_PER_MINUTE]


def test_who_follows_and_who_replays_stands_where_it_does() -> None:
    made, steps = holding(keeps_state=True)

    def newer() -> Strategy:
        return script(on_bar=lambda ctx, bar: (ctx.state.update(n=bar.close), ctx.buy(1)))

    first = Engine([instrument()], {STRATEGY: old()}, settings(keeps_state=True), recording=True)
    start = first.process(started())
    steps = [start, *steps, made.process(word(made, newer())), *run(made, [bar(101.0, 1), bar(102.0, 2)])]
    follower = Engine([instrument()], {}, settings(keeps_state=True), recording=True)
    for step in steps:
        follower.follow(step)
    assert follower.state() == made.state()
    assert [each.source for each in made.state().swaps] == ["new.py:New"]
    again = Engine([instrument()], {STRATEGY: old()}, settings(keeps_state=True), recording=True)
    replayed = compare(again, steps, {}, swaps={"r1": newer()})
    assert replayed.steps == len(steps)
