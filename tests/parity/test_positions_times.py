"""Time exits and the early cut, written out: the same in a backtest, on paper and at an exchange (RP 8, RP 9).

The session begins on Tuesday, 14 November 2023, 22:00 UTC.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from tests.parity.positions import fills, planned, written
from tests.parity.scripts import Script, bar_of, bars, notices, refusals, three_ways
from tests.parity.worlds import START
from tradewind.domain.events import OrderFilled
from tradewind.domain.exits import ExitBegun, ExitLate
from tradewind.domain.step import RefusalCode
from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from tradewind.risk.exits.plan import EarlyCutPlan, PartialPlan, TimePlan

if TYPE_CHECKING:
    from tradewind.domain.step import Step

D = Decimal
HOURS: dict[str, Any] = {"data_interval": "1h", "interval": "1h"}
NEVER_HELD = TimePlan(max_holding_ns=None)


def session(*closes: float, **terms: Any) -> list[Step]:
    script, scenario = written(*closes, **terms)
    return three_ways(script, **scenario)


def begun(steps: list[Step]) -> list[tuple[int, str]]:
    """Return after how many hours of the session each exit began, and why."""
    return [
        ((step.event.ts_recv - START) // NS_PER_HOUR, notice.why)
        for step in steps for notice in step.notices if isinstance(notice, ExitBegun)
    ]  # fmt: skip


def hourly(count: int, **policies: Any) -> list[Step]:
    return session(*[100.0] * count, **(HOURS | policies))


def test_rp_8_1_at_the_end_of_the_utc_day_though_no_calendar_is_named() -> None:
    """Midnight is two hours into the session."""
    plan = TimePlan(None, end_of_day=True, days="24/7")
    assert begun(hourly(5, time=plan)) == [(2, "end_of_day")]
    overnight = TimePlan(None, no_overnight=True, days="24/7")
    assert begun(hourly(5, time=overnight)) == [(2, "overnight")]


def test_rp_8_5_a_block_without_restrictions_sets_none() -> None:
    assert begun(hourly(80, time=NEVER_HELD)) == []


@pytest.mark.parametrize("hours", [1, 24])
def test_rp_8_6_holding_ends_at_the_entry_and_so_many_hours(hours: int) -> None:
    """The entry fills at the open of the second bar, one hour into the session."""
    steps = hourly(hours + 3, time=TimePlan(hours * NS_PER_HOUR))
    assert begun(steps) == [(hours + 1, "max_holding")]
    due = next(step for step in steps for notice in step.notices if isinstance(notice, ExitBegun))
    entry = next(step.event for step in steps if isinstance(step.event, OrderFilled))
    assert due.event.ts_recv == entry.ts_venue + hours * NS_PER_HOUR


def test_rp_8_7_flat_before_the_weekend_and_nothing_is_opened_in_it() -> None:
    """Friday midnight is 74 hours into the session; on Saturday it wants to buy again, and on Monday."""
    plan = TimePlan(None, weekend=True, weeks="weeks Sat 00:00 Mon 00:00 UTC")
    again = {number: lambda ctx: ctx.buy(1) for number in (80, 121, 122)}
    steps = hourly(125, time=plan, acts=again)
    assert begun(steps) == [(74, "weekend")]
    codes = [(bar_of(step, "1h"), refused.code) for step in steps for refused in step.refusals]
    assert codes == [(80, RefusalCode.SESSION_CLOSED)], "at the end of bar 121 it is Monday"
    assert fills(steps)[-1][0] == "entry"


def test_rp_8_4_an_early_close_of_an_exchange_and_its_holidays() -> None:
    """XNYS, 24 November 2023: closes at 18:00 UTC, so it is left at 17:55; the day before there is no session."""
    pytest.importorskip("exchange_calendars", reason="the extra 'calendars' is not installed")
    plan = TimePlan(None, end_of_day=True, days="XNYS", flat_before_ns=300 * 10**9, has_sessions=True)
    enters = 8 * 24 + 16  # Thanksgiving, 14:00 UTC
    steps = session(
        *[100.0] * (enters + 30), at=None, stop=None, buys=1, time=plan, **HOURS,
        acts={0: lambda ctx: None, enters: lambda ctx: ctx.buy(1)},
    )  # fmt: skip
    times = [step.event.ts_recv for step in steps for notice in step.notices if isinstance(notice, ExitBegun)]
    early_close = START + 10 * NS_PER_DAY - 4 * NS_PER_HOUR
    assert times == [early_close - 5 * NS_PER_MINUTE]


def test_rp_8_8_what_cannot_be_closed_is_tried_until_it_is_and_warned_of() -> None:
    """Ten minutes after the entry the market stands still for forty: the close waits, and that is said twice."""
    made = bars(*[100.0] * 60)
    plan = planned(time=TimePlan(10 * NS_PER_MINUTE))
    made_of = Script.of((*made[:11], *made[51:]), {0: lambda ctx: ctx.buy(1, limit=100)}, settings=plan)
    steps = three_ways(made_of, free=True)
    assert [(at, told.why) for at, told in notices(steps, ExitLate)] == [(25, "max_holding"), (40, "max_holding")]
    assert [fill[:3] for fill in fills(steps)[1:]] == [("time_limit", "sell", D(1))]


def test_no_entry_before_the_end_of_a_day() -> None:
    plan = TimePlan(None, days="24/7", no_entry_before_ns=30 * NS_PER_MINUTE)
    tries = {number: lambda ctx: ctx.buy(1) for number in (88, 89, 90, 118, 119)}
    steps = session(*[100.0] * 125, time=plan, acts=tries)
    assert [at for at, _ in refusals(steps)] == [89, 90, 118], "from 23:30:00 on, and at 00:00:00 no more"


def test_a_second_reason_joins_the_first_and_a_part_becomes_the_whole() -> None:
    """RP 10: one exit at a time."""
    both = TimePlan(2 * NS_PER_HOUR, end_of_day=True, days="24/7")
    steps = hourly(6, time=both, partial=PartialPlan())
    assert begun(steps) == [(2, "end_of_day")]
    assert [fill[0] for fill in fills(steps)] == ["entry", "time_limit"]


def cut(*highs: float, window: int = 3, threshold: str = "0.015") -> list[tuple[int, str]]:
    plan = EarlyCutPlan(D(threshold), window * NS_PER_HOUR)
    return begun(session(*highs, early_cut=plan, **HOURS))


def test_rp_9_1_the_best_move_inside_the_window_decides() -> None:
    """The entry fills at the open of bar 1, so bars 2 and 3 are the window of three hours after that of the entry."""
    assert cut(100, 101.4, 100, 100) == [(4, "early_cut")]
    assert cut(100, 101.4999, 100, 100) == [(4, "early_cut")], "strictly below"
    assert cut(100, 101.5, 100, 100) == [], "at it is reached"
    assert cut(100, 100, 100, 103, 100) == [(4, "early_cut")], "what comes after the window rescues nothing"


def test_rp_9_1_the_bar_of_the_entry_does_not_count() -> None:
    """It goes to 103 in it, and opens lower."""

    made = bars(100, 100, 100, 100, 100, interval="1h")
    high = (made[0], replace(made[1], high=103.0), *made[2:])
    plan = planned(early_cut=EarlyCutPlan(D("0.015"), 3 * NS_PER_HOUR), **HOURS)
    made_of = Script.of(high, {0: lambda ctx: ctx.buy(1, limit=100)}, settings=plan)
    assert begun(three_ways(made_of, free=True)) == [(4, "early_cut")]
    later = (*made[:2], replace(made[2], high=103.0), *made[3:])
    made_of = Script.of(later, {0: lambda ctx: ctx.buy(1, limit=100)}, settings=plan)
    assert begun(three_ways(made_of, free=True)) == []


def test_rp_9_1_where_bars_are_missing_it_is_held() -> None:

    made = bars(100, 100, 100, 100, 100, 100, interval="1h")
    plan = planned(early_cut=EarlyCutPlan(D("0.015"), 3 * NS_PER_HOUR), **HOURS)
    holed = (*made[:2], *made[3:])
    made_of = Script.of(holed, {0: lambda ctx: ctx.buy(1, limit=100)}, settings=plan)
    assert begun(three_ways(made_of, free=True)) == []
