"""When the venue is asked for its account, and what waits for the answer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from tests.unit.engine.test_account import T0, session, snapshot, wish
from tradewind.domain import events as ev
from tradewind.domain.commands import Correct, QueryAccount, SetTimer, SubmitOrder
from tradewind.domain.control import ReconcileRequested
from tradewind.domain.order import Side
from tradewind.domain.reconciliation import ReconciliationReport
from tradewind.domain.step import AccountSeen, AccountUnseen, RefusalCode
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.engine.account_rounds import AGAIN, RETRY
from tradewind.execution.comparison import Reconciliation
from tradewind.execution.lifecycle import OrderState
from tradewind.testing import accepted, bar, engine, filled, script, started

D = Decimal
SECOND = NS_PER_SECOND


def asked(step: Any) -> list[QueryAccount]:
    return [effect for effect in step.effects if isinstance(effect, QueryAccount)]


def waiting(**options: Any) -> Any:
    """Return an engine that has just started, at a venue outside."""
    made = engine(
        script(on_bar=lambda ctx, _: ctx.buy(1)), reconciliation=Reconciliation(holds_at_start=True, **options)
    )
    made.process(bar(100))
    return made


def empty(at: float, **changes: Any) -> ev.AccountSnapshot:
    """Return the account as it was opened."""
    ts = T0 + int(at * SECOND)
    told = ev.AccountSnapshot("binance", started().balances, (), ts, ts, (), ())
    return msgspec.structs.replace(told, **changes)


def failed(at: float) -> ev.SnapshotFailed:
    return ev.SnapshotFailed("binance", "503", T0 + int(at * SECOND))


def test_no_order_leaves_before_the_first_comparison() -> None:
    made = waiting()
    (refusal,) = made.process(bar(100, 1)).refusals
    assert refusal.code is RefusalCode.NOT_READY
    assert wish(made, reduce_only=True, side=Side.SELL) is not None
    made.process(empty(60))
    (sent,) = made.process(bar(100, 2)).effects
    assert isinstance(sent, SubmitOrder)


def test_the_first_comparison_must_leave_nothing_to_look_at_again() -> None:
    made = waiting()
    made.process(empty(0, balances=()))
    assert wish(made) is RefusalCode.NOT_READY
    made.process(empty(5, balances=()))
    assert wish(made) is RefusalCode.CLOSE_ONLY, "certain by now, and critical"


def test_rp_20_3_an_account_that_could_not_be_read_is_unknown_and_asked_for_again_at_growing_distances() -> None:
    made = waiting()
    step = made.process(failed(0))
    assert step.effects == (SetTimer(RETRY, T0 + SECOND),)
    assert step.notices == (AccountUnseen(T0, "503"),)
    assert asked(made.process(ev.TimerFired(RETRY, T0 + SECOND)))
    step = made.process(empty(1, orders=None))
    assert step.effects == (SetTimer(RETRY, T0 + 3 * SECOND),)
    assert isinstance(step.notices[0], ReconciliationReport)
    assert wish(made) is RefusalCode.NOT_READY, "a part is not the account"
    for _ in range(9):
        step = made.process(failed(3))
    assert step.effects == (SetTimer(RETRY, T0 + 33 * SECOND),)
    step = made.process(empty(9))
    assert AccountSeen(T0) in step.notices
    assert wish(made) is None
    assert made.process(failed(10)).effects == (SetTimer(RETRY, T0 + 11 * SECOND),)


def test_after_a_long_outage_what_is_held_may_be_closed() -> None:
    made = session(outage_ns=30 * NS_PER_MINUTE)
    made.risk.is_ready = False
    made.process(failed(0))
    assert wish(made, reduce_only=True, side=Side.SELL) is RefusalCode.NOT_READY
    step = made.process(failed(30 * 60))
    assert step.notices == (AccountUnseen(T0, "503", is_close_only=True),)
    assert wish(made, reduce_only=True, side=Side.SELL) is None
    assert wish(made) is RefusalCode.NOT_READY
    assert made.process(failed(31 * 60)).notices == (), "said once"
    made.process(snapshot(32 * 60))
    assert wish(made) is None


def test_lesson_121_close_only_after_an_outage_has_an_end() -> None:
    made = session(outage_ns=1)
    made.process(failed(0))
    made.process(failed(1))
    assert wish(made) is RefusalCode.CLOSE_ONLY
    made.process(snapshot(2))
    assert wish(made) is None


def test_lesson_37_an_account_that_failed_to_load_is_not_empty() -> None:
    made = session()
    made.process(failed(0))
    made.process(failed(60))
    assert made.view.position(wish_of(made)).quantity == 2
    assert not made.risk.halted


def wish_of(made: Any) -> Any:
    return next(iter(made.portfolio.totals))


def test_a_connection_that_is_up_again_is_followed_by_a_look() -> None:
    made = session()
    assert not asked(made.process(ev.LinkChanged("binance", "account", up=False, ts_recv=T0)))
    assert asked(made.process(ev.LinkChanged("binance", "account", up=True, ts_recv=T0)))


def test_an_operator_asks_when_they_like_and_since_when_they_like() -> None:
    made = session()
    assert asked(made.process(ReconcileRequested(T0))) == [QueryAccount(0, 1)]
    made.process(snapshot(60))
    made.process(snapshot(60.5))
    assert asked(made.process(ReconcileRequested(T0 + 61 * SECOND))) == [QueryAccount(T0 + 50 * SECOND, 2)]
    assert asked(made.process(ReconcileRequested(T0 + 61 * SECOND, fills_since=7))) == [QueryAccount(7, 3)]


def test_an_answer_that_another_one_has_overtaken_is_not_looked_at() -> None:
    made = session()
    made.process(snapshot(5))
    late = msgspec.structs.replace(snapshot(4, held=9), ts_recv=T0 + 6 * SECOND)
    assert made.process(late).notices == ()


def test_what_was_unknown_and_is_settled_is_followed_by_a_look() -> None:
    made = session(interval_ns=300 * SECOND)
    (sent,) = made.process(bar(100, 1)).effects
    made.process(ev.OutcomeUnknown(sent.order.id, "", made.view.now))
    assert not asked(made.process(ev.LookupFailed(sent.order.id, "", made.view.now)))
    assert asked(made.process(filled(sent.order.id, 2, ts=made.view.now)))


def test_a_fill_of_more_than_a_twentieth_of_equity_is_followed_by_a_look() -> None:
    made = session(interval_ns=300 * SECOND, held=1)
    (sent,) = made.process(bar(100, 1)).effects
    small = filled(sent.order.id, D("0.1"), trade_id="a", ts=made.view.now)
    assert not asked(made.process(small))
    large = filled(sent.order.id, D("0.9"), 100_000, trade_id="b", ts=made.view.now)
    assert asked(made.process(large))


def test_without_rounds_nobody_asks_by_himself() -> None:
    made = session(held=1)
    (sent,) = made.process(bar(100, 1)).effects
    made.process(ev.OutcomeUnknown(sent.order.id, "", made.view.now))
    assert not asked(made.process(filled(sent.order.id, 1, 100_000, ts=made.view.now)))


def test_a_second_look_comes_soon() -> None:
    made = session()
    assert SetTimer(AGAIN, T0 + 5 * SECOND) in made.process(snapshot(0, held=1)).effects


def test_without_rounds_the_account_is_asked_for_an_order_that_the_venue_has_forgotten_and_ends_it() -> None:
    made = engine(script(on_bar=lambda ctx, _: ctx.buy(1, limit=90)))
    made.process(bar(100))
    (sent,) = made.process(bar(100, 1)).effects
    assert isinstance(sent, SubmitOrder)
    name, at = sent.order.id, T0 + 100 * SECOND
    made.process(accepted(name, ts=T0 + 61 * SECOND))
    made.process(ev.OutcomeUnknown(name, "no answer to the cancel", T0 + 62 * SECOND))
    made.orders.ask(name, at)
    assert asked(made.process(ev.OrderNotFound(name, at, at))) == [QueryAccount(0, 1)]
    (again,) = (each for each in made.process(empty(110)).effects if isinstance(each, SetTimer))
    assert again.timer == AGAIN
    (end,) = (each.event for each in made.process(empty(115)).effects if isinstance(each, Correct))
    assert isinstance(end, ev.OrderCancelled)
    made.process(end)
    assert made.orders.by_id[name].state is OrderState.CANCELLED
    assert not made.orders.doubts
