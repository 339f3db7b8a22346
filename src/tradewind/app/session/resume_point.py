"""How far a session had come in its market data when it stopped, and the data before and after that point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.runtime.places import Places

    Stream = Callable[[TimeNs, TimeNs], Iterable[MarketEvent]]
    """Yields the events that happen in [start, end), bars by their open, in the total order of time."""


@dataclass(frozen=True)
class ResumePoint:
    """The time of a session's last event, and its position in each series."""

    ts: TimeNs
    places: Places
    history_days: Decimal | None = None
    """How much earlier data the strategies warm up on; None is all."""

    def since(self, first: TimeNs) -> TimeNs:
        """Return where the history begins, which is not before `first`."""
        if self.history_days is None:
            return first
        return max(first, self.ts - int(self.history_days * NS_PER_DAY))

    def before(self, stream: Stream, first: TimeNs, begin: TimeNs, end: TimeNs) -> Iterable[MarketEvent]:
        """Yield the history from `first` on: what was seen, and at least what comes before `begin`, the first trade."""
        if self.ts <= begin:  # it stopped while it was still warming up
            return stream(self.since(first), begin)
        return self.places.seen(stream(self.since(first), end), self.ts)

    def after(self, stream: Stream, begin: TimeNs, end: TimeNs) -> Iterable[MarketEvent]:
        """Yield the data that is still to be traded on: nothing that was seen, nothing before `begin`."""
        if self.ts <= begin:
            return stream(begin, end)
        return self.places.new(stream(max(begin, self.places.earliest() or begin), end))
