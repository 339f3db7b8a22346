"""Market data of another time, played as if they began now: every time in them moved by as much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.market import Bar, DataGap, FormingBar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import Interval, TimeNs
    from tradewind.ports import History


@dataclass(frozen=True)
class Shift:
    """Moves times ahead by `by`, a whole number of bars."""

    by: TimeNs

    @classmethod
    def to_now(cls, start: TimeNs, now: TimeNs, interval: Interval) -> Shift:
        """Return the shift by which what begins at `start` begins with the bar that it is now."""
        return cls(interval.floor(now) - interval.floor(start))

    def ahead(self, ts: TimeNs) -> TimeNs:
        """Return a time moved."""
        return ts + self.by

    def events(self, made: Callable[[], Iterable[MarketEvent]]) -> Callable[[], Iterable[MarketEvent]]:
        """Return events moved."""
        return lambda: (self.event(event) for event in made())

    def event(self, event: MarketEvent) -> MarketEvent:
        """Return one event moved."""
        by, replace = self.by, msgspec.structs.replace
        match event:
            case Bar() | FormingBar():
                return replace(
                    event, ts_open=event.ts_open + by, ts_venue=event.ts_venue + by, ts_recv=event.ts_recv + by
                )
            case DataGap():
                return replace(event, ts_from=event.ts_from + by, ts_to=event.ts_to + by, ts_recv=event.ts_recv + by)
            case _:
                return replace(event, ts_venue=event.ts_venue + by, ts_recv=event.ts_recv + by)

    def history(self, history: History) -> History:
        """Return the history moved."""
        return _Moved(self, history)


@dataclass(frozen=True)
class _Moved:
    """A history at another time (port `History`)."""

    shift: Shift
    inner: History

    def bars(self, instrument: InstrumentId, interval: str, start: TimeNs, end: TimeNs) -> Iterator[Bar]:
        by = self.shift.by
        for bar in self.inner.bars(instrument, interval, start - by, end - by):
            moved = self.shift.event(bar)
            assert isinstance(moved, Bar)
            yield moved
