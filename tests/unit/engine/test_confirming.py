"""Entries that wait to be confirmed: counted, sent once, refused when nobody answers, the same for who follows."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.unit.engine.test_operator import ev_at
from tradewind.domain import events as ev
from tradewind.domain.checkpoint import EngineState
from tradewind.domain.commands import CancelTimer, Correct, SetTimer, SubmitOrder
from tradewind.domain.confirmation import ConfirmationAsked
from tradewind.domain.control import CancelAllRequested, CancelRequested, OrderConfirmed, OrderDeclined, Paused
from tradewind.domain.ids import ClientOrderId, TimerId
from tradewind.domain.restraint import Restraint, RestraintKind
from tradewind.domain.step import DecisionIgnored, RefusalCode, Step
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.engine.engine import Engine
from tradewind.risk.confirmation import Confirmation
from tradewind.risk.limits import Limits
from tradewind.testing import BTC, STRATEGY, accepted, bar, engine, filled, instrument, script, settings, started

if TYPE_CHECKING:
    from collections.abc import Callable

ABOVE_500 = Confirmation(above=Decimal(500), within_ns=90 * NS_PER_SECOND)
OPTIONS: dict[str, Any] = {"confirmation": ABOVE_500, "limits": Limits(orders_per_minute_max=50), "keeps_state": True}


class Session:
    """A session, and one that follows it step by step; after each their states are equal, byte for byte."""

    def __init__(self, acts: dict[int, Callable[[Any], object]], **options: Any) -> None:
        self.told: list[Any] = []
        seen = [0]

        def on_bar(ctx: Any, bar: Any) -> None:
            number, seen[0] = seen[0], seen[0] + 1
            if number in acts:
                acts[number](ctx)

        hooks = {"on_bar": on_bar, "on_refusal": lambda ctx, refusal: self.told.append(refusal.code.value)}
        options = OPTIONS | options
        self.follower = Engine([instrument()], {}, settings(**options), recording=True)
        self.made = Engine([instrument()], {STRATEGY: script(**hooks)}, settings(**options), recording=True)
        self.take(started())

    def take(self, event: Any) -> Step:
        step = self.made.process(event)
        self.follower.follow(step)
        assert packed(self.follower) == packed(self.made)
        return step

    def bars(self, count: int, price: float = 100.0) -> list[Step]:
        first = int(self.made.view.now // NS_PER_MINUTE)
        return [self.take(bar(price, first + number)) for number in range(count)]

    @property
    def waiting(self) -> list[ClientOrderId]:
        return list(self.made.confirming.waiting)

    def confirm(self) -> Step:
        return self.take(OrderConfirmed(self.made.view.now, self.waiting[0], "fine", "ann", "r1"))


def packed(made: Engine) -> bytes:
    return msgspec.msgpack.encode(made.state())


def sent(step: Step) -> list[tuple[str, Decimal]]:
    return [(each.order.id, each.order.quantity) for each in step.effects if isinstance(each, SubmitOrder)]


def buy(quantity: Any = 6, **terms: Any) -> Callable[[Any], object]:
    return lambda ctx: ctx.buy(quantity, **terms)


def test_an_entry_above_the_value_waits_and_counts_and_goes_when_it_is_confirmed() -> None:
    session = Session({0: buy(5), 1: buy(6)})
    assert len(sent(session.bars(1)[0])) == 1, "5 at 100 are not more than 500"
    (step,) = session.bars(1)
    (asked,) = [notice for notice in step.notices if isinstance(notice, ConfirmationAsked)]
    name = asked.order.id
    assert step.effects == (SetTimer(TimerId(f"/confirm/{name}"), session.made.view.now + 90 * NS_PER_SECOND),)
    assert session.made.orders.pending(BTC, asked.order.side) == Decimal(11)
    assert session.made.view.free_cash(instrument().quote) == Decimal(100_000) - Decimal("1101.1")
    step = session.confirm()
    assert sent(step) == [(name, Decimal(6))]
    assert any(isinstance(effect, CancelTimer) for effect in step.effects)
    assert not session.waiting
    for event in (accepted(name), filled(name, 6)):
        session.take(ev_at(event, session.made))
    assert session.made.portfolio.totals[BTC].quantity == Decimal(6)
    assert session.told == []


def test_who_says_nothing_in_time_has_it_refused() -> None:
    session = Session({0: buy(6, stop_loss=90)})
    session.bars(1)
    (name,) = session.waiting
    assert len(session.made.orders.open()) == 2, "the entry and its stop"
    step = session.take(ev.TimerFired(TimerId(f"/confirm/{name}"), session.made.view.now + 90 * NS_PER_SECOND))
    (refusal,) = step.refusals
    assert (refusal.code, refusal.detail) == (RefusalCode.UNCONFIRMED, "nobody has confirmed it within 90 s")
    assert not session.made.orders.open()
    assert session.told == ["unconfirmed"]
    (ignored,) = session.take(OrderConfirmed(session.made.view.now, name)).notices
    assert isinstance(ignored, DecisionIgnored)


def test_an_operator_declines() -> None:
    session = Session({0: buy(6)})
    session.bars(1)
    (refusal,) = session.take(OrderDeclined(session.made.view.now, session.waiting[0], "too dear", "ann")).refusals
    assert (refusal.code, refusal.detail) == (RefusalCode.UNCONFIRMED, "declined by ann: too dear")


@pytest.mark.parametrize("word", ["cancel", "all"])
def test_one_that_is_taken_back_ends_here_with_its_exits(word: str) -> None:
    session = Session({0: buy(6, stop_loss=90, take_profit=120)})
    session.bars(1)
    (name,), now = session.waiting, session.made.view.now
    step = session.take(CancelRequested(now, name) if word == "cancel" else CancelAllRequested(now))
    assert not session.waiting, "from here on nobody can confirm it"
    fed = [effect.event for effect in step.effects if isinstance(effect, Correct)]
    while fed:
        fed += [e.event for e in session.take(ev_at(fed.pop(0), session.made)).effects if isinstance(e, Correct)]
    assert not session.made.orders.open()
    assert not sent(step)


def test_what_is_confirmed_passes_the_gate_again() -> None:
    session = Session({0: buy(6)})
    session.bars(1)
    session.take(Paused(session.made.view.now))
    (refusal,) = session.confirm().refusals
    assert refusal.code is RefusalCode.PAUSED
    assert not session.made.orders.open()


def test_it_is_sized_anew_and_never_larger_than_what_was_asked_about() -> None:
    session = Session({0: buy(None)})
    session.bars(1)
    (name,) = session.waiting
    session.bars(1, price=50.0)
    assert sent(session.confirm()) == [(name, Decimal(100))], "a tenth of the equity would be 200 by now"
    other = Session({0: buy(None)})
    other.bars(1)
    other.bars(1, price=105.0)
    ((_, quantity),) = sent(other.confirm())
    assert quantity < 100


def test_what_reduces_never_waits_and_what_waits_is_not_amended() -> None:
    def both(ctx: Any) -> None:
        ctx.sell(5)
        ctx.close()

    session = Session({0: buy(5), 1: both, 2: buy(9, limit=90), 3: lambda ctx: ctx.amend(session.waiting[0], limit=91)})
    (step,) = session.bars(1)
    name = sent(step)[0][0]
    session.take(ev_at(filled(name, 5, 200), session.made))
    assert sent(session.bars(1, price=200.0)[0])
    session.bars(1)
    (refusal,) = session.bars(1)[0].refusals
    assert (refusal.code, refusal.detail) == (RefusalCode.NOT_AMENDABLE, "it waits to be confirmed")


def test_of_a_strategy_that_is_named_all_entries_wait() -> None:
    session = Session({0: buy("0.01")}, confirmation=Confirmation(strategies=(STRATEGY,), within_ns=1))
    session.bars(1)
    assert len(session.waiting) == 1


def test_where_nobody_attends_it_is_confirmed_by_its_timer() -> None:
    policy = Confirmation(above=Decimal(500), within_ns=1, unattended_ns=30 * NS_PER_SECOND)
    session = Session({0: buy(6)}, confirmation=policy)
    session.bars(1)
    (name,) = session.waiting
    at = session.made.view.now + 30 * NS_PER_SECOND
    assert session.made.timers == {TimerId(f"/confirm/{name}"): at}
    assert sent(session.take(ev.TimerFired(TimerId(f"/confirm/{name}"), at))) == [(name, Decimal(6))]


def test_one_beside_which_another_has_filled_does_not_go() -> None:
    def pair(ctx: Any) -> None:
        ctx.buy(6, limit=95, oco="pair")
        ctx.buy(1, limit=94, oco="pair")

    session = Session({0: pair})
    (step,) = session.bars(1)
    ((small, _),) = sent(step)
    session.take(ev_at(filled(small, 1, 94), session.made))
    (refusal,) = session.confirm().refusals
    assert "has filled" in refusal.detail


def test_it_counts_once_against_a_limit_of_orders_a_day() -> None:
    def restrained(ctx: Any) -> None:
        ctx.buy(6)

    session = Session({0: restrained, 2: buy(1)})
    session.made.risk.restrain(Restraint(STRATEGY, RestraintKind.MAX_ORDER_COUNT, Decimal(2)))
    session.follower.risk.restrain(Restraint(STRATEGY, RestraintKind.MAX_ORDER_COUNT, Decimal(2)))
    session.bars(1)
    assert sent(session.confirm())
    session.bars(1)
    assert sent(session.bars(1)[0]), "the second of two"


def test_what_waits_waits_on_over_a_restart_also_where_nothing_is_to_be_confirmed_any_more() -> None:
    session = Session({0: buy(6, stop_loss=90)})
    session.bars(1)
    state = msgspec.msgpack.decode(packed(session.made), type=EngineState)
    (name,) = session.waiting
    for options in (OPTIONS, OPTIONS | {"confirmation": None}):
        start = msgspec.structs.replace(started(), ts_recv=state.ts, restored=state)
        again = engine(script(), start=start, **options)
        assert list(again.confirming.waiting) == [name]
        assert TimerId(f"/confirm/{name}") in again.timers
        assert sent(again.process(OrderConfirmed(state.ts, name))) == [(name, Decimal(6))]
