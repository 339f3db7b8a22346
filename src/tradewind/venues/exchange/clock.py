"""The exchange's time at the client (port `Clock`): it stands with the exchange's, or runs on between its words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.time import TimeNs


class LinkClock:
    """What the exchange last said that it is; at a speed, plus what has passed on the wall since."""

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._monotonic_ns = monotonic_ns
        self.reached: TimeNs = 0
        """The latest time that was told or handed over."""
        self._heard: tuple[TimeNs, int] | None = None
        self._speed: float | None = None

    def now(self) -> TimeNs:
        """Return the exchange's time as far as it is known; never less than before."""
        if self._speed is not None and self._heard is not None:
            ts, then = self._heard
            self.reached = max(self.reached, ts + int((self._monotonic_ns() - then) * self._speed))
        return self.reached

    def run(self, speed: float | None, ts: TimeNs) -> None:
        """Be told how fast time goes there, and that it is `ts`; None stands still between words."""
        self._speed = speed
        self.hear(ts)
        self.arrive(ts)

    def hear(self, ts: TimeNs) -> None:
        """Be told by the exchange that it is `ts`; where time waits for us, it moves only by `arrive`."""
        if self._speed is not None:
            self._heard = (ts, self._monotonic_ns())

    def arrive(self, ts: TimeNs) -> None:
        """Come to the time of what is handed to the engine now."""
        self.reached = max(self.reached, ts)
