"""Trading days and weeks of markets that never close, by the clock of a place: summer time moves them in UTC.

Such a calendar is known by a name that says all of it: `days 17:00 America/New_York`, `weeks Fri 17:00 Sun 17:00 UTC`
(its weekend begins on Friday). A week is told as a day whose close is where the weekend begins.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tradewind.domain.events import TradingDay
from tradewind.domain.instrument import ALWAYS_OPEN
from tradewind.domain.time import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.time import TimeNs

WEEK_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAYS = re.compile(r"days (\d\d):(\d\d) (\S+)")
_WEEKS = re.compile(r"weeks (\w{3}) (\d\d):(\d\d) (\w{3}) (\d\d):(\d\d) (\S+)")


def days_name(day_end: str, zone: str) -> str:
    """Return the name of the calendar whose days end at `day_end` in a zone."""
    return ALWAYS_OPEN if (day_end, zone) == ("00:00", "UTC") else f"days {day_end} {zone}"


def weeks_name(begins: str, ends: str, zone: str) -> str:
    """Return the name of the calendar whose weekends begin and end at these times (`Fri 17:00`) in a zone."""
    return f"weeks {begins} {ends} {zone}"


def local_days(name: str, ts: TimeNs) -> Iterator[TradingDay] | None:
    """Return the days, or weeks, of such a calendar that are not over at `ts`; None if the name is of another."""
    found = _DAYS.fullmatch(name)
    if found is not None:
        return _days(name, (int(found[1]), int(found[2])), ZoneInfo(found[3]), ts)
    found = _WEEKS.fullmatch(name)
    if found is None:
        return None
    begins = WEEK_DAYS.index(found[1]), int(found[2]), int(found[3])
    ends = WEEK_DAYS.index(found[4]), int(found[5]), int(found[6])
    return _weeks(name, begins, ends, ZoneInfo(found[7]), ts)


def _days(name: str, end: tuple[int, int], zone: ZoneInfo, ts: TimeNs) -> Iterator[TradingDay]:
    first = datetime.fromtimestamp(ts // NS_PER_SECOND, zone).date() - timedelta(days=1)
    for number in count():
        day = first + timedelta(days=number)
        opens, closes = _at(day - timedelta(days=1), end, zone), _at(day, end, zone)
        if closes > ts:
            yield TradingDay(
                name,
                day.isoformat(),
                opens,
                closes,
                max(opens, ts),
                week_day=day.weekday(),
                week_left=6 - day.weekday(),
            )


def _weeks(
    name: str, begins: tuple[int, int, int], ends: tuple[int, int, int], zone: ZoneInfo, ts: TimeNs
) -> Iterator[TradingDay]:
    today = datetime.fromtimestamp(ts // NS_PER_SECOND, zone).date()
    monday = today - timedelta(days=today.weekday() + 7)
    for number in count():
        first = monday + timedelta(weeks=number)
        closes = _at(first + timedelta(days=begins[0]), begins[1:], zone)
        opens = _at(first + timedelta(days=ends[0] if ends < begins else ends[0] - 7), ends[1:], zone)
        if closes > ts:
            yield TradingDay(name, first.isoformat(), opens, closes, max(opens, ts))


def _at(day: date, clock: tuple[int, ...], zone: ZoneInfo) -> TimeNs:
    """Return a time of day in a zone; one that summer time skips is as much later."""
    local = datetime(day.year, day.month, day.day, clock[0], clock[1], tzinfo=zone)
    return int(local.astimezone(UTC).timestamp()) * NS_PER_SECOND
