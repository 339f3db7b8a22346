"""Breakers of everything but equity, at, below and above each limit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.engine.breaking import account, changes, entry, exit_, state, worth
from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenuePosition
from tradewind.domain.breakers import BreakerAction, BreakerState
from tradewind.domain.commands import QueryAccount, SetTimer
from tradewind.domain.control import (
    BreakerDrillRequested,
    BreakerFed,
    BreakerResetRequested,
    Degraded,
    Restored,
)
from tradewind.domain.ids import Asset
from tradewind.domain.order import Side
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND
from tradewind.engine.breaker_watch import TIMER
from tradewind.engine.engine import Engine
from tradewind.risk.breakers.settings import Bound, BreakerSettings, DailyLoss, Drawdown, Window
from tradewind.testing import BTC, bar, engine, filled, instrument, intent, order_spec, rejected, script, started
from tradewind.testing import settings as engine_settings

if TYPE_CHECKING:
    from tradewind.domain.step import Step
    from tradewind.risk.breakers.board import Board

S, A = BreakerState, BreakerAction
D = Decimal
SECONDS = D(NS_PER_SECOND)
ETH = instrument("ETHUSDT").id
ALL = BreakerSettings(
    daily_loss=DailyLoss(amount=D(500)), drawdown=Drawdown(D("0.1")), order_rate=Window(10), error_rate=Window(5),
    consecutive_losses=Window(3, cool_ns=NS_PER_MINUTE), stale_data=Bound(600 * SECONDS), clock_skew=Bound(2 * SECONDS),
    reconciliation=Bound(D(2)), alignment=Bound(D("0.1")),
)  # fmt: skip


def only(**settings: Any) -> Engine:
    return account(BreakerSettings(account=None, max_drawdown=None, **settings))


def board_of(made: Engine) -> Board:
    assert made.breakers is not None
    return made.breakers.board


def send(made: Engine, times: int) -> None:
    for number in range(times):
        verdict = made.risk.review(intent(quantity="0.001", id=f"o-{number}"))
        assert isinstance(verdict, tuple), verdict
    made.words.clear()


def fired(made: Engine, ts: int) -> Step:
    return made.process(ev.TimerFired("/breakers", ts))  # type: ignore[arg-type] # its name


def other(made: Engine, ts: int) -> Step:
    """Let something else happen, that is none of the breakers' concern."""
    return made.process(ev.TimerFired("s/other", ts))  # type: ignore[arg-type] # its name


def snapshot(made: Engine, number: int, btc: Any = 50) -> ev.AccountSnapshot:
    """Say that the account has so many coins; a difference is certain when it is told again six seconds later."""
    balances = (Balance(Asset("USDT"), D(5_000)), Balance(Asset("BTC"), D(btc)))
    ts = made.view.now = made.view.now + 6 * NS_PER_SECOND
    held = (VenuePosition(BTC, D(btc), D(100)),)
    return ev.AccountSnapshot("binance", balances, held, ts, ts, orders=(), fills=(), number=number)


# --- order rate -------------------------------------------------------------------------------------


def test_cb_3_and_mw_39_the_eleventh_order_trips_and_the_window_lets_go_by_itself() -> None:
    made = only(order_rate=Window(10))
    send(made, 10)
    other(made, made.view.now + 59 * NS_PER_SECOND)
    assert entry(made) == "order_rate"
    assert state(made, "order_rate") is S.TRIPPED
    assert exit_(made) == "", "exits pass, and count"
    other(made, made.view.now + NS_PER_SECOND)
    assert entry(made) == "", "the first is 60 s old"


def test_an_exit_after_the_trip_makes_its_end_later_at_once() -> None:
    """Not at the next look at equity: who takes over looks at other moments, and would know another end."""
    made = only(order_rate=Window(2))
    send(made, 1)
    other(made, made.view.now + NS_PER_SECOND)
    send(made, 1)
    second = made.view.now
    assert entry(made) == "order_rate"
    exit_(made)
    kept = made.state().breakers
    assert kept is not None
    assert [each.until for each in kept.breakers] == [second + NS_PER_MINUTE]


