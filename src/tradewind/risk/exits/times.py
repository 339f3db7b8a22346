"""Time exits: when a position must be flat, and when none may be opened (spec/risk-and-positions.md, section 8).

Days and weeks are told by events; what has not been told is not known, and never taken for open. The order of reasons:
max holding, weekend, end of day, trading hours, overnight, over the weekend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.exits import KeptDay
    from tradewind.domain.time import TimeNs
    from tradewind.risk.exits.plan import TimePlan

MAX_HOLDING, WEEKEND, END_OF_DAY = "max_holding", "weekend", "end_of_day"
HOURS, OVERNIGHT, OVER_WEEKEND = "trading_hours", "overnight", "over_weekend"


def ends(plan: TimePlan, day: KeptDay | None, week: KeptDay | None, since: TimeNs) -> tuple[TimeNs, str] | None:
    """Return when a position that was opened at `since` must be flat for a day's or a week's end, and why.

    None if none of that is configured, or the day has not been told. It may be over already: an execution is heard of
    later than it was, and a day has ended in between.
    """
    found = list(_ends(plan, day, week, since))
    return min(found, key=lambda end: end[0]) if found else None  # of two at one time the first


def _ends(
    plan: TimePlan, day: KeptDay | None, week: KeptDay | None, since: TimeNs
) -> Iterator[tuple[TimeNs, str]]:  # fmt: skip
    before, (close, left) = plan.flat_before_ns, _first_end(day, since)
    weekend = _first_end(week, since)[0] if plan.weeks else (close if left == 0 else None)
    if plan.weekend and weekend is not None:
        yield weekend - before, WEEKEND
    if close is not None:
        if plan.end_of_day:
            yield close - before, END_OF_DAY
        if plan.hours_only and plan.has_sessions:
            yield close - before, HOURS
        if plan.no_overnight:
            yield close - before, OVERNIGHT
    if plan.no_weekend and weekend is not None:
        yield weekend - before, OVER_WEEKEND


def _first_end(day: KeptDay | None, since: TimeNs) -> tuple[TimeNs | None, int | None]:
    """Return the first end of a day after `since`, as far as days have been told, and what is left of its week."""
    if day is None:
        return None, None
    if day.before_close > since:
        return day.before_close, day.before_left
    return (day.ts_close, day.week_left) if day.ts_close > since else (None, None)


def next_exit_time(plan: TimePlan, entered_at: TimeNs, flat_at: TimeNs | None, now: TimeNs) -> TimeNs | None:
    """Return when a position is due at the soonest, `now` if it is overdue; None if no time is set for it."""
    dues = [flat_at] if flat_at is not None else []
    if plan.max_holding_ns is not None:
        dues.append(entered_at + plan.max_holding_ns)
    return max(min(dues), now) if dues else None


def due(plan: TimePlan, entered_at: TimeNs, flat_at: TimeNs | None, flat_why: str, now: TimeNs) -> str:
    """Return why a position must be closed now; the empty string if it need not."""
    if plan.max_holding_ns is not None and now - entered_at >= plan.max_holding_ns:
        return MAX_HOLDING
    return flat_why if flat_at is not None and now >= flat_at else ""


def bars_entry(plan: TimePlan, day: KeptDay | None, week: KeptDay | None, now: TimeNs) -> str:
    """Return why no position may be opened now; the empty string if one may."""
    ahead = max(plan.flat_before_ns, plan.no_entry_before_ns)
    if plan.weekend or plan.no_weekend:
        if plan.weeks:
            if week is None or not week.ts_open <= now < week.ts_close - ahead:
                return "the weekend"
        elif day is None or (not day.week_left and now >= day.ts_close - ahead):
            return "the weekend"
    if plan.no_overnight or plan.hours_only:
        if day is None or not day.ts_open <= now < day.ts_close - ahead:
            return "outside of the trading day, or so near to its end"
        if plan.hours_only and not day.is_open(now):
            return "a break of the trading day"
    near = plan.end_of_day or bool(plan.no_entry_before_ns)
    if near and day is not None and day.ts_close - ahead <= now < day.ts_close:
        return "so near to the end of the trading day"
    return ""
