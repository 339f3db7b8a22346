"""What the operator's strongest words do: pauses that end, close-only, every order back, everything closed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from tradewind.domain import events as ev
from tradewind.domain.commands import CancelOrder, SetTimer, SubmitOrder
from tradewind.domain.control import CancelAllRequested, CloseOnlySet, EmergencyStopped, Paused, Resumed
from tradewind.domain.ids import StrategyId
from tradewind.domain.order import Purpose, Side
from tradewind.domain.step import RefusalCode
from tradewind.engine.control import PAUSE_OVER
from tradewind.testing import accepted, bar, cancelled, engine, filled, rejected, script

if TYPE_CHECKING:
    from tradewind.engine.engine import Engine

HOUR = 3_600_000_000_000


def holding() -> Engine:
    """Return a session that holds 1, with an entry and a stop at rest, and that wants to buy at every bar."""

    def on_bar(ctx: Any, bar: Any) -> None:
        if ctx.state.get("begun"):
            ctx.buy(1, limit=bar.close * 0.98)
            return
        ctx.state["begun"] = True
        ctx.bracket("buy", 1, stop_loss=90, take_profit=120)
        ctx.buy(1, limit=95)

    made = engine(script(on_bar=on_bar), recording=True)
    step = made.process(bar(100.0, 0))
    market, limit = (effect.order.id for effect in step.effects if isinstance(effect, SubmitOrder))
    for event in (accepted(market), filled(market), accepted(limit)):
        made.process(ev_at(event, made))
    for order in list(made.orders.open()):
        if order.spec.parent is not None:
            made.process(ev_at(accepted(order.spec.id), made))
    return made


def ev_at(event: Any, made: Engine) -> Any:
    return replace(event, ts_recv=made.view.now)


def test_rp_22_a_pause_ends_by_itself_lesson_142() -> None:
    made = holding()
    step = made.process(Paused(made.view.now, "lunch", "ann", for_ns=HOUR))
    assert step.effects == (SetTimer(PAUSE_OVER, made.view.now + HOUR),)
    refused = made.process(bar(100.0, 1)).refusals
    assert [refusal.code for refusal in refused] == [RefusalCode.PAUSED]
    made.process(ev.TimerFired(PAUSE_OVER, made.view.now + HOUR))
    assert not made.risk.paused
    assert not made.process(bar(100.0, 120)).refusals


def test_a_resume_takes_back_a_pause_and_its_end_and_close_only() -> None:
    made = holding()
    made.process(Paused(made.view.now, for_ns=HOUR))
    made.process(CloseOnlySet(made.view.now))
    assert PAUSE_OVER in made.timers
    made.process(Resumed(made.view.now))
    assert PAUSE_OVER not in made.timers
    assert not made.risk.paused
    assert not made.risk.close_only


def test_close_only_refuses_what_adds() -> None:
    made = holding()
    made.process(CloseOnlySet(made.view.now, "too hot"))
    (refusal,) = made.process(bar(100.0, 1)).refusals
    assert (refusal.code, refusal.detail) == (RefusalCode.CLOSE_ONLY, "too hot")


@pytest.mark.parametrize(("which", "count"), [("all", 3), ("entries", 1)])
def test_all_orders_are_taken_back_once(which: str, count: int) -> None:
    made = holding()
    step = made.process(CancelAllRequested(made.view.now, which))
    assert len([effect for effect in step.effects if isinstance(effect, CancelOrder)]) == count
    assert not made.process(CancelAllRequested(made.view.now, which)).effects


def test_orders_of_one_strategy_are_taken_back_and_those_of_others_stay() -> None:
    def on_bar(ctx: Any, _: Any) -> None:
        if not ctx.state.get("begun"):
            ctx.state["begun"] = True
            ctx.buy(1, limit=95)

    made = engine(script(on_bar=on_bar), script(on_bar=on_bar))
    placed = [effect.order for effect in made.process(bar(100.0, 0)).effects if isinstance(effect, SubmitOrder)]
    step = made.process(CancelAllRequested(made.view.now, "entries", strategy=StrategyId("s2")))
    taken = [effect.order for effect in step.effects if isinstance(effect, CancelOrder)]
    assert taken == [spec.id for spec in placed if spec.strategy == "s2"]
    assert len(placed) == 2


def test_an_emergency_stop_halts_takes_back_and_closes_and_asks_for_nothing_twice() -> None:
    made = holding()
    step = made.process(EmergencyStopped(made.view.now, "fire", "ann", "r1"))
    assert None in made.risk.halted
    assert len([effect for effect in step.effects if isinstance(effect, CancelOrder)]) == 3
    (close,) = (effect.order for effect in step.effects if isinstance(effect, SubmitOrder))
    assert (close.side, close.quantity, close.reduce_only, close.purpose) == (
        Side.SELL, Decimal(1), True, Purpose.OPERATOR,
    )  # fmt: skip
    assert not made.process(EmergencyStopped(made.view.now, "fire", "ann", "r2")).effects, "the answers are under way"
    for effect in step.effects:
        if isinstance(effect, CancelOrder):
            made.process(ev_at(cancelled(effect.order), made))
    made.process(ev_at(rejected(close.id), made))
    (again,) = made.process(EmergencyStopped(made.view.now)).effects
    assert isinstance(again, SubmitOrder), "a close that was refused is asked for again"
    made.process(ev_at(filled(again.order.id, trade_id="x9"), made))
    assert all(position.is_flat for position in made.portfolio.totals.values())
    assert not made.process(EmergencyStopped(made.view.now)).effects


def test_rp_26_4_a_close_of_unknown_outcome_is_not_sent_again() -> None:
    made = holding()
    step = made.process(EmergencyStopped(made.view.now))
    close = next(effect.order for effect in step.effects if isinstance(effect, SubmitOrder))
    made.process(ev.OutcomeUnknown(close.id, "no answer", made.view.now))
    assert not [e for e in made.process(EmergencyStopped(made.view.now)).effects if isinstance(e, SubmitOrder)]
    made.process(ev_at(filled(close.id, "0.4", trade_id="x8"), made))
    assert not [e for e in made.process(EmergencyStopped(made.view.now)).effects if isinstance(e, SubmitOrder)]
