"""The market of the exchange: what it plays, and the bars of before for those who warm up."""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

from tradewind.domain.market import Bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.ports import History

_received = attrgetter("ts_recv")


@dataclass(frozen=True)
class Tape:
    """Market data that can be played again and again from the beginning."""

    instruments: tuple[Instrument, ...]
    interval: str
    finest: str
    described: str
    start: TimeNs
    """The open of the first bar that is played."""
    events: Callable[[], Iterable[MarketEvent]]
    history: History

    def bars(self, since: TimeNs, interval: str, count: int) -> Iterator[Bar]:
        """Yield the bars that open at `since` or later: of history, and of the first so many events."""
        before = [
            self.history.bars(instrument.id, interval, since, self.start)
            for instrument in self.instruments
            if interval == self.interval and since < self.start
        ]
        yield from heapq.merge(*before, key=_received)
        for event in itertools.islice(self.events(), count):
            if type(event) is Bar and event.interval == interval and event.ts_open >= since:
                yield event
