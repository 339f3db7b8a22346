"""Times within a window that moves on with them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.time import TimeNs


class Times:
    """When something happened, as far as it is no older than the window; one exactly as old is outside."""

    def __init__(self, window_ns: TimeNs) -> None:
        self._window_ns = window_ns
        self._times: deque[TimeNs] = deque()

    def add(self, ts: TimeNs) -> None:
        """Count one; times do not run backwards."""
        self._times.append(ts)

    def count(self, now: TimeNs) -> int:
        """Return how many there are in the window that ends now."""
        times, since = self._times, now - self._window_ns
        while times and times[0] <= since:
            times.popleft()
        return len(times)

    def room_at(self, now: TimeNs, most: int) -> TimeNs:
        """Return when there will be no more than `most` of them if none is added; now if there are no more now."""
        count = self.count(now)
        return now if count <= most else self._times[count - most - 1] + self._window_ns

    def state(self, now: TimeNs) -> tuple[TimeNs, ...]:
        """Return those in the window that ends now, as plain data."""
        self.count(now)
        return tuple(self._times)

    def restore(self, times: Iterable[TimeNs]) -> None:
        """Take over what `state` wrote down; empty forgets them all."""
        self._times = deque(times)
