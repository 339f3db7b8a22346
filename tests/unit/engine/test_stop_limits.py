"""Lesson 72: a stop with a limit can be jumped by a gap; what it was to protect is out within seconds all the same."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tests.unit.risk.entries import only
from tradewind.domain import events as ev
from tradewind.domain.commands import CancelOrder, SetTimer, SubmitOrder
from tradewind.domain.control import Halted, Paused
from tradewind.domain.order import OrderType, Purpose, Side
from tradewind.domain.time import NS_PER_SECOND
from tradewind.engine.engine import Engine
from tradewind.engine.stop_limits import LEAVES, WAITS
from tradewind.risk.limits import Limits
from tradewind.testing import accepted, bar, cancelled, engine, filled, instrument, rejected, script, started
from tradewind.testing import settings as engine_settings

if TYPE_CHECKING:
    from tradewind.domain.step import Step

D = Decimal
LIMITS = Limits(parameters=only(stop_limit_seconds=5))
FIVE = 5 * NS_PER_SECOND


def strategy() -> Any:
    def on_bar(ctx: Any, _: Any) -> None:
        if not ctx.state.get("begun"):
            ctx.state["begun"] = True
            ctx.buy(2)

    def on_fill(ctx: Any, fill: Any) -> None:
        if fill.side is Side.BUY:
            ctx.sell(2, stop=98, limit=97, reduce_only=True)

    return script(on_bar=on_bar, on_fill=on_fill)


def holding(limits: Limits = LIMITS) -> tuple[Engine, str]:
    """Return a session that holds 2 with a stop-limit at rest, and the name of that."""
    made = engine(strategy(), limits=limits)
    (entry,) = (effect.order for effect in made.process(bar(100.0)).effects if isinstance(effect, SubmitOrder))
    made.process(at(made, accepted(entry.id)))
    step = made.process(at(made, filled(entry.id, 2)))
    (stop,) = (effect.order for effect in step.effects if isinstance(effect, SubmitOrder))
    assert stop.type is OrderType.STOP_LIMIT
    made.process(at(made, accepted(stop.id)))
    return made, stop.id


def at(made: Engine, event: Any, after: int = 0) -> Any:
    now = made.view.now + after
    return replace(event, ts_recv=now, ts_venue=now) if hasattr(event, "ts_venue") else replace(event, ts_recv=now)


def triggered(made: Engine, stop: str) -> Step:
    return made.process(ev.OrderTriggered(stop, made.view.now, made.view.now))  # type: ignore[arg-type] # its id


def fired(made: Engine, prefix: str, stop: str, after: int = FIVE) -> Step:
    return made.process(ev.TimerFired(f"{prefix}{stop}", made.view.now + after))  # type: ignore[arg-type] # its name


def cancels(step: Step) -> list[str]:
    return [effect.order for effect in step.effects if isinstance(effect, CancelOrder)]


def closes(step: Step) -> list[tuple[Side, Decimal, bool, Purpose]]:
    sent = [effect.order for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert all(each.type is OrderType.MARKET for each in sent)
    return [(each.side, each.quantity, each.reduce_only, each.purpose) for each in sent]


def out(quantity: str) -> list[Any]:
    return [(Side.SELL, D(quantity), True, Purpose.PROTECTION)]


def test_lesson_72_a_stop_limit_that_a_gap_jumps_is_out_at_the_market_within_seconds() -> None:
    made, stop = holding()
    step = triggered(made, stop)
    assert step.effects == (SetTimer(f"{WAITS}{stop}", made.view.now + FIVE),)  # type: ignore[arg-type] # its name
    made.process(Halted(made.view.now))
    made.process(Paused(made.view.now))
    assert cancels(fired(made, WAITS, stop)) == [stop], "no halt and no pause holds a way out up"
    step = made.process(at(made, cancelled(stop)))
    assert closes(step) == out("2")
    assert f"{LEAVES}{stop}" not in made.timers


def test_one_that_fills_in_time_or_while_it_is_taken_back_is_the_only_exit() -> None:
    made, stop = holding()
    triggered(made, stop)
    made.process(at(made, filled(stop, 2, 97)))
    assert not fired(made, WAITS, stop).effects
    made, stop = holding()
    triggered(made, stop)
    fired(made, WAITS, stop)
    step = made.process(at(made, filled(stop, 2, 97)))
    assert not closes(step)
    assert not fired(made, LEAVES, stop).effects


def test_of_one_that_fills_in_part_the_rest_goes_out() -> None:
    made, stop = holding()
    triggered(made, stop)
    made.process(at(made, filled(stop, "0.5", 97)))
    fired(made, WAITS, stop)
    assert closes(made.process(at(made, cancelled(stop)))) == out("1.5")


def test_one_whose_end_counts_executions_that_are_not_told_yet_closes_no_more_than_is_left() -> None:
    made, stop = holding()
    triggered(made, stop)
    fired(made, WAITS, stop)
    assert closes(made.process(at(made, replace(cancelled(stop), executed=D(1))))) == [], "one may be sold already"
    assert not made.orders.by_id[stop].is_closed  # type: ignore[index] # its id
    assert closes(made.process(at(made, filled(stop, 1)))) == []
    assert made.orders.by_id[stop].is_closed  # type: ignore[index] # its id
    assert closes(fired(made, LEAVES, stop)) == out("1")


def test_a_cancel_that_is_not_answered_is_asked_for_again_and_a_restart_goes_on_with_that() -> None:
    made, stop = holding()
    triggered(made, stop)
    fired(made, WAITS, stop)
    made.process(at(made, ev.CancelRejected(stop, "busy", 0, 0)))  # type: ignore[arg-type] # its id
    assert cancels(fired(made, LEAVES, stop)) == [stop]
    first = started(USDT=10_000)
    other = engine(
        strategy(), limits=LIMITS,
        start=type(first)(made.view.now, first.venue, first.balances, restored=made.state()),
    )  # fmt: skip
    assert closes(other.process(at(other, cancelled(stop)))) == out("2")


def test_what_the_strategy_takes_back_itself_is_its_own_affair() -> None:
    made, stop = holding()
    triggered(made, stop)
    step = made.process(at(made, cancelled(stop)))
    assert not closes(step)


def test_without_the_limit_nothing_is_watched_and_who_follows_knows_the_timers() -> None:
    made, stop = holding(Limits())
    assert not triggered(made, stop).effects
    made, stop = holding()
    follower = Engine([instrument()], {}, engine_settings(limits=LIMITS), recording=False)
    follower.restore(made.state())
    for step in (triggered(made, stop), fired(made, WAITS, stop)):
        follower.follow(step)
    assert follower.timers == made.timers
    assert follower.state().orders == made.state().orders


def test_a_close_that_is_refused_is_tried_again() -> None:
    made, stop = holding()
    triggered(made, stop)
    fired(made, WAITS, stop)
    step = made.process(at(made, cancelled(stop)))
    (close,) = [effect.order for effect in step.effects if isinstance(effect, SubmitOrder)]
    step = made.process(at(made, rejected(close.id)))
    assert any(isinstance(each, SetTimer) for each in step.effects), "the guard of exits looks after it"
