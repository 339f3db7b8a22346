"""What a session's log says of its breakers, and of the operator's words about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.breakers import (
    BreakerChanged,
    BreakerDrilled,
    BreakerIgnored,
    BreakerState,
    BreakerWarned,
    EquityAnchored,
)
from tradewind.domain.control import BreakerDrillRequested, BreakerFed, BreakerResetRequested, BreakerTripRequested
from tradewind.domain.money import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.domain.step import Step

BreakerNotice = BreakerChanged | BreakerWarned | BreakerDrilled | BreakerIgnored | EquityAnchored
BreakerWord = BreakerTripRequested | BreakerResetRequested | BreakerDrillRequested | BreakerFed
_BAD = (BreakerState.TRIPPED, BreakerState.LATCHED)
_GOOD = (BreakerState.CLOSED, BreakerState.COOLING, BreakerState.HALF_OPEN)


def told_of_breaker(notice: BreakerNotice) -> tuple[str, str, str]:
    """Return level, text and kind of a notice."""
    match notice:
        case BreakerChanged():
            return _level(notice), _changed(notice), "breaker_changed"
        case BreakerWarned():
            level = "error" if notice.level == "critical" else "warning"
            figures = f"{plain(notice.value)} of {plain(notice.limit)}"
            return level, f"{notice.breaker}: {notice.level}, {figures}", "breaker_warned"
        case BreakerDrilled():
            return ("info" if notice.tripped else "error"), _drilled(notice), "breaker_drilled"
        case BreakerIgnored():
            return "warning", f"{notice.breaker}: nothing was done: {notice.reason}", "breaker_ignored"
        case EquityAnchored():
            text = f"losses are reckoned from peak {plain(notice.peak)}, day {plain(notice.baseline)} ({notice.reason})"
            return "info", text, "equity_anchored"


def trips_in(step: Step) -> list[str]:
    """Return the breakers that a step has tripped in earnest, dry ones too."""
    changes = (notice for notice in step.notices if isinstance(notice, BreakerChanged) and not notice.is_drill)
    return [each.breaker for each in changes if each.state in _BAD]


def told_trips(trips: Mapping[str, int]) -> str:
    """Say how often which breaker has tripped: `account_daily 3, max_drawdown 1`."""
    return ", ".join(f"{breaker} {count:,}" for breaker, count in trips.items())


def word_about_breaker(word: BreakerWord) -> tuple[str, str, str]:
    """Return level, text and kind of a word."""
    match word:
        case BreakerTripRequested():
            return (
                "warning",
                f"trip {word.breaker}, says {_who(word.operator)}: {word.reason}",
                "breaker_trip_requested",
            )
        case BreakerResetRequested():
            text = f"reset {word.breaker}, says {_who(word.operator)}: {word.reason}"
            return "warning", text, "breaker_reset_requested"
        case BreakerDrillRequested():
            return "info", f"drill {word.breaker}, says {_who(word.operator)}", "breaker_drill_requested"
        case BreakerFed():
            return "info", f"{word.breaker} is told {plain(word.value)}: {word.reason}", "breaker_fed"


def _who(operator: str) -> str:
    return operator or "the operator"


def _level(changed: BreakerChanged) -> str:
    if changed.is_drill or changed.state in _GOOD:
        return "info"
    return "warning" if changed.is_dry else "error"


def _changed(changed: BreakerChanged) -> str:
    """Say what has become of a breaker, with the figures that it was judged by."""
    marks = "".join(f" ({mark})" for mark, is_so in (("drill", changed.is_drill), ("dry run", changed.is_dry)) if is_so)
    figures = ""
    if changed.limit is not None and changed.value is not None:
        figures = f", {plain(changed.value)} of {plain(changed.limit)}"
    by = f", by {changed.operator}" if changed.operator else ""
    return f"{changed.breaker} is {changed.state.value}{marks}: {changed.reason}{figures}{by}"


def _drilled(drilled: BreakerDrilled) -> str:
    if not drilled.tripped:
        return f"drill of {drilled.breaker}: IT DID NOT TRIP"
    entry = f"an entry is refused ({drilled.refused})" if drilled.refused else "an entry is let through"
    exit_ = f"; A REDUCTION IS REFUSED ({drilled.reduction})" if drilled.reduction else ""
    return f"drill of {drilled.breaker}: {entry}{exit_}; {drilled.cancels} cancels, {drilled.closes} closes"
