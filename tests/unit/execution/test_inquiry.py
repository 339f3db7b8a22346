"""What an unknown outcome leads to, question by question; the numbers are those of spec/lessons.md."""

from __future__ import annotations

from typing import Any

import pytest

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, CancelTimer, QueryOrder, SetTimer, SubmitOrder
from tradewind.domain.ids import ClientOrderId, TimerId
from tradewind.domain.order import OrderType, Side
from tradewind.domain.step import RefusalCode
from tradewind.domain.time import NS_PER_SECOND
from tradewind.execution.inquiry import TIMERS_OF_QUESTIONS, Patience
from tradewind.execution.lifecycle import OrderState
from tradewind.testing import BTC, accepted, bar, cancelled, engine, filled, script

SECOND = NS_PER_SECOND
T0 = 60 * SECOND
"""The end of the bar on which the order is sent."""


class Case:
    """An engine, and an order of two that it has sent; time is told in seconds after that."""

    def __init__(self, wish: Any = None, **options: Any) -> None:
        self.seen: list[Any] = []
        wish = wish or (lambda ctx: ctx.buy(2, limit=99))
        self.wishes: list[Any] = [wish]

        def act(ctx: Any, *_: Any) -> None:
            while self.wishes:
                self.wishes.pop(0)(ctx)

        def hear(_ctx: Any, event: Any) -> None:
            self.seen.append(type(event))

        self.made = engine(script(on_bar=act, on_timer=act, on_order=hear), **options)
        (sent,) = self.made.process(bar(100)).effects
        assert isinstance(sent, SubmitOrder)
        self.id = sent.order.id

    @property
    def order(self) -> Any:
        return self.made.orders.by_id[self.id]

    def tell(self, event: Any) -> tuple[Any, ...]:
        return self.made.process(event).effects

    def unknown(self, at: float = 0) -> tuple[Any, ...]:
        return self.tell(ev.OutcomeUnknown(self.id, "timeout", ts(at)))

    def fire(self, at: float) -> tuple[Any, ...]:
        return self.tell(ev.TimerFired(TimerId(f"{TIMERS_OF_QUESTIONS}{self.id}"), ts(at)))

    def not_found(self, at: float) -> tuple[Any, ...]:
        return self.tell(ev.OrderNotFound(self.id, ts(at), ts(at)))

    def found(self, at: float, *words: Any) -> tuple[Any, ...]:
        effects: tuple[Any, ...] = ()
        for word in (*words, ev.OrderFound(self.id, ts(at), ts(at))):
            effects += self.tell(word)
        return effects

    def wish(self, wish: Any, at: float) -> Any:
        self.wishes.append(wish)
        return self.made.process(ev.TimerFired(TimerId("s/go"), ts(at)))


def ts(seconds: float) -> int:
    return T0 + int(seconds * SECOND)


def timer(order: str, at: float) -> SetTimer:
    return SetTimer(TimerId(f"{TIMERS_OF_QUESTIONS}{order}"), ts(at))


def test_lesson_35_an_unknown_outcome_is_asked_about_at_growing_distances() -> None:
    case = Case()
    assert case.unknown() == (timer(case.id, 1),)
    asked, at = [], 1.0
    for _ in range(7):
        question, again = case.fire(at)
        assert question == QueryOrder(case.id, BTC)
        asked.append(at)
        at = (again.at - T0) / SECOND
    assert asked == [1, 3, 7, 15, 31, 61, 91]


def test_the_times_can_be_set() -> None:
    patience = Patience(first_ns=10 * SECOND, longest_ns=15 * SECOND, grace_ns=SECOND)
    case = Case(patience=patience)
    assert case.unknown() == (timer(case.id, 10),)
    assert case.fire(10) == (QueryOrder(case.id, BTC), timer(case.id, 25))
    case.not_found(10)
    assert case.order.state is OrderState.REJECTED


