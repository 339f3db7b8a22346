"""When scheduled functions run: rules that pick trading days, rules that pick times in them, and the agenda.

Knows `TradingDay`s alone; where sessions come from is not its affair.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any, NamedTuple

from tradewind.domain.time import NEVER, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tradewind.domain.events import TradingDay
    from tradewind.domain.time import TimeNs

DAYS_OF_WEEK_MAX, DAYS_OF_MONTH_MAX = 5, 23
OFFSET_HOURS_MAX = 12


class DateRule:
    """Picks trading days: those that are so far from the start, or the end, of their week or month."""

    def __init__(self, place: str = "", days_offset: int = 0) -> None:
        most = DAYS_OF_MONTH_MAX if place.startswith("month") else DAYS_OF_WEEK_MAX + 2
        if not 0 <= days_offset < most:
            raise ValueError(f"days_offset lies between 0 and {most - 1}: {days_offset}")
        self._place = place
        self._offset = days_offset

    def picks(self, day: TradingDay) -> bool:
        """Tell whether a day is meant."""
        return not self._place or getattr(day, self._place) == self._offset


class date_rules:  # noqa: N801 - the name that people write
    """On which trading days a function runs; offsets count trading days."""

    @staticmethod
    def every_day() -> DateRule:
        """Pick every trading day."""
        return DateRule()

    @staticmethod
    def week_start(days_offset: int = 0) -> DateRule:
        """Pick the first trading day of a week, or the one so many days after it."""
        return DateRule("week_day", days_offset)

    @staticmethod
    def week_end(days_offset: int = 0) -> DateRule:
        """Pick the last trading day of a week, or the one so many days before it."""
        return DateRule("week_left", days_offset)

    @staticmethod
    def month_start(days_offset: int = 0) -> DateRule:
        """Pick the first trading day of a month, or the one so many days after it."""
        return DateRule("month_day", days_offset)

    @staticmethod
    def month_end(days_offset: int = 0) -> DateRule:
        """Pick the last trading day of a month, or the one so many days before it."""
        return DateRule("month_left", days_offset)


class TimeRule:
    """Picks a time of a trading day: so long after its open, or before its close; without either, every bar."""

    def __init__(self, anchor: str = "", offset_ns: TimeNs = 0) -> None:
        if anchor and not 0 <= offset_ns <= OFFSET_HOURS_MAX * NS_PER_HOUR:
            raise ValueError(f"a time lies at most {OFFSET_HOURS_MAX} hours from open or close")
        self.anchor = anchor
        self._offset = offset_ns

    def time(self, day: TradingDay) -> TimeNs | None:
        """Return the time on a day; None if it lies outside of the session, as on a day that closes early."""
        ts = day.ts_open + self._offset if self.anchor == "open" else day.ts_close - self._offset
        return ts if day.ts_open <= ts <= day.ts_close else None


class time_rules:  # noqa: N801 - the name that people write
    """At which time of a trading day a function runs."""

    @staticmethod
    def market_open(offset: Any = None, hours: float | None = None, minutes: float | None = None) -> TimeRule:  # noqa: ANN401
        """So long after the open: a minute, unless `hours` and `minutes` or a timedelta say otherwise."""
        return TimeRule("open", _offset_ns(offset, hours, minutes))

    @staticmethod
    def market_close(offset: Any = None, hours: float | None = None, minutes: float | None = None) -> TimeRule:  # noqa: ANN401
        """So long before the close, likewise."""
        return TimeRule("close", _offset_ns(offset, hours, minutes))

    @staticmethod
    def every_minute() -> TimeRule:
        """With every bar of the session's interval."""
        return TimeRule()


def _offset_ns(offset: Any, hours: float | None, minutes: float | None) -> TimeNs:  # noqa: ANN401
    if offset is not None:
        if hours is not None or minutes is not None:
            raise ValueError("give an offset, or hours and minutes, not both")
        seconds: float = offset.total_seconds()
        return round(seconds * NS_PER_SECOND)
    if hours is None and minutes is None:
        return NS_PER_MINUTE
    return round((hours or 0) * NS_PER_HOUR + (minutes or 0) * NS_PER_MINUTE)


class Scheduled(NamedTuple):
    """A function with its rules, as it was registered."""

    call: Callable[[], object]
    name: str
    date_rule: DateRule
    time_rule: TimeRule
    half_days: bool
    calendar: str

    def is_for(self, day: TradingDay) -> bool:
        """Tell whether it runs on a day."""
        return (self.half_days or not day.is_early) and self.date_rule.picks(day)


What = tuple[str, int | str]
"""What is to be done, in words that can be written down: `scheduled` and its place, `morning`, `cancel`, `sample`."""


class Item(NamedTuple):
    """Something to be done: with the bar that closes at `due`, or at `wake` without one."""

    due: TimeNs
    number: int
    wake: TimeNs
    what: What


class Agenda:
    """What is to be done, in order of time; equal times in the order in which it was put down."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._count = 0
        self.changes = 0
        """How often something was put down or taken."""
        self.due: TimeNs = NEVER
        """When the first thing is due, with a bar."""

    def put(self, due: TimeNs, wake: TimeNs, what: What) -> None:
        """Put something down."""
        self._count += 1
        self.changes += 1
        insort(self._items, Item(due, self._count, wake, what))
        self.due = self._items[0].due

    @property
    def wake(self) -> TimeNs:
        """When somebody must look, if no bar comes."""
        return min((item.wake for item in self._items), default=NEVER)

    def items(self) -> list[tuple[TimeNs, TimeNs, What]]:
        """Return all that waits, in order: when it is due, when somebody must look, and what it is."""
        return [(item.due, item.wake, item.what) for item in self._items]

    def take(self, *, due: TimeNs = -1, wake: TimeNs = -1) -> Iterator[What]:
        """Take, one after the other, what is due by a bar's time or overdue by the clock's."""
        while (item := next((i for i in self._items if i.due <= due or i.wake <= wake), None)) is not None:
            self._items.remove(item)
            self.changes += 1
            self.due = self._items[0].due if self._items else NEVER
            yield item.what
