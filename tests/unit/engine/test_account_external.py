"""What somebody else does on the account: told, or taken into our books under an owner of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.unit.engine.test_account import SECOND, T0, USDT, session, snapshot, wish
from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenueOrder
from tradewind.domain.commands import CancelOrder, Correct, SubmitOrder
from tradewind.domain.control import CancelRequested, FlattenRequested, StopRequested
from tradewind.domain.ids import EXTERNAL, Asset, ClientOrderId, TradeId, VenueOrderId
from tradewind.domain.order import OrderType, Purpose, Side
from tradewind.domain.reconciliation import Kind, Mode, ReconciliationReport, Strangers
from tradewind.domain.step import ChargeRepeated, NothingHeld, OrderIgnored, RefusalCode
from tradewind.risk.limits import Limits
from tradewind.testing import BTC, STRATEGY, cancelled, filled, intent

D = Decimal
ADOPT: dict[str, Any] = {"external": Strangers.ADOPT}


def order(name: str = "web-1", quantity: Any = 3, done: Any = 0, **facts: Any) -> VenueOrder:
    known: dict[str, Any] = {"side": Side.BUY, "price": D(50)} | facts
    return VenueOrder(
        ClientOrderId(name), VenueOrderId("v"), BTC, quantity=D(quantity), filled=D(done), **known
    )  # fmt: skip


def look(made: Any, at: float, *rest: VenueOrder, fills: tuple[Any, ...] = (), ended: Any = (), **theirs: Any) -> Any:
    """Compare with an account on which these orders are; let the corrections happen."""
    told = msgspec.structs.replace(snapshot(at, **theirs), orders=rest, fills=fills, ended=ended)
    owned = Balance(USDT, D(theirs.get("cash", 99_800))), Balance(Asset("BTC"), D(theirs.get("held", 2)))
    told = msgspec.structs.replace(told, balances=owned)
    step = made.process(told)
    for effect in step.effects:
        if isinstance(effect, Correct):
            made.process(effect.event)
    return step


def report_of(step: Any) -> ReconciliationReport:
    return next(notice for notice in step.notices if isinstance(notice, ReconciliationReport))


def external(made: Any) -> list[Any]:
    return made.view.open_orders(None, EXTERNAL)


# --- orders -----------------------------------------------------------------------------------------


def test_reported_it_is_critical_and_left_alone() -> None:
    made = session()
    look(made, 0, order())
    report = report_of(look(made, 5, order()))
    assert [(each.kind, each.subject) for each in report.confirmed] == [(Kind.ORPHANED_BROKER, "web-1")]
    assert not external(made)
    assert wish(made) is RefusalCode.CLOSE_ONLY


def test_adopted_it_is_in_our_books_under_its_own_owner_and_counts() -> None:
    made = session(**ADOPT)
    before = made.view.free_cash(USDT), made.view.gross_exposure()
    look(made, 0, order())
    assert not external(made), "a second look, as for everything that rests"
    look(made, 5, order())
    (adopted,) = external(made)
    assert (adopted.spec.type, adopted.spec.quantity, adopted.spec.strategy) == (OrderType.LIMIT, 3, EXTERNAL)
    assert made.view.free_cash(USDT) < before[0]
    assert made.view.gross_exposure() > before[1]
    assert made.view.open_orders(None, STRATEGY) == []
    look(made, 10, order())
    look(made, 15, order())
    assert wish(made) is None, "known, it is no difference any more"


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"price": None, "trigger": D(40)}, OrderType.STOP),
        ({"trigger": D(40)}, OrderType.STOP_LIMIT),
        ({"price": None, "trigger": D(40), "type": OrderType.TRAILING_STOP}, OrderType.TRAILING_STOP),
    ],
)
def test_its_type_is_what_the_venue_says_or_what_its_prices_tell(facts: dict[str, Any], kind: OrderType) -> None:
    made = session(**ADOPT)
    look(made, 0, order(**facts))
    look(made, 5, order(**facts))
    assert [adopted.spec.type for adopted in external(made)] == [kind]


def test_one_without_a_price_is_told_and_left_alone() -> None:
    made = session(**ADOPT)
    look(made, 0, order(price=None))
    assert report_of(look(made, 5, order(price=None))).confirmed
    assert not external(made)


def test_sta_3_one_of_ours_that_we_do_not_know_is_adopted_and_its_id_not_given_again() -> None:
    made = session()
    look(made, 0, order("tw-000007"))
    look(made, 5, order("tw-000007"))
    assert [adopted.spec.id for adopted in external(made)] == ["tw-000007"]
    assert made.ids.next() == "tw-000008"


def test_lesson_52_or_taken_back_if_that_is_wished_for() -> None:
    made = session(orphans=Strangers.CANCEL)
    look(made, 0, order("tw-000007"))
    (correct,) = [e for e in made.process(told(5, order("tw-000007"))).effects if isinstance(e, Correct)]
    assert made.process(correct.event).effects == (CancelOrder(ClientOrderId("tw-000007"), BTC),)


def told(at: float, *rest: VenueOrder) -> ev.AccountSnapshot:
    return msgspec.structs.replace(snapshot(at), orders=rest, ended=())


@pytest.mark.parametrize("policy", [Strangers.REPORT, Strangers.ADOPT])
def test_rec_5_an_unknown_order_halts_where_any_mismatch_does(policy: Strangers) -> None:
    made = session(Mode.HALT_ON_MISMATCH, external=policy)
    look(made, 0, order())
    look(made, 5, order())
    assert None in made.risk.halted


def test_nothing_is_adopted_twice() -> None:
    made = session(**ADOPT)
    look(made, 0, order())
    step = made.process(told(5, order()))
    (correct,) = [e for e in step.effects if isinstance(e, Correct)]
    made.process(correct.event)
    made.process(correct.event)
    assert len(external(made)) == 1


# --- trades -----------------------------------------------------------------------------------------


def test_lesson_93_what_it_executed_is_booked_at_its_own_price_and_fee_once() -> None:
    made = session(**ADOPT)
    done = filled("web-1", 1, 50, trade_id="w1", fee=2)
    before = made.view.cash(USDT)
    step = look(made, 0, order(done=1), fills=(done,), held=3)
    assert report_of(step).confirmed, "what was executed needs no second look"
    assert made.view.position(BTC, EXTERNAL).quantity == 1
    assert made.view.position(BTC, STRATEGY).quantity == 2
    assert made.view.cash(USDT) == before - 52
    look(made, 5, order(done=1), fills=(done,), held=3, cash=made.view.cash(USDT))
    made.process(msgspec.structs.replace(done, ts_recv=made.view.now))
    assert made.view.position(BTC).quantity == 3
    assert not report_of(look(made, 6, order(done=1), fills=(done,), held=3, cash=made.view.cash(USDT))).suspected


def forced(name: str = "w1") -> ev.PositionLiquidated:
    return ev.PositionLiquidated(BTC, TradeId(name), Side.SELL, D(1), D(50), D(2), USDT, T0, T0)


def test_what_the_venue_closed_by_force_is_booked_once_whichever_way_it_is_told_first() -> None:
    closed = msgspec.structs.replace(order("autoclose-1", done=1), side=Side.SELL, quantity=D(1))
    done = filled("autoclose-1", 1, 50, trade_id="w1", fee=2)
    first = session(**ADOPT)
    first.process(forced())
    cash, held = first.view.cash(USDT), first.view.position(BTC).quantity
    assert held == 1
    look(first, 0, fills=(done,), ended=(closed,), held=1, cash=cash)
    assert (first.view.cash(USDT), first.view.position(BTC).quantity) == (cash, held), "the word, then the list"
    other = session(**ADOPT)
    look(other, 0, fills=(done,), ended=(closed,), held=1)
    assert (other.view.cash(USDT), other.view.position(BTC).quantity) == (cash, held)
    step = other.process(msgspec.structs.replace(forced(), ts_recv=other.view.now))
    assert (other.view.cash(USDT), other.view.position(BTC).quantity) == (cash, held), "the list, then the word"
    assert [type(notice) for notice in step.notices] == [ChargeRepeated]


def test_what_was_executed_before_we_looked_is_not_booked_as_new() -> None:
    made = session(**ADOPT)
    later = filled("web-1", 1, 50, trade_id="w2")
    look(made, 0, order(done=2), fills=(later,), held=3)
    (adopted,) = external(made)
    assert (adopted.filled, adopted.open_quantity) == (2, 1)
    assert made.view.position(BTC, EXTERNAL).quantity == 1


def test_an_order_that_came_and_went_between_two_looks_is_booked_and_over() -> None:
    made = session(**ADOPT)
    done = filled("web-1", 1, 50, trade_id="w1")
    look(made, 0, fills=(done,), ended=(order(done=1, price=None),), held=3)
    assert made.view.position(BTC, EXTERNAL).quantity == 1
    assert not external(made)


def test_an_old_order_of_ours_that_we_have_forgotten_is_not_booked_again() -> None:
    made = session(**ADOPT)
    old = filled("tw-000000", 1, 50, trade_id="o1")
    assert not report_of(look(made, 0, fills=(old,), ended=(order("tw-000000", done=1),))).actions


def test_words_about_an_adopted_order_move_it_like_any() -> None:
    made = session(**ADOPT)
    assert isinstance(made.process(cancelled("web-1", T0)).notices[0], OrderIgnored)
    look(made, 0, order())
    look(made, 5, order())
    made.process(filled("web-1", 1, 50, trade_id="w1", ts=made.view.now))
    assert made.view.position(BTC, EXTERNAL).quantity == 1
    made.process(cancelled("web-1", made.view.now))
    assert not external(made)


# --- positions --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.WARN_ONLY, Mode.MANUAL_APPROVAL])
@pytest.mark.parametrize(("held", "share"), [(5, 3), (D("2.5"), D("0.5"))])
def test_a_position_beside_ours_is_adopted_in_every_mode(mode: Mode, held: Any, share: Any) -> None:
    made = session(mode, **ADOPT)
    look(made, 0, held=held)
    look(made, 5, held=held)
    assert made.view.position(BTC, EXTERNAL).quantity == share
    assert made.view.position(BTC, STRATEGY).quantity == 2
    assert made.view.position(BTC).quantity == made.view.cash(Asset("BTC")) == held


def test_what_takes_from_our_own_position_is_for_the_mode_to_decide() -> None:
    made = session(**ADOPT)
    look(made, 0, held=1)
    look(made, 5, held=1)
    assert made.view.position(BTC).quantity == 2
    assert made.view.position(BTC, EXTERNAL).quantity == 0


def test_what_somebody_else_closes_of_their_own_is_theirs() -> None:
    made = session(**ADOPT)
    for at, held in ((0, 5), (5, 5), (10, 3), (15, 3)):
        look(made, at, held=held)
    assert made.view.position(BTC, EXTERNAL).quantity == 1
    assert made.view.position(BTC, EXTERNAL).realized == 0
    assert made.view.position(BTC, STRATEGY).quantity == 2


def test_it_counts_against_the_limits() -> None:
    made = session(held=1, **ADOPT)
    made.risk._limits = Limits(position_quantity_max=D(3))
    assert wish(made) is None
    for at in (0, 5, 10, 15):
        look(made, at, held=3)
    assert wish(made) is RefusalCode.MAX_POSITION


# --- what the operator does -------------------------------------------------------------------------


def test_an_operator_takes_an_adopted_order_back() -> None:
    made = session(**ADOPT)
    look(made, 0, order())
    look(made, 5, order())
    step = made.process(CancelRequested(made.view.now, ClientOrderId("web-1"), "ann"))
    assert step.effects == (CancelOrder(ClientOrderId("web-1"), BTC),)


def test_lesson_57_an_order_that_nobody_knows_cannot_be_cancelled_in_silence() -> None:
    step = session().process(CancelRequested(T0, ClientOrderId("x-1")))
    assert [refusal.code for refusal in step.refusals] == [RefusalCode.UNKNOWN_ORDER]


def test_an_operator_closes_what_an_owner_holds_whatever_is_in_force() -> None:
    made = session(**ADOPT)
    look(made, 0, held=5)
    look(made, 5, held=5)
    made.risk.paused = made.risk.stopping = True
    (sent,) = made.process(FlattenRequested(made.view.now, BTC)).effects
    assert (sent.order.quantity, sent.order.side, sent.order.strategy) == (3, Side.SELL, EXTERNAL)
    assert (sent.order.purpose, sent.order.reduce_only) == (Purpose.OPERATOR, True)
    (sent,) = made.process(FlattenRequested(made.view.now, BTC, STRATEGY)).effects
    assert sent.order.quantity == 2


def test_to_close_takes_back_what_would_open_more() -> None:
    made = session(**ADOPT)
    look(made, 0, order(), held=5)
    look(made, 5, order(), held=5)
    effects = made.process(FlattenRequested(made.view.now, BTC)).effects
    assert [type(effect) for effect in effects] == [CancelOrder, SubmitOrder]


def test_nothing_to_close_is_said() -> None:
    step = session().process(FlattenRequested(T0, BTC))
    assert (step.effects, step.notices) == ((), (NothingHeld(EXTERNAL, BTC),))


def test_the_end_of_a_session_leaves_alone_what_is_not_its_own() -> None:
    made = session(**ADOPT)
    look(made, 0, order(), held=5)
    look(made, 5, order(), held=5)
    effects = made.process(StopRequested(made.view.now, "all", flatten=True)).effects
    assert [effect.order.strategy for effect in effects if isinstance(effect, SubmitOrder)] == [STRATEGY]
    assert not [effect for effect in effects if isinstance(effect, CancelOrder)]


def test_what_was_adopted_outlives_a_restart() -> None:
    made = session(**ADOPT)
    look(made, 0, order(), held=5)
    look(made, 5, order(), held=5)
    state = made.state()
    after = session(**ADOPT)
    again = type(after)(tuple(made.portfolio.instruments.values()), {}, made.settings, recording=False)
    again.process(ev.SessionStarted(made.view.now, "binance", (), restored=state))
    assert [each.spec.id for each in external(again)] == ["web-1"]
    assert again.view.position(BTC, EXTERNAL).quantity == 3


def test_no_strategy_closes_what_is_not_its_own() -> None:
    made = session(**ADOPT)
    look(made, 0, held=5)
    look(made, 5, held=5)
    verdict = made.risk.review(intent(side=Side.SELL, quantity=3, reduce_only=True))
    assert verdict.code is RefusalCode.REDUCE_ONLY
    assert verdict.limit == 2
    assert made.view.now == T0 + 5 * SECOND
