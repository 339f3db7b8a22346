"""An engine that resumes another: what the venue did meanwhile, and history that comes first."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenueOrder, VenuePosition
from tradewind.domain.commands import CancelTimer, SetTimer, SubmitOrder
from tradewind.domain.ids import ClientOrderId, VenueOrderId
from tradewind.domain.reconciliation import ReconciliationReport
from tradewind.domain.step import RefusalCode, StateKept
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.testing import accepted, bar, engine, filled, script, started

if TYPE_CHECKING:
    from tradewind.domain.checkpoint import EngineState

OPTIONS: dict[str, Any] = {"keeps_state": True}


def buyer() -> Any:
    """Buy once, by what is kept; count bars there, and amend or cancel whatever rests at every bar."""

    def on_start(ctx: Any) -> None:
        ctx.state.setdefault("bars", 0)
        ctx.set_timer("mine", after=10 * NS_PER_MINUTE)

    def on_bar(ctx: Any, bar: Any) -> None:
        ctx.state["bars"] += 1
        if ctx.state["bars"] == 1:
            ctx.buy(2, limit=90)
        for order in ctx.open_orders():
            ctx.cancel(order.spec.id)
            ctx.amend(order.spec.id, limit=80)

    return script(on_start=on_start, on_bar=on_bar)


def stopped(*, fills: int = 1) -> EngineState:
    """Return where a session stood: an order of 2 that rests, 1 of it executed as `x1`."""
    made = engine(buyer(), **OPTIONS)
    step = made.process(bar(100, 0))
    assert isinstance(step.effects[0], SubmitOrder)
    ts = made.view.now
    made.process(accepted("tw-000001", ts))
    if fills:
        made.process(filled("tw-000001", 1, 90, ts=ts, trade_id="x1"))
    return msgspec.structs.replace(made.state(), places=())


def gone_on(state: EngineState, *, warming: bool) -> Any:
    start = msgspec.structs.replace(started(warming=warming), restored=state, ts_recv=0 if warming else state.ts)
    return engine(buyer(), start=start, **OPTIONS)


def test_sta_2_what_was_executed_meanwhile_is_booked_once_at_its_price() -> None:
    made = gone_on(stopped(), warming=False)
    ts = made.view.now
    for trade, price in (("x1", 90), ("x2", 89), ("x2", 89)):
        made.process(filled("tw-000001", 1, price, ts=ts, trade_id=trade))
    (position,) = made.portfolio.positions.values()
    assert (position.quantity, position.cost) == (Decimal(2), Decimal(179))
    assert dict(made.portfolio.ledger.wallet())["USDT"] == 100_000 - 179


@pytest.mark.parametrize("filled_there", [1, 2])
def test_sta_3_our_orders_at_the_venue_are_ours_and_foreign_ones_are_told_of(filled_there: int) -> None:
    made = gone_on(stopped(fills=1), warming=False)
    ts = made.view.now
    (order,) = made.orders.open()
    theirs = [_there(order.spec, Decimal(1))]
    foreign = msgspec.structs.replace(order.spec, id=ClientOrderId("someone-else"))
    if filled_there == 2:
        theirs.append(_there(foreign, Decimal(0)))
    wallet = tuple(Balance(asset, amount) for asset, amount in made.portfolio.ledger.wallet())
    (held,) = made.portfolio.totals.values()
    positions = (VenuePosition(held.instrument, held.quantity, held.average_price),)
    step = made.process(ev.AccountSnapshot("binance", wallet, positions, ts, ts, tuple(theirs), ()))
    (report,) = [notice for notice in step.notices if isinstance(notice, ReconciliationReport)]
    found = [each.subject for each in (*report.confirmed, *report.suspected)]
    assert found == (["someone-else"] if filled_there == 2 else [])
    assert not step.effects or all(not isinstance(effect, SubmitOrder) for effect in step.effects)
    assert [each.spec.id for each in made.orders.open()] == ["tw-000001"]


def _there(spec: Any, done: Decimal) -> VenueOrder:
    return VenueOrder(
        spec.id, VenueOrderId(f"v-{spec.id}"), spec.instrument, spec.side, spec.quantity, done, spec.price
    )


def test_history_orders_nothing_and_changes_nothing_that_is_kept() -> None:
    state = stopped()
    made = gone_on(state, warming=True)
    step = made.process(bar(100, 0))
    assert {refusal.code for refusal in step.refusals} == {RefusalCode.WARMING_UP}
    assert not step.effects
    assert not [notice for notice in step.notices if isinstance(notice, StateKept)]
    during = made.state()
    assert (during.strategies, during.timers, during.ts) == (state.strategies, state.timers, state.ts)
    ended = made.process(ev.WarmupEnded(state.ts))
    ((_, ctx),) = made.roster.members.values()
    assert ctx.state["bars"] == 1
    assert [effect.at for effect in ended.effects if isinstance(effect, SetTimer)] == [10 * NS_PER_MINUTE]
    assert not [effect for effect in ended.effects if isinstance(effect, CancelTimer)]
    assert made.state().orders == state.orders
    assert made.state().portfolio == state.portfolio


def test_timers_that_history_set_are_gone_with_it() -> None:
    state = msgspec.structs.replace(stopped(), timers=())
    made = gone_on(state, warming=True)
    ended = made.process(ev.WarmupEnded(state.ts))
    assert [effect.timer for effect in ended.effects if isinstance(effect, CancelTimer)] == ["s/mine"]
    assert made.state().timers == ()


def test_a_strategy_that_fails_in_its_history_has_its_entries_taken_back_after_it() -> None:
    def fail(ctx: Any, bar: Any) -> None:
        raise ZeroDivisionError

    state = stopped()
    start = msgspec.structs.replace(started(warming=True), restored=state)
    made = engine(script(on_bar=fail), start=start, **OPTIONS)
    assert not made.process(bar(100, 0)).effects
    ended = made.process(ev.WarmupEnded(state.ts))
    assert [type(effect).__name__ for effect in ended.effects if not isinstance(effect, SetTimer)] == ["CancelOrder"]


def test_a_gap_that_nobody_saw_is_told() -> None:
    state = stopped()
    made = gone_on(state, warming=True)
    made.process(ev.WarmupEnded(state.ts))
    step = made.process(bar(100, 5))
    assert [type(notice).__name__ for notice in step.notices][:1] == ["BarsMissing"]
