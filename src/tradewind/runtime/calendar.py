"""Trading days. Markets that never close have a day that ends at midnight UTC; exchanges have sessions."""

from __future__ import annotations

import warnings
from bisect import bisect_right
from typing import TYPE_CHECKING

from tradewind.domain.errors import ConfigError, DataError, LocalError
from tradewind.domain.time import NS_PER_DAY, TimeNs, iso

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.instrument import Instrument
    from tradewind.ports import Calendar

ALWAYS_OPEN = "24/7"


class AlwaysOpen:
    """A market that never closes; its day ends so many nanoseconds after midnight UTC."""

    def __init__(self, day_end_ns: int = 0) -> None:
        self._offset = day_end_ns

    def day_end(self, ts: TimeNs) -> TimeNs:
        """Return the end of the day that `ts` lies in, strictly after `ts`."""
        return ts - (ts - self._offset) % NS_PER_DAY + NS_PER_DAY


class ExchangeDays:
    """The sessions of an exchange, with its holidays and early closes, from the library `exchange_calendars`."""

    def __init__(self, code: str) -> None:
        try:
            import exchange_calendars  # type: ignore[import-untyped] # pandas comes with it: only who trades by sessions pays for that
        except ImportError as error:
            raise LocalError(
                f"the calendar {code} needs an extra", {"fix": "pip install 'tradewind[calendars]'"}, error
            ) from error
        try:
            with warnings.catch_warnings():  # how it uses pandas is the library's own affair
                warnings.simplefilter("ignore")
                calendar = exchange_calendars.get_calendar(code, start=FIRST_SESSION)
                closes = calendar.closes.dt.as_unit("ns")
        except exchange_calendars.errors.InvalidCalendarName as error:
            raise ConfigError(f"instruments.calendar: no calendar {code!r} (24/7, or a code such as XNYS)") from error
        self.code = code
        self._closes: list[TimeNs] = [close.value for close in closes]

    def day_end(self, ts: TimeNs) -> TimeNs:
        """Return the next close, strictly after `ts`: of the running session, or of the one to come."""
        place = bisect_right(self._closes, ts)
        if place == len(self._closes):
            raise DataError(f"the calendar {self.code} ends before {iso(ts)}")
        return self._closes[place]


FIRST_SESSION = "1990-01-01"


def calendar_of(instruments: Iterable[Instrument]) -> Calendar:
    """Return the calendar of a session's instruments; they must have one in common."""
    codes = sorted({instrument.calendar for instrument in instruments})
    if len(codes) > 1:
        raise ConfigError(f"instruments.calendar: a session has one calendar, not {' and '.join(codes)}")
    return AlwaysOpen() if codes == [ALWAYS_OPEN] else ExchangeDays(codes[0])
