"""How far a session has come in each series of its market data, so that a restart feeds nothing twice.

An event's place is the time at which it happened (of a bar, its open) and its number among the events of its series at
that time. It depends on the events alone, not on when or in which order they arrived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.checkpoint import KeptPlace
from tradewind.domain.events import SessionStarted, WarmupEnded
from tradewind.domain.market import Bar, DataGap, FormingBar, MarketEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tradewind.domain.events import Event
    from tradewind.domain.time import TimeNs

_Key = tuple[str, str, str]
_Last = dict[_Key, tuple["TimeNs", int]]
_NAMES = {kind: kind.__struct_config__.tag for kind in MarketEvent.__args__ if kind is not DataGap}


class Places:
    """The places of all series; `take` moves them on, `teller` tells what lies beyond."""

    def __init__(self, kept: Iterable[KeptPlace] = ()) -> None:
        self._last: _Last = {}
        self._recalled: _Last | None = None
        """While a session that goes on goes through its history: what of that has come."""
        self._take_over(kept)

    def take(self, event: Event) -> None:
        """Take an event that the engine has taken; what is neither market data nor begins a session has no place."""
        kind = type(event)
        name = _NAMES.get(kind)
        if name is None:
            if kind is SessionStarted and event.restored is not None:  # type: ignore[union-attr] # it is one
                self._take_over(event.restored.places)  # type: ignore[union-attr]
                self._recalled = {}
            elif kind is WarmupEnded and self._recalled is not None:
                self._merge(self._recalled)
                self._recalled = None
            return
        lasts = self._last if self._recalled is None else self._recalled
        key, ts = _place_of(name, event)
        last = lasts.get(key)
        if last is None or ts > last[0]:
            lasts[key] = (ts, 1)
        elif ts == last[0]:
            lasts[key] = (ts, last[1] + 1)

    def kept(self) -> tuple[KeptPlace, ...]:
        """Return them as plain data, in the order in which the series began."""
        return tuple(KeptPlace(*key, *last) for key, last in self._last.items())

    def earliest(self) -> TimeNs | None:
        """Return the place of the series that has come least far; None if nothing was seen."""
        return min((ts for ts, _ in self._last.values()), default=None)

    def new(self, events: Iterable[MarketEvent]) -> Iterator[MarketEvent]:
        """Yield of a stream, which begins at `earliest` or before, what was not seen yet."""
        is_new = self.teller()
        return (event for event in events if is_new(event))

    def seen(self, events: Iterable[MarketEvent], until: TimeNs) -> Iterator[MarketEvent]:
        """Yield of a sorted stream what was seen, up to the time `until` at which the seeing stopped."""
        is_new = self.teller()
        for event in events:
            if event.ts_recv > until:
                return
            if not is_new(event):
                yield event

    def teller(self) -> Callable[[MarketEvent], bool]:
        """Return what tells, of the events of one stream in their order, whether each was not seen yet."""
        passed: dict[_Key, int] = {}
        last, names = self._last, _NAMES

        def is_new(event: MarketEvent) -> bool:
            name = names.get(type(event))
            if name is None:
                return True
            key, ts = _place_of(name, event)
            before = last.get(key)
            if before is None or ts != before[0]:
                return before is None or ts > before[0]
            passed[key] = count = passed.get(key, 0) + 1
            return count > before[1]

        return is_new

    def _take_over(self, kept: Iterable[KeptPlace]) -> None:
        self._last = {(each.kind, each.instrument, each.interval): (each.ts, each.count) for each in kept}

    def _merge(self, recalled: _Last) -> None:
        """Take what the history had beyond the places: of a session that stopped before it was warm."""
        for key, last in recalled.items():
            self._last[key] = max(last, self._last.get(key, last))


def _place_of(name: str, event: Event) -> tuple[_Key, TimeNs]:
    if isinstance(event, Bar):
        return (name, event.instrument, event.interval), event.ts_open
    interval = event.interval if isinstance(event, FormingBar) else ""
    return (name, event.instrument, interval), event.ts_venue  # type: ignore[union-attr] # market data have both