def test_cb_3_time_lets_it_go_not_traffic() -> None:
    made = only(order_rate=Window(2))
    send(made, 2)
    sent_at = made.view.now
    step = made.process(BreakerDrillRequested(sent_at, "manual"))  # any event in which an entry is asked for
    assert entry(made) == "order_rate"
    other(made, sent_at + NS_PER_SECOND)
    assert state(made, "order_rate") is S.TRIPPED
    step = fired(made, sent_at + NS_PER_MINUTE)
    assert [each.state for each in changes(step)] == [S.CLOSED]


def test_lesson_169_a_reset_forgets_the_burst_and_the_next_burst_trips_again() -> None:
    made = only(order_rate=Window(3))
    send(made, 3)
    assert entry(made) == "order_rate"
    step = made.process(BreakerResetRequested(made.view.now, "order_rate", "a loop in my code", "ann"))
    number = next(effect.number for effect in step.effects if isinstance(effect, QueryAccount))
    assert entry(made) == "order_rate", "until the account was compared"
    (proven,) = changes(made.process(snapshot(made, number)))
    assert proven.state is S.CLOSED
    send(made, 3)
    assert entry(made) == "order_rate"
    assert not changes(fired(made, made.view.now + NS_PER_MINUTE - 1))
    assert [each.state for each in changes(fired(made, made.view.now + 1))] == [S.CLOSED]
    send(made, 3)
    assert entry(made) == "order_rate"


# --- errors, losses, data, clock, account, shadow -----------------------------------------------------


@pytest.mark.parametrize(("errors", "refused"), [(4, ""), (5, ""), (6, "breaker")])
def test_cb_1_more_than_so_many_errors_trip(errors: int, refused: str) -> None:
    made = only(error_rate=Window(5, 300 * NS_PER_SECOND))
    for number in range(errors):
        if number % 2:
            made.process(ev.LinkChanged("binance", "market", up=False, ts_recv=made.view.now))
        else:
            made.orders.submit(order_spec(id=f"r-{number}"))
            made.process(rejected(f"r-{number}", made.view.now))
    assert entry(made) == refused
    assert exit_(made) == ""
    if refused:
        assert [each.state for each in changes(fired(made, made.view.now + 300 * NS_PER_SECOND))] == [S.CLOSED]


def test_cb_1_and_lesson_166_a_strategy_that_raises_is_an_error_and_a_refusal_is_none() -> None:
    def on_bar(ctx: Any, _: Any) -> None:
        ctx.buy("0.001") if ctx.price() == 100 else ctx.no_such_word()

    made = engine(
        script(on_bar=on_bar), start=started(USDT=10), halt_on_strategy_error=False,
        breakers=BreakerSettings(account=None, max_drawdown=None, error_rate=Window(2, 3_600 * NS_PER_SECOND)),
    )  # fmt: skip
    for number in range(5):
        made.process(bar(100.0, number))
    for number in range(5, 7):
        assert not changes(made.process(bar(101.0, number)))
    (tripped,) = changes(made.process(bar(101.0, 7)))
    assert "no_such_word" in tripped.reason


@pytest.mark.parametrize("outcome", ["two", "three", "a win between"])
def test_so_many_losses_in_a_row_are_followed_by_a_cool_down(outcome: str) -> None:
    made = only(consecutive_losses=Window(3, cool_ns=5 * NS_PER_MINUTE, action=A.REFUSE))
    prices = {"two": (99, 99), "three": (99, 99, 99), "a win between": (99, 99, 101, 99, 99)}[outcome]
    for number, price in enumerate(prices):
        made.orders.submit(order_spec(Side.SELL, 50, id=f"s-{number}", reduce_only=True))
        step = made.process(filled(f"s-{number}", 50, price, ts=made.view.now, trade_id=f"s{number}"))
        made.orders.submit(order_spec(Side.BUY, 50, id=f"b-{number}"))
        made.process(filled(f"b-{number}", 50, 100, ts=made.view.now, trade_id=f"b{number}"))
    if outcome != "three":
        assert entry(made, "0.001") == ""
        return
    assert [each.state for each in changes(step)] == [S.TRIPPED, S.COOLING]
    due = made.view.now + 5 * NS_PER_MINUTE
    assert SetTimer(TIMER, due) in step.effects, "nothing else may ever look at it again"
    assert entry(made, "0.001") == "breaker"
    assert exit_(made) == ""
    assert not changes(fired(made, due - 1))
    assert [each.state for each in changes(fired(made, due))] == [S.CLOSED]
    assert entry(made, "0.001") == ""


