"""Trading days. Markets that never close have a day that ends at midnight UTC; exchanges have sessions.

Sessions reach strategies as events: `days_of` makes them, and the loop puts them on its timeline.
"""

from __future__ import annotations

import warnings
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import ConfigError, DataError, LocalError
from tradewind.domain.events import TradingDay
from tradewind.domain.instrument import ALWAYS_OPEN
from tradewind.domain.time import NS_PER_DAY, NS_PER_MINUTE, TimeNs, civil, day_number, iso, iso_date
from tradewind.runtime.calendar_local import local_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tradewind.domain.instrument import Instrument
    from tradewind.ports import Calendar

ALIASES = {
    "CRYPTO": ALWAYS_OPEN, "UTC": ALWAYS_OPEN, "NYSE": "XNYS", "NASDAQ": "XNYS", "LSE": "XLON", "HKEX": "XHKG",
    "CME": "CMES", "TSE": "XTKS", "JPX": "XTKS", "XJPX": "XTKS",
}  # fmt: skip
"""Names that people use, beside the codes of ISO 10383."""
FIRST_SESSIONS = ("1990-01-01", "2000-01-01", None)
"""Some exchanges are known from a later day on only; None is the library's own choice."""
PREPARED_NS = 45 * NS_PER_MINUTE
"""So long before the open of an exchange a day is told."""


class AlwaysOpen:
    """A market that never closes; its day ends so many nanoseconds after midnight UTC."""

    def __init__(self, day_end_ns: int = 0) -> None:
        self._offset = day_end_ns

    def day_end(self, ts: TimeNs) -> TimeNs:
        """Return the end of the day that `ts` lies in, strictly after `ts`."""
        return ts - (ts - self._offset) % NS_PER_DAY + NS_PER_DAY

    def days(self, name: str, ts: TimeNs) -> Iterator[TradingDay]:
        """Yield the UTC days from that of `ts` on, each told when it begins."""
        number = ts // NS_PER_DAY
        while True:
            year, month, day = civil(number)
            begins = number * NS_PER_DAY
            week_day = (number + 3) % 7  # 1970-01-01 was a Thursday
            left = day_number(year + month // 12, month % 12 + 1, 1) - number - 1
            yield TradingDay(
                name, iso_date(begins), begins, begins + NS_PER_DAY, max(begins, ts),
                week_day=week_day, week_left=6 - week_day, month_day=day - 1, month_left=left,
            )  # fmt: skip
            number += 1


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
                self._calendar = _longest(exchange_calendars, code_of(code))
                closes = self._calendar.closes.dt.as_unit("ns")
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

    def days(self, name: str, ts: TimeNs) -> Iterator[TradingDay]:
        """Yield the sessions that close after `ts`, each told `PREPARED_NS` before it opens; ends with the calendar."""
        table = self._calendar.schedule.astype("datetime64[ns, UTC]")
        opens, breaks, resumes = (
            table[column].astype("int64").to_list() for column in ("open", "break_start", "break_end")
        )
        numbers = [session.value // NS_PER_DAY for session in table.index.as_unit("ns")]
        early = {session.value // NS_PER_DAY for session in self._calendar.early_closes.as_unit("ns")}
        weeks = [(number + 3) // 7 for number in numbers]
        months = [civil(number)[:2] for number in numbers]
        for place in range(bisect_right(self._closes, ts), len(numbers)):
            week, month = _place(weeks, place), _place(months, place)
            paused = breaks[place] > 0  # a session without a break has a time that is none
            yield TradingDay(
                name, iso_date(numbers[place] * NS_PER_DAY), opens[place], self._closes[place],
                max(opens[place] - PREPARED_NS, ts), numbers[place] in early, *week, *month,
                breaks[place] if paused else 0, resumes[place] if paused else 0,
            )  # fmt: skip


def _longest(library: Any, code: str) -> Any:  # noqa: ANN401 - the library has no types
    """Return the calendar of an exchange, as far back as it goes."""
    for start in FIRST_SESSIONS[:-1]:
        try:
            return library.get_calendar(code, start=start)
        except library.errors.InvalidCalendarName:
            raise
        except ValueError:  # the exchange is not known from so early on
            continue
    return library.get_calendar(code)


def _place(groups: Sequence[object], place: int) -> tuple[int, int]:
    """Return how many neighbours before and after `place` are in its group."""
    first = last = place
    while first and groups[first - 1] == groups[place]:
        first -= 1
    while last + 1 < len(groups) and groups[last + 1] == groups[place]:
        last += 1
    return place - first, last - place


def code_of(name: str) -> str:
    """Return the code of a calendar that people may call otherwise; a name that is none stays as it is."""
    return ALIASES.get(name.upper(), name)


def calendar_of(instruments: Iterable[Instrument]) -> Calendar:
    """Return the calendar of a session's instruments; they must have one in common."""
    codes = sorted({code_of(instrument.calendar) for instrument in instruments})
    if len(codes) > 1:
        raise ConfigError(f"instruments.calendar: a session has one calendar, not {' and '.join(codes)}")
    return AlwaysOpen() if codes == [ALWAYS_OPEN] else ExchangeDays(codes[0])


def days_of(name: str, ts: TimeNs) -> Iterator[TradingDay]:
    """Yield the trading days of a calendar that are not over at `ts`, in order; `ConfigError` if there is no such."""
    local = local_days(name, ts)
    if local is not None:
        return local
    return AlwaysOpen().days(name, ts) if code_of(name) == ALWAYS_OPEN else ExchangeDays(name).days(name, ts)
