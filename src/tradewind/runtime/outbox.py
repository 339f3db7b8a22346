"""The outbox: effects for a venue outside the process wait here until their step is committed.

They are sent in order, one after the other; the result of each comes back as an event through the inbox.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from tradewind.domain.errors import QueueFull

if TYPE_CHECKING:
    from tradewind.domain.commands import Effect
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Fence, Venue

OUTBOX_MAX = 1_024


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
    """Sends effects to a venue, in a separate task."""

    def __init__(self, venue: Venue, size_max: int = OUTBOX_MAX, *, fence: Fence | None = None) -> None:
        super().__init__(size_max, fence=fence)
        self._venue = venue
        self._released = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def release(self) -> None:
        """Let go what is held, and wake who sends it."""
        super().release()
        if len(self):
            self._drained.clear()
            self._released.set()

    async def run(self) -> None:
        """Send effects, in order, for ever."""
        while True:
            await self._released.wait()
            self._released.clear()
            while (effect := self.next()) is not None:
                await self._venue.execute(effect)
            self._drained.set()

    async def drained(self) -> None:
        """Wait until everything that was released has been sent."""
        await self._drained.wait()
