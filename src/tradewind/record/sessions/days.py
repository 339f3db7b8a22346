"""The days of a session: which one a time belongs to, in the session's time zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tradewind.domain.errors import ConfigError
from tradewind.domain.time import NS_PER_SECOND, TimeNs


class Days:
    """Names the day of a time, as `2025-10-01`; a day begins at midnight where the session lives."""

    __slots__ = ("_begin", "_day", "_end", "_zone")

    def __init__(self, zone: str = "UTC") -> None:
        try:
            self._zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ConfigError(f"no such time zone: {zone!r} (for example UTC, or Europe/Berlin)") from error
        self._begin = self._end = 0
        self._day = ""

    def of(self, ts: TimeNs) -> str:
        """Return the day that `ts` lies in; quick as long as it is that of the call before."""
        if not self._begin <= ts < self._end:
            day = datetime.fromtimestamp(ts // NS_PER_SECOND, self._zone).date()
            self._begin, self._end = self._midnight(day), self._midnight(day + timedelta(days=1))
            self._day = day.isoformat()
        return self._day

    def _midnight(self, day: date) -> TimeNs:
        return int(datetime.combine(day, time_of_day(), self._zone).timestamp()) * NS_PER_SECOND