def test_lesson_36_a_look_up_that_failed_says_nothing() -> None:
    case = Case()
    case.unknown()
    case.fire(40)
    case.tell(ev.LookupFailed(case.id, "503", ts(40)))
    assert case.order.state is OrderState.UNKNOWN
    assert case.made.orders.pending(BTC, Side.BUY) == 2
    assert case.made.view.has_unknown(BTC)
    assert case.fire(70)[0] == QueryOrder(case.id, BTC)


def test_not_found_right_after_the_submit_is_too_early() -> None:
    case = Case()
    case.unknown()
    case.fire(1)
    case.fire(29)
    case.not_found(40)  # however late the answer comes: the question was asked early
    assert case.order.state is OrderState.UNKNOWN
    case.not_found(41)
    assert case.order.state is OrderState.UNKNOWN


def test_not_found_after_the_grace_ends_it_and_its_timer() -> None:
    case = Case()
    case.unknown()
    case.fire(30)
    assert case.not_found(30) == (CancelTimer(TimerId(f"{TIMERS_OF_QUESTIONS}{case.id}")),)
    assert case.order.state is OrderState.REJECTED
    assert not case.made.view.has_unknown(BTC)
    assert case.fire(60) == ()


def test_our_clock_that_was_set_forward_before_the_first_answer_makes_no_question_late() -> None:
    """World 44,213: by the venue's clock the request was a second old, and still on its way."""
    case = Case()
    case.unknown()
    case.fire(41)
    case.tell(ev.OrderNotFound(case.id, ts(1), ts(41)))
    assert case.made.view.has_unknown(BTC)
    case.fire(71)
    case.tell(ev.OrderNotFound(case.id, ts(31), ts(71)))
    assert case.order.state is OrderState.REJECTED


def test_whose_exit_rests_was_there_and_its_exit_lives_on() -> None:
    """World 46,495: the words of an entry were lost, and the venue had forgotten it; its exit was still there."""
    case = Case(lambda ctx: ctx.buy(2, limit=99, stop_loss=90))
    case.unknown()
    (stop,) = (order.spec.id for order in case.made.orders.open() if order.spec.parent == case.id)
    case.tell(accepted(stop, ts(5)))
    case.fire(40)
    case.not_found(40)
    assert case.order.state is OrderState.UNKNOWN, "until the account has told what it executed"
    assert case.made.orders.by_id[stop].state is OrderState.OPEN


def test_not_found_that_nobody_asked_for_ends_nothing() -> None:
    case = Case()
    case.unknown()
    case.not_found(1_000)
    assert case.order.state is OrderState.UNKNOWN


def test_an_order_that_the_venue_had_is_not_ended_by_a_guess() -> None:
    case = Case()
    case.tell(accepted(case.id, ts(0)))
    case.unknown()
    case.fire(100)
    case.not_found(100)
    assert case.order.state is OrderState.UNKNOWN
    assert case.fire(200)[0] == QueryOrder(case.id, BTC)


@pytest.mark.parametrize("grace_over", [False, True])
def test_found_ends_the_doubt_of_a_submit(*, grace_over: bool) -> None:
    case = Case()
    case.unknown()
    at = 40.0 if grace_over else 1.0
    case.fire(at)
    effects = case.found(at, accepted(case.id, ts(at)))
    assert effects == (CancelTimer(TimerId(f"{TIMERS_OF_QUESTIONS}{case.id}")),)
    assert case.order.state is OrderState.OPEN
    assert case.seen == [ev.OutcomeUnknown, ev.OrderAccepted, ev.OrderFound]


def test_lesson_42_a_lost_reply_is_one_order_and_its_fill_is_booked_once() -> None:
    case = Case()
    case.unknown()
    case.fire(1)
    fill = filled(case.id, 2, ts=ts(1))
    case.found(1, accepted(case.id, ts(1)), fill)
    case.tell(filled(case.id, 2, ts=ts(2)))
    assert case.order.state is OrderState.FILLED
    assert case.made.view.position(BTC).quantity == 2
    refused = case.wish(lambda ctx: ctx.buy(1), 3)
    assert not refused.refusals


