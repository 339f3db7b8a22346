"""The days of an algorithm: what it does before a session, at which times in it, and at its end.

Trading days come as events, times by timers; both are journaled, so a replay does the same again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tradewind.domain.instrument import ALWAYS_OPEN
from tradewind.domain.time import NEVER, NS_PER_DAY, NS_PER_MS, Interval, iso, iso_date
from tradewind.strategy.algorithm.controls import AlgorithmControls, EODCancel
from tradewind.strategy.algorithm.orders import CALLED
from tradewind.strategy.algorithm.perf import Performance
from tradewind.strategy.algorithm.running import RUNNING
from tradewind.strategy.algorithm.schedule import Agenda

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.events import TradingDay
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.algorithm.assets import Security
    from tradewind.strategy.algorithm.schedule import What
    from tradewind.strategy.context import Context

AGENDA = "algorithm agenda"
"""The name of the timer that looks at the agenda."""
DAYS_KEPT = 3


class AlgorithmDays(AlgorithmControls):
    """Plans trading days, and runs what is due with the bar of its time.

    `bar_wait_ms` is how long something waits for bars once their time has come. With `warm_up_calls` functions are
    called for the history that a session warms up with, as in other styles; their orders are held back. Without,
    history is there to be asked for, and the first call is that of the first bar after it.
    """

    bar_wait_ms: int = 2_000
    warm_up_calls: bool = True

    def __init__(self) -> None:
        super().__init__()
        self.bar_time: TimeNs = 0
        """The close of the bars that were last told."""
        self.latest: dict[InstrumentId, Bar] = {}
        """The last bar of each instrument."""
        self._calls: dict[str, Callable[..., object]] = {}
        self._interval = Interval("1m", 0)
        self._is_daily = False
        self._began: TimeNs = 0
        self._agenda = Agenda()
        self._armed: TimeNs = NEVER
        self._days: dict[str, list[TradingDay]] = {}
        self._every_bar: list[tuple[TradingDay, int]] = []
        """Days with the scheduled functions, by their places, that run with each of their bars."""
        self._morning: Callable[[], object] | None = None
        self._owes_morning = False
        """Whether the day that runs when history is over has not been prepared yet."""
        self._performance = Performance()
        self._sample_at: TimeNs = NEVER

    def _begin_days(self, ctx: Context) -> None:
        """Ask for the days that are needed: of exchanges always, of 24/7 if something happens by the day."""
        for calendar in sorted({ctx.instrument(name).calendar for name in ctx.instruments} - {ALWAYS_OPEN}):
            ctx.follow_days(calendar)
        if self._morning is not None:
            ctx.follow_days()
        if "analyze" in self._calls and ctx.instrument().calendar == ALWAYS_OPEN:
            self._sample_at = ctx.now - ctx.now % NS_PER_DAY + NS_PER_DAY

    def _run(self, call: Callable[..., object], *arguments: object) -> None:
        if self.ctx.warming and not self.warm_up_calls and self._phase == CALLED:
            if call is self._morning:
                self._owes_morning = True
            return
        token = RUNNING.set(self)
        try:
            call(*arguments)
        finally:
            RUNNING.reset(token)

    def on_day(self, ctx: Context, day: TradingDay) -> None:
        """Plan a trading day: `before_trading_start`, scheduled functions, the end of orders."""
        known = self._days.setdefault(day.calendar, [])
        if any(day.date == other.date for other in known):
            return  # it was planned before the session was interrupted, and what is left of it stands on the agenda
        known.append(day)
        del known[:-DAYS_KEPT]
        if day.calendar == ctx.instrument().calendar:
            self._every_bar = [(held, place) for held, place in self._every_bar if held in known[-2:]]
            if self._morning is not None:
                self._put(day, max(day.ts_recv, ctx.now), ("morning", 0))
            self._plan_end(day)
        for place, entry in enumerate(self._scheduled):
            if entry.calendar == day.calendar and entry.is_for(day):
                if not entry.time_rule.anchor and not self._is_daily:
                    self._every_bar.append((day, place))
                    continue
                due = self._end(day) if self._is_daily else entry.time_rule.time(day)
                if due is not None and due < ctx.now:
                    ctx.log(f"{entry.name} was due at {iso(due)}, before the session began", "warning")
                elif due is not None:
                    self._put(day, due, ("scheduled", place))
        self._arm()

    def _end(self, day: TradingDay) -> TimeNs:
        """Return when the last bar of a day closes."""
        return self._interval.next(day.ts_open) if self._is_daily else day.ts_close

    def _plan_end(self, day: TradingDay) -> None:
        if isinstance(self._cancel_policy, EODCancel):
            self._put(day, self._end(day), ("cancel", 0))
        if "analyze" in self._calls and day.calendar != ALWAYS_OPEN:
            self._put(day, self._end(day), ("sample", day.date))

    def _cancel_all(self) -> None:
        """Take back what is open at the end of a session."""
        for order in list(self.ctx.open_orders()):
            self.ctx.cancel(order.spec.id)
            if getattr(self._cancel_policy, "warn_on_cancel", False):
                self.ctx.log(f"{order.spec.id} is cancelled: the session ends", "warning")

    def _perform(self, what: What) -> None:
        """Do what stands on the agenda."""
        match what:
            case ("scheduled", int() as place):
                self._run(self._scheduled[place].call)
            case ("morning", _) if self._morning is not None:
                self._run(self._morning)
            case ("cancel", _):
                self._run(self._cancel_all)
            case ("sample", str() as date):
                self._run(partial(self._sample, date))

    def _put(self, day: TradingDay, due: TimeNs, what: What) -> None:
        """Plan a call with the bar that closes at `due`, if there is one; soon after it if it does not come."""
        days = self._days[day.calendar]
        in_hours = self._is_daily or any(d.ts_open < due <= d.ts_close for d in days)
        closes = in_hours and due > self._began and due % self._interval.ns == 0
        self._agenda.put(due, due + self.bar_wait_ms * NS_PER_MS if closes else due, what)

    def _arm(self) -> None:
        """Keep the timer at the time at which somebody must look at the agenda."""
        wake = self._agenda.wake
        if wake != self._armed:
            self._armed = wake
            if wake == NEVER:
                self.ctx.cancel_timer(AGENDA)
            else:
                self.ctx.set_timer(AGENDA, at=wake)

    def _take_due(self, ts: TimeNs) -> None:
        """Run what is due with the bars of a time, after `handle_data`."""
        for day, place in self._every_bar:
            if day.ts_open < ts <= day.ts_close:
                self._run(self._scheduled[place].call)
        if self._agenda.due <= ts:
            for what in self._agenda.take(due=ts):
                self._perform(what)
            self._arm()
        if ts >= self._sample_at:
            self._sample(iso_date(self._sample_at - 1))
            self._sample_at = ts - ts % NS_PER_DAY + NS_PER_DAY

    def _take_overdue(self, ts: TimeNs) -> None:
        """Run what waited long enough for its bar, or needs none."""
        for what in self._agenda.take(wake=ts):
            self._perform(what)
        self._armed = NEVER
        self._arm()

    def may_trade(self, asset: Security) -> bool:
        """Tell whether an asset's session is open (on daily bars it always is) and its data are fresh."""
        code = asset.instrument.calendar
        days = self._days.get(code, ())
        is_open = self._is_daily or code == ALWAYS_OPEN or any(day.is_open(self.ctx.now) for day in days)
        return is_open and asset not in self._forbidden and not self._data.is_stale(asset)

    def opened_at(self, asset: Security) -> TimeNs:
        """Return since when an asset's market has been open without a pause; 0 for one that never closes."""
        code, now = asset.instrument.calendar, self.ctx.now
        if code == ALWAYS_OPEN:
            return 0
        begins = [ts for day in self._days.get(code, ()) for ts in (day.ts_open, day.ts_resume) if ts <= now]
        return max(begins, default=0)

    def _sample(self, date: str) -> None:
        """Take the row of a day that is over."""
        if not self.ctx.warming:
            self._performance.sample(date, self.ctx.now, self.portfolio, self._recorded)

    def on_stop(self, ctx: Context) -> None:
        """Take the row of a last day that is not over."""
        if "analyze" not in self._calls:
            return
        days = self._days.get(ctx.instrument().calendar)
        if self._sample_at == NEVER and days and self.bar_time < self._end(days[-1]) and ctx.now > days[-1].ts_open:
            self._sample(days[-1].date)
        elif self._sample_at != NEVER and ctx.now > self._sample_at - NS_PER_DAY:
            self._sample(iso_date(self._sample_at - 1))
