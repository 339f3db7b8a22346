"""The outbox: effects for a venue outside wait here until the journal has their step.

They leave in order, one after the other; what came of each comes back as an event through the inbox.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tradewind.domain.errors import QueueFull

if TYPE_CHECKING:
    from tradewind.domain.commands import Effect
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Venue

OUTBOX_MAX = 1_024


class Outbox:
    """Holds the effects of a turn, then lets them go."""

    def __init__(self, venue: Venue, size_max: int = OUTBOX_MAX) -> None:
        self._venue = venue
        self._held: list[Effect] = []
        self._leaving: asyncio.Queue[Effect] = asyncio.Queue()
        self._size_max = size_max

    def hold(self, effect: Effect, ts: TimeNs) -> None:  # noqa: ARG002 - a real venue has its own time
        """Take an effect; it goes nowhere yet."""
        self._held.append(effect)

    def release(self) -> None:
        """Let go what is held: the journal has it. Raise `QueueFull` if the venue is hopelessly behind."""
        for effect in self._held:
            if self._leaving.qsize() >= self._size_max:
                raise QueueFull(f"{self._size_max} effects wait for the venue")
            self._leaving.put_nowait(effect)
        self._held.clear()

    async def run(self) -> None:
        """Send effects, in order, for ever."""
        while True:
            await self._venue.execute(await self._leaving.get())
            self._leaving.task_done()

    async def drained(self) -> None:
        """Wait until everything that was let go has left."""
        await self._leaving.join()