def test_while_it_is_unknown_new_risk_is_refused_and_a_cancel_passes() -> None:
    case = Case()
    case.unknown()
    step = case.wish(lambda ctx: ctx.buy(1, limit=98), 2)
    assert [refusal.code for refusal in step.refusals] == [RefusalCode.OUTCOME_UNKNOWN]
    assert case.wish(lambda ctx: ctx.cancel(case.id), 3).effects == (CancelOrder(case.id, BTC),)


def test_what_arrives_after_all_lives_after_all() -> None:
    case = Case()
    case.unknown()
    case.fire(30)
    case.not_found(30)
    case.tell(accepted(case.id, ts(50)))
    assert case.order.state is OrderState.OPEN
    case.tell(filled(case.id, 2, ts=ts(51)))
    assert case.made.view.position(BTC).quantity == 2


def test_what_arrives_after_all_and_is_not_wanted_is_asked_about_and_cancelled() -> None:
    case = Case()
    case.unknown()
    case.wish(lambda ctx: ctx.cancel(case.id), 1)
    case.fire(2)
    case.not_found(2)
    case.fire(40)
    case.not_found(40)
    assert case.order.state is OrderState.REJECTED
    assert case.tell(accepted(case.id, ts(50))) == (timer(case.id, 51),)
    case.fire(51)
    case.found(51)
    case.fire(90)
    assert CancelOrder(case.id, BTC) in case.found(90)


def test_a_lost_cancel_is_sent_again_when_the_grace_is_over_and_no_sooner() -> None:
    case = Case()
    case.tell(accepted(case.id, ts(0)))
    case.wish(lambda ctx: ctx.cancel(case.id), 1)
    case.unknown(6)
    case.fire(7)
    assert case.found(7, accepted(case.id, ts(7))) == ()
    assert case.made.view.has_unknown(BTC)
    case.fire(37)
    assert case.found(37, accepted(case.id, ts(37))) == (CancelOrder(case.id, BTC),)
    assert case.order.state is OrderState.CANCELLING
    assert case.tell(cancelled(case.id, ts(38))) == (CancelTimer(TimerId(f"{TIMERS_OF_QUESTIONS}{case.id}")),)


def test_a_cancel_that_was_done_needs_no_second() -> None:
    case = Case()
    case.tell(accepted(case.id, ts(0)))
    case.wish(lambda ctx: ctx.cancel(case.id), 1)
    case.unknown(6)
    case.fire(40)
    effects = case.found(40, accepted(case.id, ts(40)), cancelled(case.id, ts(40)))
    assert effects == (CancelTimer(TimerId(f"{TIMERS_OF_QUESTIONS}{case.id}")),)
    assert case.order.state is OrderState.CANCELLED


def test_a_refused_cancel_of_an_order_that_may_yet_arrive_is_still_wanted() -> None:
    case = Case()
    case.unknown()
    case.wish(lambda ctx: ctx.cancel(case.id), 1)
    case.tell(ev.CancelRejected(case.id, "unknown order", ts(2), ts(2)))
    case.tell(accepted(case.id, ts(3)))
    assert case.made.view.has_unknown(BTC)
    case.fire(4)
    case.found(4)
    case.fire(50)
    assert case.found(50) == (CancelOrder(case.id, BTC),)


def test_a_cancel_that_overtakes_its_order_is_asked_about_and_sent_again() -> None:
    case = Case()
    case.wish(lambda ctx: ctx.cancel(case.id), 1)
    assert timer(case.id, 3) in case.tell(ev.CancelRejected(case.id, "unknown order", ts(2), ts(2)))
    case.tell(accepted(case.id, ts(2.5)))
    case.fire(3)
    case.found(3, accepted(case.id, ts(3)))
    case.fire(40)
    assert case.found(40) == (CancelOrder(case.id, BTC),)


def test_a_cancel_that_the_venue_refuses_of_an_order_it_has_is_no_question() -> None:
    case = Case()
    case.tell(accepted(case.id, ts(0)))
    case.wish(lambda ctx: ctx.cancel(case.id), 1)
    assert case.tell(ev.CancelRejected(case.id, "too late", ts(2), ts(2))) == ()
    assert not case.made.view.has_unknown(BTC)


