"""What of an algorithm is kept beyond a restart, besides what its functions set on `context`.

Functions are registered again by `initialize`, at every start, so what is kept names them by their places. What was
planned and came due while nobody was here is done at the start, once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import astuple

from tradewind.domain.events import TradingDay
from tradewind.domain.plain import pack, unpack
from tradewind.strategy.algorithm.hooks import AlgorithmHooks
from tradewind.strategy.algorithm.schedule import Agenda

if TYPE_CHECKING:
    from tradewind.strategy.algorithm.schedule import What

Days = dict[str, list[TradingDay]]


class AlgorithmKeeping(AlgorithmHooks):
    """Writes down the agenda and the days that it was made for, and takes them up again."""

    def __init__(self) -> None:
        super().__init__()
        self._written: tuple[tuple[object, ...], bytes] = (), b""

    def save_state(self) -> bytes | None:
        """Return what is planned, packed; made anew only when something of it has changed."""
        if not self._phase:
            return None  # it has not begun
        mark = (
            self._agenda.changes, self._armed, self._owes_morning, self._sample_at, self._rivals,
            self.portfolio.started, tuple(days[-1].date for days in self._days.values()),
        )  # fmt: skip
        if mark != self._written[0]:
            kept = {
                "agenda": [(due, wake, *what, self._name_of(what)) for due, wake, what in self._agenda.items()],
                "armed": self._armed,
                "days": [astuple(day) for days in self._days.values() for day in days],
                "every_bar": [
                    (day.calendar, day.date, place, self._scheduled[place].name) for day, place in self._every_bar
                ],
                "owes_morning": self._owes_morning,
                "rivals": self._rivals,
                "sample_at": self._sample_at,
                "started": self.portfolio.started,
            }
            self._written = mark, pack(kept)
        return self._written[1]

    def load_state(self, state: bytes) -> None:
        """Take up what was planned, and plan the days that have begun since."""
        kept, begun = unpack(state), self._days
        self.context.reload()
        self.portfolio.started = kept["started"]
        self._rivals, self._owes_morning = kept["rivals"], kept["owes_morning"]
        self._sample_at, self._armed = kept["sample_at"], kept["armed"]
        self._days = _days([TradingDay(*values) for values in kept["days"]])
        self._agenda = Agenda()
        for due, wake, kind, place, name in kept["agenda"]:
            if self._is_still((kind, place), name):
                self._agenda.put(due, wake, (kind, place))
        known = {(day.calendar, day.date): day for days in self._days.values() for day in days}
        self._every_bar = [
            (known[calendar, date], place)
            for calendar, date, place, name in kept["every_bar"]
            if (calendar, date) in known and self._is_still(("scheduled", place), name)
        ]
        for days in begun.values():
            for day in days:
                if day.ts_close > self.ctx.now:
                    self.on_day(self.ctx, day)

    def _name_of(self, what: What) -> str:
        return self._scheduled[what[1]].name if what[0] == "scheduled" and isinstance(what[1], int) else ""

    def _is_still(self, what: What, name: str) -> bool:
        """Tell whether a function is registered where it was; if not, say so: what was planned for it falls away."""
        kind, place = what
        if kind != "scheduled" or (
            isinstance(place, int) and place < len(self._scheduled) and self._scheduled[place].name == name
        ):
            return True
        self.ctx.log(f"{name} was planned before the restart, and is no longer scheduled in its place", "warning")
        return False


def _days(days: list[TradingDay]) -> Days:
    found: Days = {}
    for day in days:
        found.setdefault(day.calendar, []).append(day)
    return found
