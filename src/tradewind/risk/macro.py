"""The macro-event guard: no entries around the hours of known events (section 14)."""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.message import Message
from tradewind.domain.money import ONE
from tradewind.domain.time import NEVER, NS_PER_HOUR, TimeNs

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


class MacroWindows:
    """The windows of a calendar, reckoned once; asked by every entry."""

    def __init__(self, config: MacroConfig) -> None:
        self._config = config
        self._windows = [(event.begins, event.ends, event) for event in config.events]
        self._calm_from = self._calm_until = 0
        """Since when there is no window, and until when there is none, of the time that was asked for last."""
        last = max((event.at for event in config.events), default=0)
        self._known_until = last if config.valid_until is None else min(last, config.valid_until + 1)

    def is_stale(self, now: TimeNs) -> bool:
        """Tell whether the calendar is past its date, or knows of nothing to come."""
        return now >= self._known_until

    def at(self, now: TimeNs) -> MacroEvent | None:
        """Return the first event in whose window a time lies, both ends included."""
        if self._calm_from <= now < self._calm_until:
            return None
        for begins, ends, event in self._windows:
            if begins <= now <= ends:
                return event
        self._calm_from = now
        self._calm_until = min((begins for begins, _, _ in self._windows if begins > now), default=NEVER)
        return None

    def factor(self, now: TimeNs) -> Decimal:
        """Return what is left of the governor's cap."""
        return ONE if self.at(now) is None else self._config.governor_factor