def test_a_lost_amendment_counts_until_the_venue_shows_the_order_without_it() -> None:
    case = Case()
    case.tell(accepted(case.id, ts(0)))
    (sent,) = case.wish(lambda ctx: ctx.amend(case.id, quantity=5), 1).effects
    assert isinstance(sent, AmendOrder)
    case.unknown(6)
    case.fire(7)
    case.found(7, accepted(case.id, ts(7)))
    assert case.made.orders.pending(BTC, Side.BUY) == 5
    case.fire(40)
    case.found(40, accepted(case.id, ts(40)))
    assert case.made.orders.pending(BTC, Side.BUY) == 2
    assert not case.made.view.has_unknown(BTC)


def test_another_request_begins_the_grace_anew() -> None:
    case = Case()
    case.unknown()
    case.fire(29)
    case.wish(lambda ctx: ctx.cancel(case.id), 29)
    case.fire(31)
    case.not_found(31)
    case.not_found(31)
    assert not case.order.is_closed
    case.fire(61)
    case.not_found(61)
    assert case.order.state is OrderState.REJECTED


def test_an_answer_out_of_order_counts_for_the_older_question() -> None:
    case = Case()
    case.unknown()
    case.fire(1)
    case.not_found(1)
    case.fire(29)
    case.fire(30)
    case.not_found(30)
    assert not case.order.is_closed
    case.not_found(30)
    assert case.order.state is OrderState.REJECTED


def test_a_clock_of_ours_that_is_set_forward_does_not_shorten_the_grace() -> None:
    case = Case()
    case.unknown()
    case.fire(1)
    case.not_found(1)
    case.fire(43)  # three seconds later, after a jump by forty: the request is still on its way
    case.tell(ev.OrderNotFound(case.id, ts(4), ts(44)))
    assert not case.order.is_closed
    case.fire(68)
    case.tell(ev.OrderNotFound(case.id, ts(29.9), ts(69.9)))
    assert not case.order.is_closed
    case.fire(70)
    case.tell(ev.OrderNotFound(case.id, ts(30), ts(70)))
    assert case.order.state is OrderState.REJECTED


def test_an_unknown_outcome_of_what_has_ended_asks_nothing() -> None:
    case = Case()
    case.tell(cancelled(case.id, ts(0)))
    assert case.unknown() == ()


def test_exits_asleep_end_with_an_entry_that_never_arrived() -> None:
    case = Case(lambda ctx: ctx.buy(2, limit=99, stop_loss=90, take_profit=120))
    case.unknown()
    case.fire(30)
    case.not_found(30)
    assert case.made.orders.open() == []


def test_nothing_is_done_while_nothing_is_unknown() -> None:
    case = Case()
    assert case.tell(accepted(case.id, ts(0))) == ()
    assert case.tell(filled(case.id, 2, ts=ts(1))) == ()
    assert not case.made.orders.doubts


@pytest.mark.parametrize("order", ["nobody"])
def test_a_stranger_is_not_asked_about(order: str) -> None:
    case = Case()
    assert case.tell(ev.OutcomeUnknown(ClientOrderId(order), "", ts(0))) == ()


def test_amendments_are_answered_by_number() -> None:
    case = Case(lambda ctx: ctx.buy(1, limit=99))
    case.tell(accepted(case.id, ts(0)))
    for quantity in (5, 4, 3):
        case.wish(lambda ctx, wanted=quantity: ctx.amend(case.id, quantity=wanted), 1)
    order = case.order
    assert [asked.number for asked in order.amending] == [1, 2, 3]
    case.tell(ev.AmendRejected(case.id, "no", ts(2), ts(2), 2))
    assert [asked.number for asked in order.amending] == [1, 3]
    spec = order.spec
    case.tell(ev.OrderAmended(case.id, spec.quantity, spec.price, None, ts(2), ts(2), 2))
    assert [asked.number for asked in order.amending] == [3]
    case.tell(ev.OrderAmended(case.id, spec.quantity, spec.price, None, ts(3), ts(3), 2))
    assert [asked.number for asked in order.amending] == [3], "a repetition answers nothing that came later"
    assert order.spec.type is OrderType.LIMIT