@pytest.mark.parametrize(("seconds", "refused"), [(599, ""), (600, "breaker"), (601, "breaker")])
def test_a_price_that_is_too_old_trips_until_all_are_fresh(seconds: int, refused: str) -> None:
    made = only(stale_data=Bound(600 * SECONDS))
    fired(made, made.view.now + seconds * NS_PER_SECOND)
    assert entry(made, "0.001") == refused
    worth(made, 10_000, minutes=11)
    assert entry(made, "0.001") == ""


def test_time_tells_that_a_price_is_too_old_when_nothing_comes_at_all() -> None:
    made = only(stale_data=Bound(600 * SECONDS))
    assert made.timers == {"/breakers": 600 * NS_PER_SECOND}, "from the start, when no price was there"
    assert not changes(fired(made, 600 * NS_PER_SECOND))
    assert made.timers == {"/breakers": NS_PER_MINUTE + 600 * NS_PER_SECOND}, "from the price that came"
    step = fired(made, NS_PER_MINUTE + 600 * NS_PER_SECOND)
    assert [each.breaker for each in changes(step)] == ["stale_data"]


def beside(*others: Any, settings: Any = None, start: Any = None) -> Engine:
    """Return an engine with bitcoin and other instruments, of which nothing has been heard yet."""
    bound = settings or BreakerSettings(account=None, max_drawdown=None, stale_data=Bound(600 * SECONDS))
    return engine(
        script(), instruments=[instrument("BTCUSDT"), *others], start=start or started(USDT=10_000), breakers=bound
    )


@pytest.mark.parametrize(("seconds", "tripped"), [(599, False), (600, True), (601, True)])
def test_a_feed_that_was_dead_from_the_start_is_as_old_as_the_session(seconds: int, tripped: bool) -> None:
    made = beside(instrument("ETHUSDT"))
    assert made.timers == {"/breakers": 600 * NS_PER_SECOND}, "nothing else may ever come"
    made.process(bar(100.0, ts_venue=seconds * NS_PER_SECOND, ts_recv=seconds * NS_PER_SECOND))
    found = {each.name for each in board_of(made).opened}
    assert found == ({"stale_data"} if tripped else set())
    if tripped:
        assert board_of(made).breakers["stale_data"].reason == f"{ETH} has had no price for {seconds} s"
        assert entry(made, "0.001") == "breaker"
        made.process(bar(10.0, ts_venue=made.view.now, ts_recv=made.view.now, of=ETH))
        assert entry(made, "0.001") == ""


def test_a_feed_that_was_dead_from_the_start_is_dead_after_a_restart_and_for_who_follows() -> None:
    made = beside(instrument("ETHUSDT"))
    follower = Engine(
        [instrument("BTCUSDT"), instrument("ETHUSDT")], {}, engine_settings(breakers=made.settings.breakers),
        recording=False,
    )  # fmt: skip
    follower.restore(made.state())
    follower.follow(made.process(bar(100.0, 9)))
    follower.follow(made.process(bar(100.0, 10)))
    assert state(made, "stale_data") is state(follower, "stale_data") is S.TRIPPED
    assert follower.state().breakers == made.state().breakers
    start = started(USDT=10_000)
    other = beside(
        instrument("ETHUSDT"), start=type(start)(made.view.now, start.venue, start.balances, restored=made.state())
    )
    other.process(bar(100.0, 11))
    assert state(other, "stale_data") is S.TRIPPED, "it is not fresh because nothing is known of it"
    other.process(bar(10.0, 12, of=ETH))
    assert state(other, "stale_data") is S.CLOSED


