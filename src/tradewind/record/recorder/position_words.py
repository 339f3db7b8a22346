"""What policies say of positions, as lines of the log: level, text and kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.exits import ExitBegun, ExitLate, ExitsPlanned, Protected, StopMoved, Unprotected
from tradewind.domain.ids import symbol_of
from tradewind.domain.money import plain
from tradewind.domain.time import NS_PER_MS, iso

if TYPE_CHECKING:
    from decimal import Decimal

PositionWord = ExitsPlanned | StopMoved | Unprotected | Protected | ExitBegun | ExitLate


def told_of_position(notice: PositionWord) -> tuple[str, str, str]:
    """Return level, text and kind of a notice."""
    match notice:
        case ExitsPlanned():
            text = f"after the fill of {notice.order}: stop {_at(notice.stop)}, target {_at(notice.target)}"
            return "info", text, "exits_planned"
        case StopMoved():
            text = f"{symbol_of(notice.instrument)}: stop from {_at(notice.was)} to {_at(notice.trigger)}, {notice.why}"
            return "info", text, "stop_moved"
        case Unprotected():
            text = f"{symbol_of(notice.instrument)}: no stop at the venue for {plain(notice.quantity)}"
            return "warning", text, "unprotected"
        case Protected():
            ms = (notice.until - notice.since) // NS_PER_MS
            return "info", f"{symbol_of(notice.instrument)}: protected again, or closed, after {ms} ms", "protected"
        case ExitBegun():
            joined = f", with {notice.joined} under way" if notice.joined else ""
            return "info", f"{symbol_of(notice.instrument)}: closed because of {notice.why}{joined}", "exit_begun"
        case ExitLate():
            what = f"{plain(notice.quantity)} to be closed since {iso(notice.since)} ({notice.why}) are still there"
            return "warning", f"{symbol_of(notice.instrument)}: {what}", "exit_late"


def _at(price: Decimal | None) -> str:
    return "none" if price is None else plain(price)
