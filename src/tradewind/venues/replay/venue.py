"""Plays a sorted stream of market events back, in real time, faster, or as fast as it is taken.

The clock of a replay is the recorded one: it never passes the event that comes next, so a timer
between two events fires between them, as it would have then.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs

NAP_SECONDS = 0.25
"""The longest sleep at a stretch, so that a stop is not kept waiting."""


class ReplayClock:
    """The time of the recording; at a speed it runs on between events, but never past the next one."""

    def __init__(self, speed: float | None, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self.speed = speed
        self._monotonic_ns = monotonic_ns
        self._origin: tuple[TimeNs, int] | None = None
        self._reached: TimeNs = 0
        self.horizon: TimeNs | None = None
        """When the next event is due; None if it is not known."""

    def now(self) -> TimeNs:
        """Return the recorded time that has been reached."""
        if self.speed is not None and self._origin is not None and self.horizon is not None:
            self._reached = max(self._reached, min(self._running(self._origin), self.horizon - 1))
        return self._reached

    def arrive(self, ts: TimeNs) -> None:
        """Come to the time of an event; the first one starts the clock."""
        if self._origin is None:
            self._origin = (ts, self._monotonic_ns())
        self._reached = max(self._reached, ts)

    def wait_seconds(self, ts: TimeNs) -> float:
        """Return how long it is, on the wall, until `ts`; not positive if it has come."""
        if self.speed is None or self._origin is None:
            return 0.0
        return (ts - self._running(self._origin)) / self.speed / NS_PER_SECOND

    def _running(self, origin: tuple[TimeNs, int]) -> TimeNs:
        ts, started = origin
        return ts + int((self._monotonic_ns() - started) * (self.speed or 1.0))


class ReplayData:
    """A recorded stream as live market data (port `MarketData`)."""

    def __init__(self, events: Iterable[MarketEvent], clock: ReplayClock) -> None:
        self._events = events
        self._clock = clock

    async def stream(self) -> AsyncIterator[MarketEvent]:
        """Yield the events when their time has come; ends with the recording."""
        clock = self._clock
        paced = clock.speed is not None
        for event in self._events:
            if paced:
                clock.horizon = event.ts_recv
                while (seconds := clock.wait_seconds(event.ts_recv)) > 0:  # noqa: ASYNC110 - only time can wake it
                    await asyncio.sleep(min(seconds, NAP_SECONDS))
            clock.arrive(event.ts_recv)
            yield event
        clock.horizon = None
