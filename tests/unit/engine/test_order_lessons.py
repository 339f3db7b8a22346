"""Lines of spec/lessons.md about orders that are doubled, forgotten or taken for more than they are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.engine.test_account import USDT
from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind
from tradewind.domain.commands import CancelOrder, SubmitOrder
from tradewind.domain.control import StopRequested
from tradewind.domain.ids import ClientOrderId
from tradewind.domain.order import OrderType, Side
from tradewind.domain.signal import CancelIntent
from tradewind.domain.step import OrderIgnored, RefusalCode
from tradewind.execution.lifecycle import TERMINAL, OrderState
from tradewind.record.events.telling import Teller
from tradewind.risk.limits import Limits
from tradewind.testing import (
    BTC,
    STRATEGY,
    accepted,
    bar,
    bars,
    cancelled,
    engine,
    filled,
    order_spec,
    rejected,
    run,
    script,
    started,
)  # fmt: skip

D = Decimal
NAME = ClientOrderId("x")


def holding(made: Any) -> tuple[Any, Any]:
    return made.view.position(BTC).quantity, made.view.cash(USDT)


def test_lesson_39_an_order_that_rests_is_no_position_and_no_money() -> None:
    made = engine(script())
    made.process(bar(100))
    made.orders.submit(order_spec(id=NAME, type=OrderType.LIMIT, price=99))
    made.process(accepted(NAME, made.view.now))
    run(made, bars(99, 98, 97, first=1))
    assert holding(made) == (0, 100_000), "books move by the venue's executions alone"
    assert [order.spec.id for order in made.view.open_orders()] == [NAME]


def test_lesson_41_an_order_that_is_refused_for_good_is_sent_once() -> None:
    heard: list[Any] = []
    made = engine(
        script(
            on_bar=lambda ctx, _: None if heard or ctx.open_orders() else ctx.buy(1),
            on_order=lambda _ctx, event: heard.append(event),
        )
    )
    sent = [e for step in run(made, bars(100, 100)) for e in step.effects if isinstance(e, SubmitOrder)]
    made.process(rejected(sent[0].order.id, ts=made.view.now))
    later = [e for step in run(made, bars(100, 100, 100, first=2)) for e in step.effects]
    assert (len(sent), later) == (1, [])
    assert [type(event) for event in heard] == [ev.OrderRejected], "and its strategy knows"


WORDS: dict[OrderState, Any] = {
    OrderState.IN_FLIGHT: lambda now: [],
    OrderState.OPEN: lambda now: [accepted(NAME, now)],
    OrderState.CANCELLING: lambda now: [accepted(NAME, now)],
    OrderState.UNKNOWN: lambda now: [ev.OutcomeUnknown(NAME, "timeout", now)],
    OrderState.ASLEEP: lambda now: [],
}


@pytest.mark.parametrize("state", [state for state in OrderState if state not in TERMINAL], ids=lambda s: s.value)
def test_lesson_45_at_the_end_an_order_in_any_state_is_asked_back(state: OrderState) -> None:
    made = engine(script())
    made.process(bar(100))
    now = made.view.now
    spec = order_spec(id=NAME, type=OrderType.LIMIT, price=99)
    if state is OrderState.ASLEEP:
        made.orders.submit(
            order_spec(id="entry", type=OrderType.LIMIT, price=98),
            (order_spec(Side.SELL, id=NAME, type=OrderType.STOP, trigger=90, parent="entry"),),
        )
    else:
        made.orders.submit(spec)
    run(made, WORDS[state](now))
    if state is OrderState.CANCELLING:
        made.orders.cancel(CancelIntent(STRATEGY, NAME))
    assert made.orders.by_id[NAME].state is state
    step = made.process(StopRequested(now, cancel="all"))
    assert CancelOrder(NAME, BTC) in step.effects
    made.process(cancelled(NAME, now))
    assert NAME not in made.orders.living


def test_lesson_54_five_parts_of_which_two_come_twice_are_one_whole() -> None:
    made = engine(script())
    made.process(bar(100))
    made.orders.submit(order_spec(id=NAME, quantity=5))
    now = made.view.now
    parts = [filled(NAME, 1, 100 + part, ts=now, trade_id=f"p{part}", fee="0.01") for part in range(5)]
    doubled = [parts[0], parts[1], parts[1], parts[2], parts[3], parts[3], parts[4]]
    steps = run(made, doubled)
    order: Any = made.orders.by_id[NAME]
    assert (order.state, order.filled, order.average_price) == (OrderState.FILLED, 5, 102)
    assert holding(made) == (5, 100_000 - 510 - D("0.05"))
    ignored = [notice for step in steps for notice in step.notices if isinstance(notice, OrderIgnored)]
    assert len(ignored) == 2


def test_lesson_58_five_wishes_at_full_cash_are_one_order() -> None:
    made = engine(script(on_bar=lambda ctx, _: [ctx.buy(99) for _ in range(5)]), start=started(USDT=10_000))
    step = made.process(bar(100))
    assert len(step.effects) == 1
    assert [refusal.code for refusal in step.refusals] == [RefusalCode.INSUFFICIENT_FUNDS] * 4


def test_lesson_58_a_short_needs_margin() -> None:
    made = engine(script(on_bar=lambda ctx, _: ctx.sell(1_000)), start=started(USDT=10), account=AccountKind.MARGIN)
    step = made.process(bar(100))
    assert not step.effects
    assert len(step.refusals) == 1


def test_lesson_111_a_short_is_not_a_sale_of_coins_that_were_there_before() -> None:
    made = engine(script(on_bar=lambda ctx, _: ctx.sell(1)), start=started(USDT=1_000, BTC=5))
    step = made.process(bar(100))
    assert not step.effects
    (refusal,) = step.refusals
    assert (refusal.code, refusal.limit, refusal.value) == (RefusalCode.INSUFFICIENT_FUNDS, D(0), D(1))


def test_lesson_33_in_flight_orders_count_against_the_limit_of_a_position() -> None:
    """Four wishes in one turn, of which the limit has room for one."""
    made = engine(
        script(on_bar=lambda ctx, _: [ctx.buy(1) for _ in range(4)]),
        limits=Limits(position_value_max=D(150)),
    )
    step = made.process(bar(100))
    assert len(step.effects) == 1
    assert len(step.refusals) == 3


@pytest.mark.parametrize(
    ("wish", "passes"),
    [
        (lambda ctx: ctx.sell(1), True),
        (lambda ctx: ctx.sell(1, limit=120), False),
        (lambda ctx: ctx.sell(1, stop_loss=130), False),
    ],
)
def test_after_a_stop_that_takes_all_orders_back_only_what_trades_at_once_is_sent(wish: Any, passes: bool) -> None:
    """World 4356: a bar came late, and what it led to left two exits at the venue when the session had ended."""
    wishes: list[Any] = [lambda ctx: ctx.buy(2)]

    def act(ctx: Any, *_: Any) -> None:
        while wishes:
            wishes.pop(0)(ctx)

    made = engine(script(on_bar=act))
    (sent,) = made.process(bar(100)).effects
    assert isinstance(sent, SubmitOrder)
    made.process(filled(sent.order.id, 2, 100, ts=made.view.now))
    made.process(StopRequested(made.view.now, cancel="all"))
    wishes.append(wish)
    step = made.process(bar(100, 1))
    assert [type(effect) for effect in step.effects] == ([SubmitOrder] if passes else [])
    assert [refusal.code for refusal in step.refusals] == ([] if passes else [RefusalCode.STOPPING])


def test_lesson_143_ten_intents_that_are_refused_are_ten_refusals_and_no_order() -> None:
    """Intent and outcome are two records: what was wished for is told as refused, and nothing as opened."""
    made = engine(script(on_bar=lambda ctx, _: ctx.buy(1)), limits=Limits(order_value_max=D(50)))
    steps = run(made, bars(*[100] * 10))
    told = [each for step in steps for each in Teller().of(step)]
    assert [each.code for each in told] == ["refused"] * 10
    assert {each.data["reason"] for each in told} == {"order_value"}
    assert len({each.order_id for each in told}) == 10, "each by the id of its wish"
    assert not [effect for step in steps for effect in step.effects]
    assert not made.orders.by_id
