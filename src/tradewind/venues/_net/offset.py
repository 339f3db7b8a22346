"""How far the venue's clock is from ours: `server − (sent + received) / 2`, of the quickest of the last answers."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.time import TimeNs

SAMPLES = 5


class ClockOffset:
    """The offset, from as many questions as were answered."""

    def __init__(self) -> None:
        self._samples: deque[tuple[TimeNs, TimeNs]] = deque(maxlen=SAMPLES)

    @property
    def ns(self) -> TimeNs:
        """What is added to our time to have theirs; 0 before the first answer."""
        return min(self._samples)[1] if self._samples else 0

    @property
    def is_known(self) -> bool:
        """Whether the venue has told its time at all."""
        return bool(self._samples)

    def answered(self, sent: TimeNs, server: TimeNs, received: TimeNs) -> None:
        """Take an answer; one that seems to have come before it was asked for is that of a clock that was set."""
        if received >= sent:
            self._samples.append((received - sent, server - (sent + received) // 2))

    def forget(self) -> None:
        """Begin anew: one of the clocks was set."""
        self._samples.clear()


class VenueClock:
    """The venue's time, by our clock and the offset: what a session goes by, so that nothing is heard before it was.

    It never goes back: a clock that was ahead stands still.
    """

    def __init__(self, wall: Callable[[], TimeNs], offset_ns: TimeNs) -> None:
        self._wall = wall
        self._offset_ns = offset_ns
        self._latest: TimeNs = 0

    def now(self) -> TimeNs:
        """Return the venue's present, as far as we know it."""
        self._latest = max(self._latest, self._wall() + self._offset_ns)
        return self._latest

    def arrive(self, ts: TimeNs) -> TimeNs:
        """Take it that something has happened at `ts`, so it is that late at least; return the present."""
        now = self.now()
        if ts > now:
            self._offset_ns += ts - now
            self._latest = ts
        return self._latest

    def answered(self, sent: TimeNs, server: TimeNs, received: TimeNs) -> None:
        """Take an answer to the question for the time: what the way there and back explains is no error."""
        error = server - (sent + received) // 2
        if abs(error) > (received - sent) // 2:
            self._offset_ns += error
