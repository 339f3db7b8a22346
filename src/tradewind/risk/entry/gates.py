"""Rows 7 and 8: macro events, how many positions there are, and whether this one is there already."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.approval import RiskWarned
from tradewind.domain.order import Purpose
from tradewind.domain.step import RefusalCode
from tradewind.domain.time import iso
from tradewind.risk.entry.book import keys

if TYPE_CHECKING:
    from tradewind.domain.step import Refusal
    from tradewind.ports import View
    from tradewind.risk.entry.entry import Entry
    from tradewind.risk.facts import Facts
    from tradewind.risk.parameters import RiskParameters

C = RefusalCode


def check_macro(entry: Entry, parameters: RiskParameters, view: View, facts: Facts) -> Refusal | None:
    """Refuse an entry around a macro event; a calendar that knows of nothing to come is told of once a day."""
    macro, now = parameters.macro, view.now
    assert macro is not None
    event = macro.at(now)
    if event is not None:
        return entry.candidate.refuse(C.MACRO_EVENT, detail=f"{event.name} until {iso(event.ends)}")
    if not macro.is_stale(now):
        return None
    facts.warn(RiskWarned("macro_calendar", "the calendar is out of date: it guards nothing"))
    if macro.blocks_when_stale:
        return entry.candidate.refuse(C.MACRO_EVENT, detail="the macro calendar is out of date")
    return None


def check_positions(entry: Entry, parameters: RiskParameters, view: View) -> Refusal | None:
    """Refuse one position too many, and a second entry where one is held or on its way, unless it says it adds."""
    intent = entry.candidate.intent
    key, there = (intent.strategy, intent.instrument), keys(entry.lines(view))
    if key in there:
        if parameters.one_entry and intent.purpose is not Purpose.SCALE_IN and not entry.closing:
            return entry.candidate.refuse(C.DUPLICATE, detail="a position is held or on its way")
        return None
    most = parameters.max_concurrent_positions
    if most is not None and len(there) >= most:
        return entry.candidate.refuse(C.TOO_MANY_POSITIONS, Decimal(most), Decimal(len(there) + 1), "positions")
    return None
