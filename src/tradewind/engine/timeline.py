"""What is still to come, in the one total order `(ts_recv, rank, arrival)`.

Holds reports of a simulated venue and timers. A venue's own affairs, such as the arrival of an order,
stand in the same line with a rank before all events: the world moves before we hear of it.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from tradewind.domain.events import RANK, TimerFired, TradingDay
from tradewind.domain.time import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.events import Event
    from tradewind.domain.time import TimeNs

ACTION_RANK = -1
_NO_REPORTS = (ACTION_RANK, RANK[TimerFired], RANK[TradingDay])


class Timeline:
    """A heap of events and actions; `due` is the time of the earliest, `NEVER` if there is none."""

    __slots__ = ("_arrivals", "_heap", "due")

    def __init__(self) -> None:
        self._heap: list[tuple[TimeNs, int, int, Event | Callable[[int], None]]] = []
        self._arrivals = 0
        self.due: TimeNs = NEVER

    def push(self, event: Event) -> None:
        """Put an event in line, by its `ts_recv` and rank; equals keep the order in which they came."""
        heap, ts = self._heap, event.ts_recv
        self._arrivals = arrival = self._arrivals + 1
        heappush(heap, (ts, RANK[type(event)], arrival, event))
        self.due = heap[0][0]

    def at(self, ts: TimeNs, action: Callable[[int], None]) -> int:
        """Put an action in line, before all events of that time; return the number that it will be called with."""
        heap = self._heap
        self._arrivals = arrival = self._arrivals + 1
        heappush(heap, (ts, ACTION_RANK, arrival, action))
        self.due = heap[0][0]
        return arrival

    def pop_before(self, ts: TimeNs, rank: int) -> Event | None:
        """Take the next event that comes before (ts, rank), carrying out the actions on the way."""
        heap, until = self._heap, (ts, rank)
        while heap and heap[0] < until:
            _, place, number, item = heappop(heap)
            self.due = heap[0][0] if heap else NEVER
            if place != ACTION_RANK:
                return item  # type: ignore[return-value] # only actions have this rank
            item(number)  # type: ignore[operator] # may put more in line
        return None

    def reports(self) -> list[Event]:
        """Take every event that is under way, in order; actions, timers and days to come are dropped."""
        waiting = self.coming()
        self._heap.clear()
        self.due = NEVER
        return waiting

    def coming(self) -> list[Event]:
        """Return the events that are under way, in order, without timers and days to come."""
        return [item for _, rank, _, item in sorted(self._heap, key=_place) if rank not in _NO_REPORTS]  # type: ignore[misc]


def _place(entry: tuple[TimeNs, int, int, object]) -> tuple[TimeNs, int, int]:
    return entry[:3]
