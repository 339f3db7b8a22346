"""The macro-event guard: no entries around the hours of known events (section 14)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.message import Message
from tradewind.domain.money import ONE
from tradewind.domain.time import NS_PER_HOUR, TimeNs

if TYPE_CHECKING:
    from collections.abc import Iterable

HOURS = {"FOMC": (18, 18)}
HOURS_ELSE = (12, 6)


class MacroEvent(Message, frozen=True, gc=False):
    """One event, and the hours around it; both ends of the window belong to it."""

    name: str
    kind: str
    at: TimeNs
    hours_before: Decimal = Decimal(12)
    hours_after: Decimal = Decimal(6)

    @property
    def begins(self) -> TimeNs:
        """Since when no entry is let through."""
        return self.at - int(self.hours_before * NS_PER_HOUR)

    @property
    def ends(self) -> TimeNs:
        """Until when, this nanosecond included."""
        return self.at + int(self.hours_after * NS_PER_HOUR)


class MacroConfig(Message, frozen=True, gc=False):
    """The calendar, and what is done when it is out of date."""

    events: tuple[MacroEvent, ...] = ()
    valid_until: TimeNs | None = None
    blocks_when_stale: bool = False
    governor_factor: Decimal = Decimal("0.5")
    """What is left of the governor's cap inside a window."""

    def is_stale(self, now: TimeNs) -> bool:
        """Tell whether it is past its date, or knows of nothing to come."""
        if self.valid_until is not None and now > self.valid_until:
            return True
        return not any(event.at > now for event in self.events)

    def at(self, now: TimeNs) -> MacroEvent | None:
        """Return the event in whose window a time lies."""
        return current(self.events, now)

    def factor(self, now: TimeNs) -> Decimal:
        """Return what is left of the governor's cap."""
        return ONE if self.at(now) is None else self.governor_factor


def current(events: Iterable[MacroEvent], now: TimeNs) -> MacroEvent | None:
    """Return the first event whose window `now` lies in, both ends included."""
    return next((event for event in events if event.begins <= now <= event.ends), None)
