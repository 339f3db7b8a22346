"""The block `positions.time`: when a position ends by time, and which days and weeks are meant."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from tradewind.domain.instrument import ALWAYS_OPEN
from tradewind.domain.time import NS_PER_HOUR, NS_PER_SECOND
from tradewind.risk.exits.plan import TimePlan
from tradewind.runtime.calendar import code_of
from tradewind.runtime.calendar_local import days_name, weeks_name
from tradewind.venues.registry.fields import NotNegative, Positive, Settings, mistake

_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_WEEK_TIME = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:[01]\d|2[0-3]):[0-5]\d")
CALENDAR_BEFORE, ALWAYS_BEFORE = Decimal(300), Decimal(0)
"""So many seconds before its end a position is closed, unless told otherwise: at the close no order fills any more."""


def _clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise mistake("a time of day is due, such as 17:00")
    return text


def zone_of(name: str) -> str:
    """Return the name of a time zone; refuse one that is none."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        raise mistake("no such time zone; a name is like UTC or America/New_York") from None


def _week_time(text: str) -> str:
    if not _WEEK_TIME.fullmatch(text):
        raise mistake("a day and a time are due, such as Fri 17:00")
    return text


WeekTime = Annotated[str, AfterValidator(_week_time)]


class WeekendSettings(Settings):
    """When the weekend begins and ends, in `timezone`."""

    begins: WeekTime = "Sat 00:00"
    """A day and a time, such as `Fri 17:00`."""
    ends: WeekTime = "Mon 00:00"
    """A day and a time, such as `Sun 17:00`."""


class TimeSettings(Settings):
    """When a position is closed whatever its price, and when none is opened."""

    max_holding_hours: Positive | None = Decimal(336)
    """The longest life of a position; null for none."""
    end_of_day_flat: bool = False
    """Close at the end of the trading day."""
    weekend_flat: bool = False
    """Close before the weekend, and open nothing in it."""
    no_overnight: bool = False
    """Close at the end of the trading day, and open nothing until the next begins."""
    no_weekend: bool = False
    """The same as `weekend_flat`, asked last."""
    trading_hours_only: bool = False
    """Open nothing outside of the trading hours, and close at their end."""
    calendar: Annotated[str, AfterValidator(code_of)] = ALWAYS_OPEN
    """`24/7`, or the code of an exchange's calendar (needs the extra `calendars`)."""
    day_end: Annotated[str, AfterValidator(_clock)] = "00:00"
    """When a trading day of 24/7 ends, in `timezone`."""
    timezone: Annotated[str, AfterValidator(zone_of)] = "UTC"
    """The zone of `day_end` and `weekend`; summer time is known."""
    weekend: WeekendSettings = WeekendSettings()
    """The weekend of 24/7; that of an exchange begins with its last session of the week."""
    flat_before_seconds: NotNegative | None = None
    """So long before the end a position is closed; by default 300 with an exchange's calendar, 0 with 24/7."""
    no_entry_before_seconds: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    """So long before the end of a day or a week nothing is opened."""

    def plan(self) -> TimePlan:
        """Return the engine's settings."""
        sessions = self.calendar != ALWAYS_OPEN
        by_day = (
            self.end_of_day_flat or self.no_overnight or self.trading_hours_only or self.no_entry_before_seconds > 0
        )
        by_week = self.weekend_flat or self.no_weekend
        before = self.flat_before_seconds
        if before is None:
            before = CALENDAR_BEFORE if sessions else ALWAYS_BEFORE
        days = self.calendar if sessions else days_name(self.day_end, self.timezone)
        weeks = weeks_name(self.weekend.begins, self.weekend.ends, self.timezone)
        return TimePlan(
            max_holding_ns=None if self.max_holding_hours is None else int(self.max_holding_hours * NS_PER_HOUR),
            end_of_day=self.end_of_day_flat,
            weekend=self.weekend_flat,
            no_overnight=self.no_overnight,
            no_weekend=self.no_weekend,
            hours_only=self.trading_hours_only,
            days=days if by_day or (by_week and sessions) else "",
            weeks=weeks if by_week and not sessions else "",
            flat_before_ns=int(before * NS_PER_SECOND),
            no_entry_before_ns=int(self.no_entry_before_seconds * NS_PER_SECOND),
            has_sessions=sessions,
        )
