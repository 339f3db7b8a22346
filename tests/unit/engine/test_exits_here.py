"""Exits at a venue without attached orders: the engine sends them, and ends rivals and what should end by itself."""

from __future__ import annotations

from typing import Any

import pytest

from tradewind.domain.commands import CancelOrder, Correct, PlaceExits, SetTimer, SubmitOrder
from tradewind.domain.events import OrderCancelled, TimerFired
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.order import OrderType, TimeInForce
from tradewind.domain.time import NS_PER_SECOND
from tradewind.engine.engine import Engine
from tradewind.engine.exits_here import PART_NS
from tradewind.testing import accepted, bar, cancelled, engine, filled, instrument, script

TERMS = {"stop_loss": 90, "take_profit": 120}


def session(kind: InstrumentKind = InstrumentKind.SPOT, **terms: Any) -> tuple[Any, SubmitOrder]:
    """Return an engine that has sent an entry with exits."""
    once = iter([True])
    made = engine(
        script(on_bar=lambda ctx, _: ctx.buy(2, limit=101, **TERMS | terms) if next(once, False) else None),
        instruments=[instrument(kind=kind)], exits_here=True,
    )  # fmt: skip
    step = made.process(bar(100))
    sent = next(effect for effect in step.effects if isinstance(effect, SubmitOrder))
    made.process(accepted(sent.order.id, made.view.now))
    return made, sent


def of(step: Any, kind: type) -> list[Any]:
    return [effect for effect in step.effects if isinstance(effect, kind)]


def test_exits_are_sent_as_large_as_what_was_filled_when_the_entry_has_ended() -> None:
    made, sent = session()
    assert [spec.type for spec in sent.attached] == [OrderType.STOP, OrderType.LIMIT]
    part = made.process(filled(sent.order.id, 1, trade_id="1", ts=made.view.now))
    assert of(part, PlaceExits) == []
    (timer,) = of(part, SetTimer)
    assert timer.at == made.view.now + PART_NS
    late = made.process(TimerFired(timer.timer, timer.at))
    assert [effect.order for effect in of(late, CancelOrder)] == [sent.order.id], "the rest is taken back"
    over = made.process(OrderCancelled(sent.order.id, "cancelled", made.view.now, made.view.now))
    (placed,) = of(over, PlaceExits)
    assert [(spec.id, spec.quantity) for spec in placed.orders] == [(each.id, 1) for each in sent.attached]
    assert all(made.orders.by_id[spec.id].state.value == "in_flight" for spec in placed.orders)


def test_those_of_a_perpetual_are_sent_whole_with_the_first_fill_and_once() -> None:
    made, sent = session(InstrumentKind.PERPETUAL)
    first = made.process(filled(sent.order.id, 1, trade_id="1", ts=made.view.now))
    (placed,) = of(first, PlaceExits)
    assert [spec.quantity for spec in placed.orders] == [2, 2]
    assert of(made.process(filled(sent.order.id, 1, trade_id="2", ts=made.view.now)), PlaceExits) == []


def test_the_exit_that_fills_ends_its_rival() -> None:
    made, sent = session()
    made.process(filled(sent.order.id, 2, trade_id="1", ts=made.view.now))
    stop, target = (spec.id for spec in sent.attached)
    for name in (stop, target):
        made.process(accepted(name, made.view.now))
    step = made.process(filled(target, 2, trade_id="2", price=120, ts=made.view.now))
    assert [effect.order for effect in of(step, CancelOrder)] == [stop]


@pytest.mark.parametrize("filled_first", [False, True])
def test_exits_of_an_entry_that_ends_end_with_it_only_without_a_fill(filled_first: bool) -> None:
    made, sent = session()
    if filled_first:
        made.process(filled(sent.order.id, 1, trade_id="1", ts=made.view.now))
    step = made.process(OrderCancelled(sent.order.id, "cancelled", made.view.now, made.view.now))
    ends = [effect.event.order for effect in of(step, Correct)]
    assert ends == ([] if filled_first else [spec.id for spec in sent.attached])
    assert len(of(step, PlaceExits)) == int(filled_first)


def test_an_exit_that_sleeps_is_cancelled_here_as_no_venue_has_it() -> None:
    cancels = iter([False, True])
    made = engine(
        script(on_bar=lambda ctx, _: ctx.cancel_all() if next(cancels) else ctx.buy(2, limit=99, **TERMS)),
        exits_here=True,
    )  # fmt: skip
    sent = of(made.process(bar(100)), SubmitOrder)[0]
    step = made.process(bar(100, 1))
    assert [effect.order for effect in of(step, CancelOrder)] == [sent.order.id]
    assert [effect.event.order for effect in of(step, Correct)] == [spec.id for spec in sent.attached]


def test_a_time_limit_waits_for_its_rivals_to_go_and_closes_what_is_held() -> None:
    made, sent = session(time_limit_ns=60 * NS_PER_SECOND)
    stop, target, timed = (spec.id for spec in sent.attached)
    step = made.process(filled(sent.order.id, 2, trade_id="1", ts=made.view.now))
    assert [spec.id for spec in of(step, PlaceExits)[0].orders] == [stop, target]
    (timer,) = of(step, SetTimer)
    for name in (stop, target):
        made.process(accepted(name, made.view.now))
    over = made.process(TimerFired(timer.timer, timer.at))
    assert [effect.order for effect in of(over, CancelOrder)] == [stop, target]
    assert of(over, PlaceExits) == []
    assert of(made.process(OrderCancelled(stop, "cancelled", timer.at, timer.at)), PlaceExits) == []
    (placed,) = of(made.process(OrderCancelled(target, "cancelled", timer.at, timer.at)), PlaceExits)
    assert [(spec.id, spec.type, spec.quantity) for spec in placed.orders] == [(timed, OrderType.MARKET, 2)]
    again = made.process(TimerFired(timer.timer, timer.at))
    assert again.effects == (), "it is on its way: a timer that comes again sends nothing"


def test_orders_that_should_end_by_themselves_are_taken_back() -> None:
    made = engine(
        script(on_bar=lambda ctx, bar: ctx.buy(1, limit=99, tif=TimeInForce.GTD, expire_at=bar.ts_recv + 5)),
        exits_here=True,
    )  # fmt: skip
    step = made.process(bar(100))
    (timer,) = of(step, SetTimer)
    (sent,) = of(step, SubmitOrder)
    assert timer.at == made.view.now + 5
    assert [each.order for each in of(made.process(TimerFired(timer.timer, timer.at)), CancelOrder)] == [sent.order.id]


def test_an_engine_that_follows_stands_where_the_other_does() -> None:
    made, sent = session()
    stop, target = (spec.id for spec in sent.attached)
    other = Engine([instrument()], {}, made.settings, recording=True)
    for event in (
        lambda: filled(sent.order.id, 2, trade_id="1", ts=made.view.now),
        lambda: accepted(stop, made.view.now),
        lambda: accepted(target, made.view.now),
        lambda: filled(target, 2, trade_id="2", price=120, ts=made.view.now),
        lambda: cancelled(stop, made.view.now),
    ):
        if not other.seq:
            other.restore(made.state())
        other.follow(made.process(event()))
        assert other.state().orders == made.state().orders
    assert made.portfolio.totals[sent.order.instrument].quantity == 0
