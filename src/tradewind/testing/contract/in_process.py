"""A simulated venue in our own process as one outside: for the cards, which await what it says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tradewind.domain.events import RANK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from tradewind.domain.commands import Effect
    from tradewind.domain.events import Event
    from tradewind.domain.market import MarketEvent
    from tradewind.engine.timeline import Timeline
    from tradewind.ports import SimulatedVenue


class InProcess:
    """The venue, its timeline, and a market that goes on with each request (port `Venue`)."""

    def __init__(self, venue: SimulatedVenue, timeline: Timeline, market: Iterator[MarketEvent]) -> None:
        """Make it; the first event of `market` happens at once, so that there is a price."""
        self._venue = venue
        self._timeline = timeline
        self._market = market
        self._said: asyncio.Queue[Event] = asyncio.Queue()
        self._now = 0
        self._go_on()

    async def execute(self, effect: Effect) -> None:
        """Send one effect, and let the market go on: what arrives during one bar trades at the next one's open.

        Raises `StopIteration` where the market is too short.
        """
        self._venue.execute(effect, self._now)
        self._go_on()
        self._go_on()

    async def events(self) -> AsyncIterator[Event]:
        """Yield what the venue says, in the order of its time."""
        while True:
            yield await self._said.get()

    def _go_on(self) -> None:
        event = next(self._market)
        self._hear(event.ts_recv, RANK[type(event)])
        self._venue.on_market(event)
        self._hear(event.ts_recv, RANK[type(event)])
        self._now = event.ts_recv

    def _hear(self, ts: int, rank: int) -> None:
        while (event := self._timeline.pop_before(ts, rank)) is not None:
            self._said.put_nowait(event)
