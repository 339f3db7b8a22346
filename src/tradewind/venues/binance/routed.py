"""Market data of several connections as one (port `MarketData`): USD-M serves its streams on two routes.

What comes is told in the order in which it came. If one of the connections breaks, all are opened anew.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import MarketEvent
    from tradewind.ports import Ear
    from tradewind.venues.binance.stream import BinanceMarket

WAITING_MAX = 4_096
"""So many events wait for the engine before the connections are read no further."""


class RoutedMarket:
    """The market data of a session, over all its connections."""

    def __init__(self, parts: Sequence[BinanceMarket]) -> None:
        self._parts = tuple(parts)
        self._told: asyncio.Queue[MarketEvent | BaseException | None] = asyncio.Queue(WAITING_MAX)
        self._waits = False
        """Whether `stream` does nothing but wait."""
        self._ear: Ear | None = None

    def tell(self, ear: Ear) -> None:
        """Tell `ear` what comes while nothing that came before it waits (port `PromptMarketData`)."""
        self._ear = ear
        for part in self._parts:
            part.tell(self)

    def is_ready_for(self, event: MarketEvent) -> bool:
        """Return whether a part may tell of an event at once (port `Ear`)."""
        return self._waits and self._told.empty() and self._ear is not None and self._ear.is_ready_for(event)

    def hear(self, event: MarketEvent) -> None:
        """Pass on what a part tells at once."""
        assert self._ear is not None
        self._ear.hear(event)

    def last_price(self, instrument: InstrumentId) -> float | None:
        """Return the last price that was told; None before the first."""
        found = (part.last_price(instrument) for part in self._parts)
        return next((price for price in found if price is not None), None)

    async def stream(self) -> AsyncIterator[MarketEvent | None]:
        """Yield what happens; raise `VenueUnavailable` when one of the connections breaks or falls silent."""
        told = self._told = asyncio.Queue(WAITING_MAX)

        async def pump(part: BinanceMarket) -> None:
            try:
                async for event in part.stream():
                    await told.put(event)
            except Exception as error:  # noqa: BLE001 - it is raised by whoever reads
                await told.put(error)

        failure: BaseException | None = None
        async with asyncio.TaskGroup() as tasks:
            pumps = [tasks.create_task(pump(part)) for part in self._parts]
            try:
                while not isinstance(event := await self._next(), BaseException):
                    yield event
                failure = event
            except GeneratorExit:  # nobody listens any more; in a group of tasks it would be taken for a failure
                failure = None
            finally:
                for each in pumps:
                    each.cancel()
        if failure is not None:
            raise failure

    async def _next(self) -> MarketEvent | BaseException | None:
        self._waits = True
        try:
            return await self._told.get()
        finally:
            self._waits = False
