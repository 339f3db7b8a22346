"""The outbox: effects for a venue outside the process wait here until their step is committed.

They are sent in order, one after the other; the result of each comes back as an event through the inbox. A venue that
can send without waiting is given them as they are released; what must wait, and all after it, is sent by a task.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from tradewind.domain.errors import QueueFull
from tradewind.ports import PromptVenue

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
    """Sends effects to a venue: at once where it can, else in a separate task."""

    def __init__(self, venue: Venue, size_max: int = OUTBOX_MAX, *, fence: Fence | None = None) -> None:
        super().__init__(size_max, fence=fence)
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
