"""Breakers and their operators: words, restarts, drills, and the table itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from tests.unit.engine.breaking import NEITHER, ONLY_16, account, again, changes, entry, exit_, state, worth
from tests.unit.engine.test_breakers_conduct import ALL, snapshot
from tradewind.domain import events as ev
from tradewind.domain.breakers import BreakerAction, BreakerDrilled, BreakerIgnored, BreakerState, EquityAnchored
from tradewind.domain.commands import CancelOrder, SetTimer, SubmitOrder
from tradewind.domain.control import (
    BreakerDrillRequested,
    BreakerFed,
    BreakerResetRequested,
    BreakerTripRequested,
)
from tradewind.domain.order import OrderType, Side
from tradewind.engine.breaker_watch import CLOSE_AGAIN_NS, TIMER
from tradewind.risk.breakers.roll import MEANINGS
from tradewind.risk.breakers.settings import BreakerSettings, TradingHours
from tradewind.risk.breakers.states import TABLE, Signal
from tradewind.risk.limits import Limits
from tradewind.testing import accepted, engine, filled, order_spec, rejected, script, started
from tradewind.testing import cancelled as ended

if TYPE_CHECKING:
    from tradewind.domain.step import Step
    from tradewind.engine.engine import Engine

S, A = BreakerState, BreakerAction
D = Decimal


# --- the operator -------------------------------------------------------------------------------------


def resting(made: Engine) -> Engine:
    """Rest an entry and a stop."""
    made.orders.submit(order_spec(Side.BUY, 1, id="entry", type=OrderType.LIMIT, price=90))
    made.orders.submit(order_spec(Side.SELL, 50, id="stop", type=OrderType.STOP, trigger=20, reduce_only=True))
    made.process(accepted("entry", made.view.now))
    made.process(accepted("stop", made.view.now))
    return made


def cancelled(step: Step) -> list[str]:
    return [effect.order for effect in step.effects if isinstance(effect, CancelOrder)]


@pytest.mark.parametrize(("cancel", "gone"), [("opening", ["entry"]), ("all", ["entry", "stop"]), ("none", [])])
def test_mw_42_a_manual_halt_takes_back_what_the_setting_says(cancel: str, gone: list[str]) -> None:
    made = resting(account(BreakerSettings(account=None, max_drawdown=None, cancel=cancel)))
    step = made.process(BreakerTripRequested(made.view.now, reason="storm", operator="ann"))
    assert cancelled(step) == gone
    (halted,) = changes(step)
    assert (halted.breaker, halted.state, halted.operator, halted.reason) == ("manual", S.LATCHED, "ann", "storm")
    assert entry(made, "0.001") == "halted"
    assert exit_(made) == ""


def test_cb_8_and_mw_42_fifty_working_entries_are_taken_back_in_the_step_of_the_halt() -> None:
    made = account(NEITHER)
    for number in range(50):
        made.orders.submit(order_spec(Side.BUY, "0.1", id=f"w-{number}", type=OrderType.LIMIT, price=90))
        made.process(accepted(f"w-{number}", made.view.now))
    assert len(cancelled(made.process(BreakerTripRequested(made.view.now)))) == 50


@pytest.mark.parametrize(
    ("action", "closed"), [(A.REFUSE, []), (A.CANCEL, []), (A.REDUCE, [25]), (A.FLATTEN, [50]), (A.STOP, [50])]
)
def test_each_action_does_what_those_before_it_do(action: BreakerAction, closed: list[int]) -> None:
    made = resting(account(BreakerSettings(account=None, max_drawdown=None, manual=action)))
    step = made.process(BreakerTripRequested(made.view.now))
    assert cancelled(step) == ([] if action is A.REFUSE else ["entry"])
    assert [e.order.quantity for e in step.effects if isinstance(e, SubmitOrder)] == closed
    assert entry(made, "0.001") == "halted"


def test_what_an_entry_on_its_way_opens_is_closed_again() -> None:
    made = resting(account(BreakerSettings(account=None, max_drawdown=None, manual=A.FLATTEN)))
    step = made.process(BreakerTripRequested(made.view.now))
    (close,) = [effect.order.id for effect in step.effects if isinstance(effect, SubmitOrder)]
    made.process(filled(close, 50, 100, ts=made.view.now, trade_id="c"))
    step = made.process(filled("entry", 1, 90, ts=made.view.now, trade_id="e"))
    (again_,) = [effect.order for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert (again_.quantity, again_.reduce_only) == (D(1), True)


def test_what_fills_while_a_close_is_on_its_way_is_closed_besides_it() -> None:
    """The close of what was held is not sent again with it: together they would be refused, and nothing closed."""
    made = resting(account(BreakerSettings(account=None, max_drawdown=None, manual=A.FLATTEN)))
    step = made.process(BreakerTripRequested(made.view.now))
    assert [effect.order.quantity for effect in step.effects if isinstance(effect, SubmitOrder)] == [D(50)]
    step = made.process(filled("entry", 1, 90, ts=made.view.now, trade_id="e"))
    assert [effect.order.quantity for effect in step.effects if isinstance(effect, SubmitOrder)] == [D(1)]
    assert not step.refusals


def test_a_stop_that_a_process_has_not_finished_is_finished_by_the_next() -> None:
    """The close is lost with the process: the next one closes what is left, and its session ends when that is done."""
    made = resting(account(BreakerSettings(account=None, max_drawdown=None, manual=A.STOP)))
    step = made.process(BreakerTripRequested(made.view.now))
    (lost,) = [effect.order.id for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert made.breakers is not None
    assert not made.breakers.ends_session
    made.breakers._is_last = False  # what a new process knows
    at = made.timers[TIMER]
    made.process(ended(lost, made.view.now))
    step = made.process(ev.TimerFired(TIMER, at))
    (close,) = [effect.order for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert not made.breakers.ends_session, "something is held"
    made.process(filled(close.id, close.quantity, 100, ts=made.view.now, trade_id="c"))
    assert made.breakers.ends_session


def test_a_reset_without_a_reason_or_of_what_comes_back_by_itself_is_ignored() -> None:
    made = account(BreakerSettings())
    worth(made, 9_700)
    for word, reason in (
        (BreakerResetRequested(made.view.now, "account_daily", "please"), "it comes back by itself"),
        (BreakerResetRequested(made.view.now, "manual", ""), "a reset needs a reason"),
        (BreakerResetRequested(made.view.now, "manual", "why not"), "it is closed"),
        (BreakerResetRequested(made.view.now, "no such", "why not"), "this session has no such breaker"),
    ):
        (ignored,) = made.process(word).notices
        assert isinstance(ignored, BreakerIgnored)
        assert ignored.reason.startswith(reason)


def test_a_reset_begins_anew_with_what_the_account_is_worth_now() -> None:
    """Beyond the cap nothing more is judged: the peak was set to what had tripped it, however far it fell since."""
    made = account(ONLY_16)
    worth(made, 7_900)
    worth(made, 7_000)
    step = made.process(BreakerResetRequested(made.view.now, "max_drawdown", "looked"))
    (anchored,) = [notice for notice in step.notices if isinstance(notice, EquityAnchored)]
    assert (anchored.reason, anchored.peak) == ("reset", D(7_000))


def test_a_reset_is_disproven_by_an_account_that_differs_and_proven_by_a_later_one() -> None:
    made = account(NEITHER)
    made.process(BreakerTripRequested(made.view.now))
    made.process(snapshot(made, 7))
    made.process(BreakerResetRequested(made.view.now, "manual", "looked"))
    assert made.breakers is not None
    asked = made.breakers.board.breakers["manual"].asked
    assert not changes(made.process(snapshot(made, asked - 1))), "that one was asked for before"
    assert not changes(made.process(snapshot(made, asked, btc=5))), "it is not certain"
    (disproven,) = changes(made.process(snapshot(made, asked, btc=5)))
    assert disproven.state is S.LATCHED
    made.process(BreakerResetRequested(made.view.now, "manual", "looked again"))
    asked = made.breakers.board.breakers["manual"].asked
    (proven,) = changes(made.process(snapshot(made, asked)))
    assert proven.state is S.CLOSED


def test_in_a_session_without_breakers_the_words_are_told_to_be_in_vain() -> None:
    made = account(None)
    (ignored,) = made.process(BreakerTripRequested(made.view.now, request="r")).notices
    assert isinstance(ignored, BreakerIgnored)
    assert ignored.request == "r"


def test_lesson_31_and_cb_4_and_mw_41_a_new_session_has_every_trip() -> None:
    made = account(ALL)
    worth(made, 7_000)
    made.process(BreakerTripRequested(made.view.now, reason="storm", operator="ann"))
    made.process(BreakerFed(made.view.now, "alignment", D(1)))
    assert made.breakers is not None
    kept = made.breakers.board.state(made.view.now)
    assert {each.breaker for each in kept.breakers} == {
        "account_daily", "account_drawdown", "max_drawdown", "daily_loss", "drawdown", "alignment", "manual",
    }  # fmt: skip
    gone_on = again(made, ALL)
    assert gone_on.breakers is not None
    assert gone_on.breakers.board.state(gone_on.view.now) == kept
    assert entry(gone_on, "0.001") == "daily_loss"


def test_rp_16_2_one_that_begins_anew_at_an_account_has_what_its_breakers_keep() -> None:
    made = account(ALL)
    worth(made, 7_000)
    assert made.breakers is not None
    kept = made.breakers.board.state(made.view.now)
    start = started(USDT=7_000)
    anew = engine(
        script(), breakers=ALL, start=ev.SessionStarted(made.view.now, start.venue, start.balances, breakers=kept)
    )
    assert state(anew, "max_drawdown") is S.LATCHED
    assert anew.breakers is not None
    assert anew.breakers.board.worth.peak == 10_000


def test_a_session_without_a_breaker_keeps_what_was_latched_for_the_next_that_has_it() -> None:
    made = account(ALL)
    made.process(BreakerTripRequested(made.view.now))
    made.process(BreakerFed(made.view.now, "alignment", D(1)))
    for between in (None, NEITHER):
        without = again(made, between)
        assert state(again(without, ALL), "alignment") is S.LATCHED


# --- what closes everything ---------------------------------------------------------------------------


def test_a_close_that_is_refused_is_sent_again_until_nothing_is_held_also_by_the_next_session() -> None:
    settings = BreakerSettings(account=None, max_drawdown=None, manual=A.FLATTEN)
    made = account(settings)
    step = made.process(BreakerTripRequested(made.view.now, reason="storm"))
    (close,) = [effect for effect in step.effects if isinstance(effect, SubmitOrder)]
    due = made.view.now + CLOSE_AGAIN_NS
    assert SetTimer(TIMER, due) in step.effects
    assert not _sent(made.process(ev.TimerFired(TIMER, due))), "it is on its way"
    made.process(rejected(close.order.id, ts=due))
    going_on = again(made, settings)
    for session in (made, going_on):
        later = session.view.now + CLOSE_AGAIN_NS
        (once_more,) = _sent(session.process(ev.TimerFired(TIMER, later)))
        assert (once_more.order.quantity, once_more.order.reduce_only) == (D(50), True)
        session.process(filled(once_more.order.id, 50, 100, ts=later, trade_id="x2"))
        assert not session.process(ev.TimerFired(TIMER, later + CLOSE_AGAIN_NS)).effects


def _sent(step: Step) -> list[SubmitOrder]:
    return [effect for effect in step.effects if isinstance(effect, SubmitOrder)]


# --- drills -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in MEANINGS if name != "trading_hours"])
def test_lesson_160_and_168_every_breaker_can_be_drilled_and_trips_at_the_gate(name: str) -> None:
    """That of the hours needs an exchange: `test_lesson_160_and_168_the_hours_can_be_drilled`."""
    made = resting(account(ALL))
    assert made.breakers is not None
    before = made.breakers.board.state(made.view.now)
    step = made.process(BreakerDrillRequested(made.view.now, name, "ann", "r1"))
    drilled = step.notices[-1]
    assert isinstance(drilled, BreakerDrilled)
    assert drilled.tripped
    assert drilled.refused == made.breakers.board.breakers[name].code.value
    assert drilled.reduction == ""
    assert drilled.request == "r1"
    assert all(each.is_drill for each in changes(step))
    assert changes(step, name)[0].state in (S.TRIPPED, S.LATCHED)
    assert made.breakers.board.state(made.view.now) == before, "it stands where it stood"
    assert not [effect for effect in step.effects if not isinstance(effect, SetTimer)], "nothing was done"
    assert entry(made, "0.001") == ""
    acts = made.breakers.board.breakers[name].action is not A.REFUSE
    assert drilled.cancels == (1 if acts else 0)


def test_a_drill_counts_no_order() -> None:
    made = resting(account(ALL, limits=Limits(orders_per_minute_max=3)))
    before = made.state().risk
    made.process(BreakerDrillRequested(made.view.now, "manual", "ann", "r1"))
    assert made.state().risk == before


def test_a_drill_tries_an_entry_that_adds_also_where_the_position_is_short() -> None:
    made = account(ALL)
    made.orders.submit(order_spec(Side.SELL, 60, id="turns"))
    made.process(filled("turns", 60, 100, ts=made.view.now, trade_id="x2"))
    drilled = made.process(BreakerDrillRequested(made.view.now, "manual", "ann", "r1")).notices[-1]
    assert isinstance(drilled, BreakerDrilled)
    assert (drilled.tripped, drilled.refused, drilled.reduction) == (True, "halted", "")


def test_a_drill_is_refused_where_orders_are_real_or_it_has_tripped_in_earnest() -> None:
    for made, reason in (
        (account(BreakerSettings(can_drill=False)), "orders are real here"),
        (_tripped(), "it is latched in earnest"),
    ):
        (ignored,) = made.process(BreakerDrillRequested(made.view.now, "manual")).notices
        assert isinstance(ignored, BreakerIgnored)
        assert ignored.reason.startswith(reason)


def _tripped() -> Engine:
    made = account(NEITHER)
    made.process(BreakerTripRequested(made.view.now))
    return made


def test_lesson_160_a_breaker_that_is_configured_is_on_the_roll_and_one_that_is_not_is_not() -> None:
    made, less = account(replace(ALL, trading_hours=TradingHours("XNYS"))), account(NEITHER)
    assert made.breakers is not None
    assert less.breakers is not None
    assert list(made.breakers.board.breakers) == list(MEANINGS)
    assert list(less.breakers.board.breakers) == ["manual"]


# --- the table ----------------------------------------------------------------------------------------


def test_from_each_state_that_holds_entries_back_there_is_a_way_out_and_only_reset_leaves_the_latched() -> None:
    assert set(TABLE) == set(S)
    assert TABLE[S.LATCHED] == {Signal.RESET: S.HALF_OPEN}
    assert all(TABLE[each] for each in S)
    reached = {to for moves in TABLE.values() for to in moves.values()}
    assert reached == set(S)
    ways_to_closed = {(each, signal) for each, moves in TABLE.items() for signal, to in moves.items() if to is S.CLOSED}
    assert ways_to_closed == {(S.COOLING, Signal.COOLED), (S.HALF_OPEN, Signal.PROVEN)}
