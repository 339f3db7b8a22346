"""The outbox: effects for a venue outside the process wait here until their step is committed.

They are sent in order, one after the other; the result of each comes back as an event through the inbox. A venue that
can send without waiting is given them as they are released; what must wait, and all after it, is sent by a task.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

import structlog

from tradewind.domain.errors import QueueFull
from tradewind.ports import PromptVenue

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.commands import Effect
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Fence, Venue

OUTBOX_MAX = 1_024
LOOK_SECONDS = 0.01
STUCK_SECONDS = 60.0
"""So long a session waits for a venue that takes nothing at all: a request waits seconds for a connection."""

log = structlog.get_logger(__name__)


class Departures:
    """Decides what is sent when: effects are held until their turn is committed, then sent, the oldest first."""

    def __init__(self, size_max: int = OUTBOX_MAX, *, fence: Fence | None = None) -> None:
        self._held: list[Effect] = []
        self._leaving: deque[Effect] = deque()
        self._size_max = size_max
        self._fence = fence

    def __len__(self) -> int:
        return len(self._leaving)

    def hold(self, effect: Effect, ts: TimeNs) -> None:  # noqa: ARG002 - a real venue has its own time
        """Hold an effect; it is not sent yet."""
        self._held.append(effect)

    def release(self) -> None:
        """Let go what is held: the journal has it. Raise `QueueFull` if the venue is hopelessly behind.

        It is with what turns before have left; one turn alone may have much to say, as at a stop with many orders.
        """
        if self._held and len(self._leaving) >= self._size_max:
            raise QueueFull(f"{len(self._leaving)} effects wait for the venue")
        self._leaving.extend(self._held)
        self._held.clear()

    def next(self) -> Effect | None:
        """Take the effect that leaves now, None if nothing is to leave; raise `LeaseLost` if it may not."""
        if not self._leaving:
            return None
        if self._fence is not None:
            self._fence.check()
        return self._leaving.popleft()


class Outbox(Departures):
    """Sends effects to a venue: at once where it can, else in a separate task."""

    def __init__(
        self,
        venue: Venue,
        size_max: int = OUTBOX_MAX,
        *,
        fence: Fence | None = None,
        stuck_seconds: float = STUCK_SECONDS,
    ) -> None:
        super().__init__(size_max, fence=fence)
        self._stuck_seconds = stuck_seconds
        self._moved = 0.0
        """When the task that sends last had something leave or come"""
        self._venue = venue
        self._prompt = venue if isinstance(venue, PromptVenue) else None
        self._released = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def release(self) -> None:
        """Let go what is held: send it, or wake who does; raise `LeaseLost` if it may not leave."""
        super().release()
        if self._prompt is not None and self._drained.is_set():  # else somebody is before it
            while (effect := self.next()) is not None:
                if not self._prompt.send_now(effect):
                    self._leaving.appendleft(effect)
                    break
        if len(self):
            if self._drained.is_set():
                self._moved = time.monotonic()
            self._drained.clear()
            self._released.set()

    async def run(self) -> None:
        """Send effects, in order, for ever."""
        while True:
            await self._released.wait()
            self._released.clear()
            while (effect := self.next()) is not None:
                await self._venue.execute(effect)
                self._moved = time.monotonic()
            self._drained.set()

    @property
    def is_full(self) -> bool:
        """Whether so much waits for the venue that nothing more should be decided before some of it has left."""
        return len(self._leaving) >= self._size_max

    async def has_room(self, beat: Callable[[], None]) -> None:
        """Wait, with a sign of life now and then, until half of it is free: after bars that came all at once, say.

        A venue that takes nothing at all, for long, is not waited for: the next release says so, loudly.
        """
        log.warning("the venue is behind: waiting", effects=len(self))
        while len(self._leaving) > self._size_max // 2 and time.monotonic() - self._moved < self._stuck_seconds:
            beat()
            await asyncio.sleep(LOOK_SECONDS)

    async def drained(self) -> None:
        """Wait until everything that was released has been sent."""
        await self._drained.wait()