def test_history_that_is_shown_is_no_feed_and_an_exchange_at_night_is_none_to_wait_for() -> None:
    made = beside(start=started(warming=True, USDT=10_000))
    made.process(bar(100.0, 3))
    made.process(ev.WarmupEnded(100 * NS_PER_MINUTE))
    assert state(made, "stale_data") is S.TRIPPED, "the last of history is 96 minutes old"
    made = beside(instrument("ETHUSDT"), start=started(warming=True, USDT=10_000))
    made.process(bar(100.0, 98))
    made.process(ev.WarmupEnded(100 * NS_PER_MINUTE))
    assert made.timers == {"/breakers": 99 * NS_PER_MINUTE + 600 * NS_PER_SECOND}
    assert state(made, "stale_data") is S.CLOSED, "the session waits from here on"
    made = beside(instrument("ETHUSDT", calendar="XNYS"))
    made.process(bar(10.0, of=ETH))
    made.process(bar(100.0, 8))
    fired(made, made.timers[TIMER])
    assert made.timers == {TIMER: 19 * NS_PER_MINUTE}, "of bitcoin alone: no timer a nanosecond later, for ever"
    made.process(bar(100.0, 17))
    fired(made, 19 * NS_PER_MINUTE)
    assert state(made, "stale_data") is S.CLOSED
    assert made.timers == {TIMER: 28 * NS_PER_MINUTE}
    fired(made, 28 * NS_PER_MINUTE)
    assert state(made, "stale_data") is S.TRIPPED, "of bitcoin"


@pytest.mark.parametrize(("seconds", "refused"), [(1, ""), (2, "breaker"), (3, "breaker")])
def test_data_from_our_future_trip_until_the_clocks_agree(seconds: int, refused: str) -> None:
    made = only(clock_skew=Bound(2 * SECONDS))
    minute = NS_PER_MINUTE
    made.process(bar(100.0, 1, ts_venue=2 * minute + seconds * NS_PER_SECOND, ts_recv=2 * minute))
    assert entry(made, "0.001") == refused
    made.process(bar(100.0, 3))
    assert entry(made, "0.001") == ""


def test_the_cool_down_of_clocks_that_agree_again_ends_in_time() -> None:
    made, minute = only(clock_skew=Bound(2 * SECONDS, cool_ns=5 * NS_PER_MINUTE)), NS_PER_MINUTE
    made.process(bar(100.0, 1, ts_venue=2 * minute + 3 * NS_PER_SECOND, ts_recv=2 * minute))
    step = made.process(bar(100.0, 3))
    assert [each.state for each in changes(step)] == [S.COOLING]
    due = made.view.now + 5 * minute
    assert SetTimer(TIMER, due) in step.effects
    assert [each.state for each in changes(fired(made, due))] == [S.CLOSED]


def test_a_clock_that_was_moved_trips_until_it_is_believed_again() -> None:
    made = only(clock_skew=Bound(2 * SECONDS))
    (tripped,) = changes(made.process(Degraded(made.view.now, "clock", "moved by 5 s", cancel_only=True)))
    assert tripped.reason == "moved by 5 s"
    (closed,) = changes(made.process(Restored(made.view.now, "clock")))
    assert closed.state is S.CLOSED


@pytest.mark.parametrize(("comparisons", "refused"), [((1,), False), ((1, 0, 1), False), ((1, 1), True)])
def test_two_critical_comparisons_in_a_row_latch(comparisons: tuple[int, ...], refused: bool) -> None:
    made = account(BreakerSettings(account=None, max_drawdown=None, reconciliation=Bound(D(2))))
    before = 0
    for number, differs in enumerate(comparisons, start=1):
        if differs and not before:
            made.process(snapshot(made, number, btc=5))  # seen once, it is not certain
        made.process(snapshot(made, number, btc=5 if differs else 50))
        before = differs
    assert (state(made, "reconciliation") is S.LATCHED) is refused


@pytest.mark.parametrize(("value", "refused"), [("0.09", ""), ("0.10", "breaker"), ("0.11", "breaker")])
def test_a_shadow_that_diverges_latches(value: str, refused: str) -> None:
    made = only(alignment=Bound(D("0.10")))
    made.process(BreakerFed(made.view.now, "alignment", D(value), "the shadow has sold"))
    assert entry(made, "0.001") == refused
