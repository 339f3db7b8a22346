"""The breaker `trading_hours`: it holds entries back outside of an exchange's sessions, and closes what is to be.

It goes by the trading days that it is told of, which come before they begin; what was not told counts as closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NEVER, NS_PER_SECOND, iso

if TYPE_CHECKING:
    from tradewind.domain.events import TradingDay
    from tradewind.domain.time import TimeNs
    from tradewind.risk.breakers.settings import TradingHours


class Hours:
    """The sessions of one calendar, as far as they were told."""

    def __init__(self, settings: TradingHours) -> None:
        self.calendar = settings.calendar
        self._before_ns = settings.before_ns
        self._days: list[TradingDay] = []
        self.began: TimeNs = NEVER
        """When the session of ours began: a session of the exchange that runs then is told in the same moment.

        `NEVER` for an engine that follows from a checkpoint: it was told nothing, and goes by what it follows.
        """

    def hear(self, day: TradingDay) -> None:
        """Hear of a session; those that are over are forgotten."""
        if day.calendar == self.calendar:
            self._days = [each for each in self._days if each.ts_close > day.ts_recv and each.date != day.date]
            self._days.append(day)

    def is_known(self, now: TimeNs) -> bool:
        """Tell whether it can be judged if the market is open: one that runs was told, had we begun before."""
        return bool(self._days) or now > self.began

    @property
    def is_blank(self) -> bool:
        """Whether no session was told yet."""
        return not self._days

    def is_open(self, now: TimeNs) -> bool:
        """Tell whether new risk may be taken: the session runs, and its end is not too near."""
        return any(day.is_open(now) and now < day.ts_close - self._before_ns for day in self._days)

    def next(self, now: TimeNs) -> TimeNs:
        """Return when that may change next, `NEVER` if no session to come was told."""
        ends = (
            each
            for day in self._days
            for each in (day.ts_open, day.ts_break, day.ts_resume, day.ts_close - self._before_ns)
            if each > now
        )
        return min(ends, default=NEVER)

    def reason(self, now: TimeNs) -> str:
        """Say when the market is open, or that the session which runs is nearly over."""
        day = min((day for day in self._days if day.ts_close > now), key=lambda day: day.ts_open, default=None)
        if day is None:
            return f"{self.calendar} is closed"
        if day.ts_break <= now < day.ts_resume:
            return f"{self.calendar} trades on from {iso(day.ts_resume)}"
        if now >= day.ts_open:
            ends = f"its last {self._before_ns / NS_PER_SECOND:g} s take no entries"
            return f"{self.calendar} closes at {iso(day.ts_close)}, and {ends}"
        return f"{self.calendar} trades from {iso(day.ts_open)}"
