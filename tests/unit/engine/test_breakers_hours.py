"""Breakers that go by an exchange's calendar, and what a breaker that reduces or closes asks for until it is done."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from tests.unit.engine.breaking import COINS, NEITHER, account, again, changes, entry, state, worth
from tradewind.domain import events as ev
from tradewind.domain.breakers import BreakerAction, BreakerDrilled, BreakerState, EquityAnchored
from tradewind.domain.commands import FollowCalendar, SetTimer, SubmitOrder
from tradewind.domain.control import BreakerDrillRequested, BreakerTripRequested
from tradewind.domain.order import Purpose
from tradewind.domain.time import NEVER, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND
from tradewind.engine.breaker_watch import CLOSE_AGAIN_NS, TIMER
from tradewind.engine.engine import Engine
from tradewind.engine.risk_feed import calendars
from tradewind.risk.breakers.hours import Hours
from tradewind.risk.breakers.settings import AccountLimits, BreakerSettings, TradingHours
from tradewind.testing import bar, engine, filled, instrument, order_spec, quote, rejected, script, started
from tradewind.testing import settings as engine_settings

if TYPE_CHECKING:
    from tradewind.domain.step import Step
    from tradewind.risk.breakers.board import Board

A, D, S = BreakerAction, Decimal, BreakerState
H, SECOND = NS_PER_HOUR, NS_PER_SECOND
HOURS = replace(NEITHER, trading_hours=TradingHours("XNYS", 5 * NS_PER_MINUTE, A.FLATTEN))
BY_SESSION = BreakerSettings(account=AccountLimits(), max_drawdown=None, day_calendar="XNYS")


def day(number: int, opens: int, closes: int, told: int) -> ev.TradingDay:
    return ev.TradingDay("XNYS", f"day {number}", opens, closes, told)


def fired(made: Any, at: int) -> Step:
    return made.process(ev.TimerFired(TIMER, at))


def opened(settings: BreakerSettings, first: ev.TradingDay) -> Engine:
    """Return the account of `breaking`, of a session that was told a trading day as it began."""
    made = engine(script(), start=started(USDT=10_000), breakers=settings)
    made.process(first)
    made.process(bar(100.0))
    made.orders.submit(order_spec(quantity=COINS, id="held"))
    made.process(filled("held", COINS, 100, ts=made.view.now))
    return made


def board(made: Engine) -> Board:
    assert made.breakers is not None
    return made.breakers.board


def closes(step: Step) -> list[Decimal]:
    return [
        each.order.quantity
        for each in step.effects
        if isinstance(each, SubmitOrder) and each.order.purpose is Purpose.BREAKER
    ]


def timers(step: Step) -> list[int]:
    return [each.at for each in step.effects if isinstance(each, SetTimer) and each.timer == TIMER]


def test_the_end_of_a_session_trips_and_the_next_one_lets_go() -> None:
    made = engine(script(), breakers=HOURS)
    end = 2 * H - 5 * NS_PER_MINUTE
    step = made.process(day(1, 0, 2 * H, 0))
    assert not changes(step)
    assert timers(step) == [end]
    made = opened(HOURS, day(1, 0, 2 * H, 0))
    assert entry(made) == ""
    assert not changes(made.process(bar(100.0, end // NS_PER_MINUTE - 2)))
    step = fired(made, end)
    (tripped,) = changes(step)
    assert (tripped.breaker, tripped.state) == ("trading_hours", S.TRIPPED)
    (close,) = [each.order for each in step.effects if isinstance(each, SubmitOrder)]
    assert close.quantity == D(COINS)
    made.process(filled(close.id, COINS, 100, ts=end, trade_id="c"))
    assert not timers(fired(made, end + CLOSE_AGAIN_NS)), "nothing is held any more"
    assert entry(made) == "session_closed"
    step = made.process(day(2, 24 * H, 26 * H, 23 * H))
    assert not changes(step), "told before it opens"
    assert 24 * H in timers(step)
    (cleared,) = changes(fired(made, 24 * H))
    assert cleared.state is S.CLOSED
    assert entry(made) == ""


def test_what_was_not_told_is_closed() -> None:
    """As the market begins to move: a session that runs was told with the start, and nothing was closed for it."""
    made = account(HOURS)
    assert state(made, "trading_hours") is S.TRIPPED
    made = engine(script(), breakers=HOURS)
    made.process(quote(99.0, 101.0))
    assert state(made, "trading_hours") is S.CLOSED
    assert entry(made) == "session_closed"


def test_who_follows_from_a_checkpoint_takes_no_market_for_closed_that_it_was_not_told_of() -> None:
    made = opened(HOURS, day(1, 0, 2 * H, 0))
    follower = Engine([instrument()], {}, engine_settings(breakers=HOURS), recording=False)
    follower.restore(made.state())
    follower.follow(made.process(bar(100.0, 1)))
    assert state(follower, "trading_hours") is S.CLOSED
    follower.follow(fired(made, 2 * H - 5 * NS_PER_MINUTE))
    assert state(follower, "trading_hours") is S.TRIPPED
    assert follower.state().breakers == made.state().breakers


def test_a_lunch_break_is_closed() -> None:
    made = opened(
        replace(NEITHER, trading_hours=TradingHours("XTKS")),
        ev.TradingDay("XTKS", "d", 0, 6 * H, 0, ts_break=2 * H, ts_resume=3 * H),
    )
    assert not board(made).opened
    assert [each.state for each in changes(fired(made, 2 * H))] == [S.TRIPPED]
    assert [each.state for each in changes(fired(made, 3 * H))] == [S.CLOSED]


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (0, "XTKS trades from 1970-01-01T01:00:00Z"),
        (2 * H, "XTKS trades on from 1970-01-01T03:00:00Z"),
        (6 * H - 300 * SECOND, "XTKS closes at 1970-01-01T06:00:00Z, and its last 300 s take no entries"),
        (6 * H, "XTKS trades from 1970-01-02T01:00:00Z"),
        (30 * H, "XTKS is closed"),
    ],
)
def test_the_reason_says_what_the_market_does_now(at: int, reason: str) -> None:
    hours = Hours(TradingHours("XTKS", 300 * SECOND))
    for number in (1, 0):  # the next day is told in the middle of this one, but order is not relied on
        opens = number * 24 * H
        lunch: Any = {"ts_break": opens + 2 * H, "ts_resume": opens + 3 * H}
        hours.hear(ev.TradingDay("XTKS", f"{number}", opens + H, opens + 6 * H, 0, **lunch))
    assert not hours.is_open(at)
    assert hours.reason(at) == reason


def test_the_calendars_are_asked_for_at_the_start() -> None:
    made = engine(script(), breakers=replace(BY_SESSION, trading_hours=TradingHours("XLON")))
    assert calendars(made) == [FollowCalendar("XLON"), FollowCalendar("XNYS")]


def test_a_days_loss_ends_with_the_session_of_the_exchange() -> None:
    """RP 15.1: and what begins after a close belongs to the next session, though nobody has told it yet."""
    made = account(BY_SESSION)
    made.process(day(1, 0, 2 * H, made.view.now))
    assert [each.breaker for each in changes(worth(made, 9_700))] == ["account_daily"]
    midnight = 24 * 60
    made.process(bar(94.0, 2 * 60 - 2))
    assert entry(made) == "daily_loss"
    step = made.process(bar(94.0, 2 * 60 - 1))
    assert [each.state for each in changes(step)] == [S.CLOSED], "at the close of 02:00, not at midnight"
    assert EquityAnchored("day", D(10_000), D(9_700)) in step.notices
    assert board(made).worth.day_until == NEVER
    step = made.process(bar(93.0, midnight))
    assert EquityAnchored("day", D(10_000), D(9_700)) not in step.notices, "no day begins at midnight"
    made.process(day(2, 30 * H, 32 * H, 29 * H))
    assert board(made).worth.day_until == 32 * H
    assert state(again(made, BY_SESSION), "account_daily") is S.CLOSED
    assert board(again(made, BY_SESSION)).worth.day_until == 32 * H
    tripped = changes(made.process(bar(88.0, 30 * 60)))
    assert [(each.breaker, each.until) for each in tripped] == [("account_daily", 32 * H)]


def test_a_reduction_that_is_refused_is_asked_for_again_until_half_is_left() -> None:
    made = account(replace(NEITHER, manual=A.REDUCE))
    step = made.process(BreakerTripRequested(made.view.now, reason="half"))
    (first,) = [each.order for each in step.effects if isinstance(each, SubmitOrder)]
    assert first.quantity == D(25)
    assert timers(step) == [made.view.now + CLOSE_AGAIN_NS]
    made.process(rejected(first.id, ts=made.view.now))
    step = fired(made, made.view.now + CLOSE_AGAIN_NS)
    (second,) = [each.order for each in step.effects if isinstance(each, SubmitOrder)]
    assert (second.quantity, second.reduce_only) == (D(25), True)
    assert closes(fired(made, made.view.now + CLOSE_AGAIN_NS)) == [], "it is on its way"
    made.process(filled(second.id, 10, 100, ts=made.view.now, trade_id="p1"))
    made.process(ev.OrderCancelled(second.id, "the venue has ended it", made.view.now, made.view.now))
    other = again(made, replace(NEITHER, manual=A.REDUCE))
    step = fired(other, made.view.now + CLOSE_AGAIN_NS)
    assert closes(step) == [D(15)], "after a restart too: 40 are held, and 25 are to be left"
    (third,) = [each.order for each in step.effects if isinstance(each, SubmitOrder)]
    other.process(filled(third.id, 15, 100, ts=other.view.now, trade_id="p2"))
    step = fired(other, other.view.now + CLOSE_AGAIN_NS)
    assert (closes(step), timers(step), board(other).reducing) == ([], [], ())


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [(A.FLATTEN, A.FLATTEN, 50), (A.REDUCE, A.REDUCE, 25), (A.REDUCE, A.FLATTEN, 50), (A.FLATTEN, A.REDUCE, 50)],
)
def test_two_breakers_that_trip_at_one_event_close_once(one: BreakerAction, other: BreakerAction, wanted: int) -> None:
    """Nothing of it is refused, as it would be if the second asked for the same again."""
    limits = BreakerSettings(account=AccountLimits(action=one), max_drawdown=None, stale_data=None)
    made = account(replace(limits, drawdown=None))
    known = board(made).breakers
    known["account_daily"].action, known["account_drawdown"].action = one, other
    step = worth(made, 8_400)
    assert [each.breaker for each in changes(step)] == ["account_daily", "account_drawdown"]
    assert sum(closes(step)) == D(wanted)
    assert not step.refusals


def test_lesson_160_and_168_the_hours_can_be_drilled() -> None:
    made = opened(HOURS, day(1, 0, 2 * H, 0))
    step = made.process(BreakerDrillRequested(made.view.now, "trading_hours"))
    (drilled,) = [notice for notice in step.notices if isinstance(notice, BreakerDrilled)]
    assert (drilled.tripped, drilled.refused, drilled.reduction) == (True, "session_closed", "")
