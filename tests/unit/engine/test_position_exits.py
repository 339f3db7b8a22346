"""Policies in an engine, word by word: refusals of the venue, halts, restarts, late timers."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, SetTimer, SubmitOrder
from tradewind.domain.control import Halted, Paused, Resumed
from tradewind.domain.exits import ExitBegun, Moves, Protected, StopMoved
from tradewind.domain.ids import ClientOrderId, TimerId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, Purpose
from tradewind.domain.step import RefusalCode
from tradewind.domain.time import NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND
from tradewind.engine.position_exits import TIMERS_OF_POSITIONS
from tradewind.risk.exits.plan import (
    EarlyCutPlan,
    EntryPlan,
    ExitPlan,
    PartialPlan,
    StrategyPlan,
    TimePlan,
    TrailingPlan,
)
from tradewind.risk.limits import Limits
from tradewind.testing import (
    BTC,
    STRATEGY,
    accepted,
    bar,
    cancelled,
    engine,
    filled,
    instrument,
    rejected,
    script,
    started,
)  # fmt: skip

if TYPE_CHECKING:
    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine

D = Decimal
TRAILING = TrailingPlan(cover_costs=False)
TIMER = TimerId(f"{TIMERS_OF_POSITIONS}{STRATEGY}/{BTC}")


def session(moves: Moves = Moves.AMEND, **policies: Any) -> Engine:
    """Return an engine whose strategy buys one at each bar while it has nothing, and holds the first."""
    plans = (StrategyPlan(STRATEGY, ExitPlan(**policies)),)
    made = engine(
        script(on_bar=lambda ctx, _: ctx.position().quantity or ctx.buy(1)), exits=plans, moves=moves,
        instruments=[instrument(lot="0.001")],
    )  # fmt: skip
    made.process(bar(100))
    return made


def tell(made: Engine, *events: Any) -> list[Step]:
    return [made.process(event) for event in events]


def enter(made: Engine, price: int = 100) -> None:
    """Let the entry fill, and the venue have what follows from it."""
    now = made.view.now
    tell(made, accepted("tw-000001", now), filled("tw-000001", 1, price, ts=now))
    for order in list(made.orders.living.values()):
        tell(made, accepted(order.spec.id, now))


def price(made: Engine, close: float) -> Step:
    return made.process(bar(close, made.view.now // NS_PER_MINUTE))


def sent(steps: list[Step] | Step) -> list[Any]:
    found = [steps] if not isinstance(steps, list) else steps
    return [effect for step in found for effect in step.effects if not isinstance(effect, SetTimer)]


def said(steps: list[Step], kind: type) -> list[Any]:
    return [notice for step in steps for notice in step.notices if isinstance(notice, kind)]


def test_rp_6_7_a_move_that_is_refused_leaves_the_old_stop_and_the_third_closes() -> None:
    made = session(entry=EntryPlan(), trailing=TRAILING)
    enter(made)
    stop = next(o for o in made.orders.living.values() if o.spec.protects)
    (amend,) = sent(price(made, 102))
    steps: list[Step] = []
    for _ in range(3):
        assert isinstance(amend, AmendOrder)
        assert amend.trigger == D("101.49")
        steps = tell(made, ev.AmendRejected(stop.spec.id, "no", made.view.now, made.view.now, amend.number))
        assert stop.spec.trigger == D(95)
        if len(said(steps, ExitBegun)):
            break
        assert not sent(steps), "it waits a second, then two"
        (again,) = sent(tell(made, ev.TimerFired(TIMER, made.timers[TIMER])))
        amend = again
    assert [told.why for told in said(steps, ExitBegun)] == ["stop_refused"]
    (close,) = [effect.order for effect in sent(steps) if isinstance(effect, SubmitOrder)]
    assert (close.type, close.purpose, close.reduce_only) == (OrderType.MARKET, Purpose.PROTECTION, True)
    assert BTC in made.risk.unguarded, "nothing is opened there until an operator resumes"


@pytest.mark.parametrize("refusal", ["amend", "cancel"])
def test_what_the_venue_refuses_about_a_target_is_asked_for_again_after_a_minute(refusal: str) -> None:
    """It may have ended the order, and the word of it was lost: who asks at once does so without end."""
    made = session(Moves.AMEND if refusal == "amend" else Moves.REPLACE, entry=EntryPlan(), partial=PartialPlan())
    made.portfolio.instruments[BTC] = replace(made.portfolio.instruments[BTC], kind=InstrumentKind.PERPETUAL)
    enter(made)
    price(made, 101)
    part = next(o.spec.id for o in made.orders.living.values() if o.spec.tag == "partial 1")
    now = made.view.now
    tell(made, accepted(part, now))
    asked = sent(tell(made, ev.OrderAmended(part, D("0.1"), D(103), None, now, now, 0)))
    for _ in range(3):
        (ask,) = (effect for effect in asked if getattr(effect, "order", "") == part)
        now = made.view.now
        if isinstance(ask, AmendOrder):
            steps = tell(made, ev.AmendRejected(part, "unknown order", now, now, ask.number))
        else:
            assert isinstance(ask, CancelOrder)
            steps = tell(made, ev.CancelRejected(part, "unknown order", now, now))
        assert not sent(steps)
        assert made.timers[TIMER] == now + NS_PER_MINUTE
        asked = sent(tell(made, ev.TimerFired(TIMER, made.timers[TIMER])))


def test_rp_4_5_a_stop_that_is_refused_three_times_is_one_exit_and_no_entry_after_it() -> None:
    made = session(Moves.REPLACE, entry=EntryPlan())
    now = made.view.now
    (follows,) = sent(tell(made, accepted("tw-000001", now), filled("tw-000001", 1, 100, ts=now)))
    stops: list[Any] = [follows.order]
    closes: list[Any] = []
    while not closes:
        steps = tell(made, rejected(stops[-1].id, made.view.now))
        while not sent(steps):
            name, at = min(made.timers.items(), key=lambda timer: timer[1])
            steps = tell(made, ev.TimerFired(name, max(at, made.view.now)))
        orders = [effect.order for effect in sent(steps) if isinstance(effect, SubmitOrder)]
        stops += [order for order in orders if order.type is OrderType.STOP]
        closes += [order for order in orders if order.type is OrderType.MARKET]
        assert len(stops) <= 3
    assert len(stops) == 3
    steps = tell(
        made, accepted(closes[0].id, made.view.now), filled(closes[0].id, 1, 99, trade_id="x2", ts=made.view.now)
    )
    assert said(steps, Protected), "the gap is over as nothing is held any more"
    step = price(made, 100)
    assert [refused.code for refused in step.refusals] == [RefusalCode.CLOSE_ONLY]


def test_rp_4_6_and_lesson_65_a_stop_that_fills_while_it_is_taken_back_is_the_only_exit() -> None:
    made = session(Moves.REPLACE, entry=EntryPlan(), time=TimePlan(NS_PER_HOUR))
    enter(made)
    (stop,) = [o.spec.id for o in made.orders.living.values()]
    (cancel,) = sent(tell(made, ev.TimerFired(TIMER, made.timers[TIMER])))
    assert isinstance(cancel, CancelOrder)
    now = made.view.now
    steps = tell(made, filled(stop, 1, 95, trade_id="x2", ts=now), ev.CancelRejected(stop, "filled", now, now))
    assert not [effect for effect in sent(steps) if isinstance(effect, SubmitOrder)], "never two exits"


def test_rp_4_6_a_close_that_fails_is_protected_again_and_tried_again() -> None:
    made = session(Moves.REPLACE, entry=EntryPlan(), time=TimePlan(NS_PER_HOUR))
    enter(made)
    (stop,) = [o.spec.id for o in made.orders.living.values()]
    tell(made, ev.TimerFired(TIMER, made.timers[TIMER]))
    (close,) = sent(tell(made, cancelled(stop, made.view.now)))
    (again,) = sent(tell(made, rejected(close.order.id, made.view.now)))
    assert again.order.type is OrderType.STOP
    tell(made, accepted(again.order.id, made.view.now))
    steps = tell(made, ev.TimerFired(TIMER, made.timers[TIMER]))
    assert [type(effect) for effect in sent(steps)] == [CancelOrder]


def test_rp_7_5_halted_an_addition_is_refused_and_targets_and_stops_go_on() -> None:
    """And RP 1.5; pauses hold up no stop that is to move."""
    adds = PartialPlan(thresholds=(D("0.02"),), additions=(D("0.25"),))
    made = session(entry=EntryPlan(), partial=adds, trailing=TRAILING)
    enter(made)
    tell(made, Halted(made.view.now))
    step = price(made, 102)
    assert [refused.code for refused in step.refusals] == [RefusalCode.HALTED]
    assert [effect.trigger for effect in sent(step) if isinstance(effect, AmendOrder)] == [D("101.49")]
    tell(made, Resumed(made.view.now), Paused(made.view.now))
    stop = next(o for o in made.orders.living.values() if o.spec.protects)
    tell(made, ev.OrderAmended(stop.spec.id, D(1), None, D("101.49"), made.view.now, made.view.now, 1))
    step = price(made, 104)
    assert [effect.trigger for effect in sent(step) if isinstance(effect, AmendOrder)] == [D("103.48")]
    assert not step.refusals, "and for an hour nothing is asked for again"


def test_rp_7_6_and_8_6_and_12_3_a_restart_after_a_part_has_filled_changes_nothing() -> None:
    """RP 7.6, RP 8.6 and RP 12.3: quantity, stop, counter, times and excursions are what they were, once."""
    policies: dict[str, Any] = {"entry": EntryPlan(), "partial": PartialPlan(), "time": TimePlan(NS_PER_HOUR)}
    made = session(**policies)
    enter(made)
    price(made, 102)
    part = next(o.spec.id for o in made.orders.living.values() if o.spec.tag == "partial 1")
    before = made.state()
    told = filled(part, "0.25", 103, trade_id="x2", ts=made.view.now)
    tell(made, told)
    state = made.state()
    assert state.exits.held[0].taken == (D("0.25"), D(0), D(0))
    for kept in (before, state):
        again = session(**policies)
        again = engine(
            script(), exits=made.settings.exits, instruments=[instrument(lot="0.001")],
            start=replace(started(), ts_recv=made.view.now, restored=kept),
        )  # fmt: skip
        tell(again, told)
        assert again.state().exits == state.exits
        assert again.state().portfolio == state.portfolio, "the excursions too"
        assert again.view.position(BTC, STRATEGY).quantity == D("0.75")


@pytest.mark.parametrize("late_s", [0, 5, 3_600])
def test_rp_8_3_a_check_that_runs_late_is_still_due(late_s: int) -> None:
    plan = TimePlan(None, end_of_day=True, days="XNYS", flat_before_ns=0, has_sessions=True)
    made = session(time=plan)
    close = NS_PER_HOUR * 6
    made.process(ev.TradingDay("XNYS", "1970-01-01", 0, close, made.view.now))
    enter(made)
    assert made.timers[TIMER] == close
    (order,) = sent(tell(made, ev.TimerFired(TIMER, close + late_s * NS_PER_SECOND)))
    assert order.order.purpose is Purpose.TIME_LIMIT


def test_a_position_of_before_its_policies_is_protected_as_trading_begins() -> None:
    made = session()
    tell(made, accepted("tw-000001", made.view.now), filled("tw-000001", 1, 100, ts=made.view.now))
    plans = (StrategyPlan(STRATEGY, ExitPlan(entry=EntryPlan())),)
    again = engine(
        script(), exits=plans, instruments=[instrument(lot="0.001")],
        start=replace(started(), ts_recv=made.view.now, restored=made.state()),
    )  # fmt: skip
    (stop,) = [order.spec for order in again.orders.living.values()]
    assert (stop.type, stop.quantity, stop.trigger, stop.reduce_only) == (OrderType.STOP, D(1), D(95), True)


def test_rp_6_6_the_engine_may_die_the_stop_that_was_moved_is_at_the_venue() -> None:
    """The trigger that the venue has is that of its last answer; a new engine asks for nothing else."""
    made = session(entry=EntryPlan(), trailing=TRAILING)
    enter(made)
    (amend,) = sent(price(made, 102))
    now = made.view.now
    tell(made, ev.OrderAmended(amend.order, D(1), None, D("101.49"), now, now, 1))
    again = engine(
        script(), exits=made.settings.exits, instruments=[instrument(lot="0.001")],
        start=replace(started(), ts_recv=now, restored=made.state()),
    )  # fmt: skip
    step = price(again, 101.8)
    assert not sent(step)
    assert again.orders.by_id[ClientOrderId(amend.order)].spec.trigger == D("101.49")
    assert not said([step], StopMoved)


def test_nothing_configured_is_nothing_at_all() -> None:
    made = engine(script())
    assert made.exits is None
    assert not made.state().exits.held


def test_lesson_69_an_entry_that_fills_in_part_is_protected_and_its_rest_taken_back() -> None:
    """30 % fills, then silence; at, before and after the time."""
    for moves in Moves:
        made = session(moves, entry=EntryPlan(fill_timeout_ns=30 * NS_PER_SECOND))
        now = made.view.now
        steps = tell(made, accepted("tw-000001", now), filled("tw-000001", "0.3", 100, ts=now))
        if moves is Moves.REPLACE:
            (stop,) = sent(steps)
            assert (stop.order.type, stop.order.quantity) == (OrderType.STOP, D("0.3"))
            tell(made, accepted(stop.order.id, now))
        due = now + 30 * NS_PER_SECOND
        assert made.timers[TIMER] == due
        assert not sent(made.process(ev.TimerFired(TimerId("s/other"), due - 1)))
        (cancel,) = sent(made.process(ev.TimerFired(TIMER, due)))
        assert cancel == CancelOrder(ClientOrderId("tw-000001"), BTC)
        assert not sent(made.process(cancelled("tw-000001", due)))


@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize("moves", Moves)
@pytest.mark.parametrize("why", ["max_holding", "end_of_day", "early_cut", "target", "stop", "weekend", "overnight"])
def test_lesson_67_every_reason_closes_either_side_with_one_order(why: str, side: str, moves: Moves) -> None:
    """Through the engine, at a venue that amends and at one that does not: one exit, and nothing is left behind."""
    policies: dict[str, dict[str, Any]] = {
        "max_holding": {"time": TimePlan(NS_PER_HOUR)},
        "end_of_day": {"time": TimePlan(None, end_of_day=True, days="24/7")},
        "overnight": {"time": TimePlan(None, no_overnight=True, days="24/7")},
        "weekend": {"time": TimePlan(None, weekend=True, weeks="24/7", days="24/7")},
        "early_cut": {"early_cut": EarlyCutPlan(D("0.01"), 2 * NS_PER_MINUTE)},
        "target": {"entry": EntryPlan(None, D("0.01"))},
        "stop": {"entry": EntryPlan(D("0.01"))},
    }
    plans = (StrategyPlan(STRATEGY, ExitPlan(**policies[why])),)
    made = engine(
        script(on_bar=lambda ctx, _: ctx.position().quantity or ctx.submit(side, 1)), exits=plans, moves=moves,
        instruments=[instrument(kind=InstrumentKind.PERPETUAL, margin_initial="0.1")], limits=Limits(allow_short=True),
    )  # fmt: skip
    sign = 1 if side == "buy" else -1
    made.process(ev.TradingDay("24/7", "1970-01-01", 0, NS_PER_HOUR, made.view.now))
    made.process(bar(100))
    exits = play(made, sign)
    assert len(exits) == 1, exits
    assert made.view.position(BTC, STRATEGY).is_flat
    assert not [order for order in made.orders.living.values() if order.spec.side.sign == -sign]


def play(made: Engine, sign: int) -> list[str]:
    """Be a venue that fills what it is sent, at a price that goes against us and then for us; return the exits."""
    exits, queue, trades = [], list(made.orders.living.values()), 0
    for minute, close in enumerate([100.0] * 4 + [100 - 2 * sign, 100 + 2 * sign] + [100.0] * 60, 1):
        for _ in range(20):
            queue = [order for order in made.orders.living.values() if not is_told(order, close)]
            for order in queue:
                spec, now = order.spec, made.view.now
                if order.is_unwanted:
                    made.process(cancelled(spec.id, now))
                elif reaches(order, close):
                    trades += 1
                    exits += [] if spec.side.sign == sign else [spec.purpose.value]
                    left = min(order.open_quantity, D(1))
                    made.process(filled(spec.id, left, round(close), trade_id=f"x{trades}", ts=now))
                else:
                    made.process(accepted(spec.id, now))
        if exits:
            return exits
        made.process(bar(close, minute))
        for name, at in list(made.timers.items()):
            if at <= made.view.now:
                made.process(ev.TimerFired(name, made.view.now))
    return exits


def is_told(order: Any, close: float) -> bool:
    return order.venue_order is not None and not order.is_unwanted and not reaches(order, close)


def reaches(order: Any, close: float) -> bool:
    spec, sign = order.spec, order.spec.side.sign
    if spec.parent is not None and order.state == "asleep":
        return False
    if spec.trigger is not None:
        return bool((D(str(close)) - spec.trigger) * sign >= 0)
    return spec.price is None or bool((spec.price - D(str(close))) * sign >= 0)
