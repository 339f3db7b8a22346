"""Days and weeks by the clock of a place: RP 8.2."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest

from tradewind.domain.time import NS_PER_HOUR, NS_PER_SECOND, iso
from tradewind.runtime.calendar import days_of
from tradewind.runtime.calendar_local import days_name, local_days, weeks_name

MARCH_6 = 1_772_755_200 * NS_PER_SECOND


def test_rp_8_2_a_day_that_ends_at_17_in_new_york_follows_summer_time() -> None:
    name = days_name("17:00", "America/New_York")
    days = {day.date: iso(day.ts_close) for day in islice(days_of(name, MARCH_6), 4)}
    assert days["2026-03-06"] == "2026-03-06T22:00:00Z"
    assert days["2026-03-09"] == "2026-03-09T21:00:00Z"


def test_days_follow_each_other_without_a_hole_and_the_present_one_is_told_now() -> None:
    days = list(islice(days_of("days 17:00 America/New_York", MARCH_6 + NS_PER_HOUR), 400))
    assert days[0].ts_recv == MARCH_6 + NS_PER_HOUR
    assert all(one.ts_close == two.ts_open == two.ts_recv for one, two in pairwise(days))


@pytest.mark.parametrize(
    ("begins", "ends", "zone", "close", "opened"),
    [
        ("Sat 00:00", "Mon 00:00", "UTC", "2026-03-07T00:00:00Z", "2026-03-09T00:00:00Z"),
        ("Fri 17:00", "Sun 17:00", "America/New_York", "2026-03-06T22:00:00Z", "2026-03-08T21:00:00Z"),
    ],
)
def test_a_week_is_what_is_between_weekends(begins: str, ends: str, zone: str, close: str, opened: str) -> None:
    first, second = islice(days_of(weeks_name(begins, ends, zone), MARCH_6), 2)
    assert (iso(first.ts_close), iso(second.ts_open)) == (close, opened)


def test_on_a_saturday_the_week_to_come_is_told_when_it_begins() -> None:
    saturday = MARCH_6 + 30 * NS_PER_HOUR
    (week,) = islice(days_of("weeks Sat 00:00 Mon 00:00 UTC", saturday), 1)
    assert iso(week.ts_recv) == "2026-03-09T00:00:00Z"


def test_midnight_utc_is_the_calendar_that_there_was_and_other_names_are_of_others() -> None:
    assert days_name("00:00", "UTC") == "24/7"
    assert local_days("XNYS", 0) is None
