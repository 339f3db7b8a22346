"""Rows 7 and 8: macro events, how many positions there are, and whether this one is there already."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.approval import RiskWarned
from tradewind.domain.order import Purpose
from tradewind.domain.step import RefusalCode
from tradewind.domain.time import iso
from tradewind.risk.entry.book import keys
from tradewind.risk.macro import MacroWindows

if TYPE_CHECKING:
    from tradewind.domain.step import Refusal
    from tradewind.ports import View
    from tradewind.risk.entry.entry import Entry
    from tradewind.risk.facts import Facts
    from tradewind.risk.macro import MacroConfig
    from tradewind.risk.parameters import RiskParameters

C = RefusalCode


class MacroGuard:
    """Refuses an entry around a macro event; a calendar that knows of nothing to come is told of once a day."""

    def __init__(self, config: MacroConfig, view: View, facts: Facts) -> None:
        self._blocks_when_stale = config.blocks_when_stale
        self._windows = MacroWindows(config)
        self._view = view
        self._facts = facts

    def check(self, entry: Entry) -> Refusal | None:
        """Refuse an entry inside a window, or where the calendar is out of date and that is to block."""
        now = self._view.now
        event = self._windows.at(now)
        if event is not None:
            return entry.candidate.refuse(C.MACRO_EVENT, detail=f"{event.name} until {iso(event.ends)}")
        if not self._windows.is_stale(now):
            return None
        self._facts.warn(RiskWarned("macro_calendar", "the calendar is out of date: it guards nothing"))
        if self._blocks_when_stale:
            return entry.candidate.refuse(C.MACRO_EVENT, detail="the macro calendar is out of date")
        return None


def check_positions(entry: Entry, parameters: RiskParameters, view: View) -> Refusal | None:
    """Refuse one position too many, and a second entry where one is held or on its way, unless it says it adds."""
    found, most = entry.lines(view), parameters.max_concurrent_positions
    if not found and most != 0:
        return None
    intent = entry.candidate.intent
    key, there = (intent.strategy, intent.instrument), keys(found)
    if key in there:
        if parameters.one_entry and intent.purpose is not Purpose.SCALE_IN and not entry.closing:
            return entry.candidate.refuse(C.DUPLICATE, detail="a position is held or on its way")
        return None
    if most is not None and len(there) >= most:
        return entry.candidate.refuse(C.TOO_MANY_POSITIONS, Decimal(most), Decimal(len(there) + 1), "positions")
    return None
