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
    from tradewind.venues.binance.stream import BinanceMarket

WAITING_MAX = 4_096
"""So many events wait for the engine before the connections are read no further."""


class RoutedMarket:
    """The market data of a session, over all its connections."""

    def __init__(self, parts: Sequence[BinanceMarket]) -> None:
        self._parts = tuple(parts)

    def last_price(self, instrument: InstrumentId) -> float | None:
        """Return the last price that was told; None before the first."""
        found = (part.last_price(instrument) for part in self._parts)
        return next((price for price in found if price is not None), None)

    async def stream(self) -> AsyncIterator[MarketEvent | None]:
        """Yield what happens; raise `VenueUnavailable` when one of the connections breaks or falls silent."""
        told: asyncio.Queue[MarketEvent | BaseException | None] = asyncio.Queue(WAITING_MAX)

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
                while not isinstance(event := await told.get(), BaseException):
                    yield event
                failure = event
            except GeneratorExit:  # nobody listens any more; in a group of tasks it would be taken for a failure
                failure = None
            finally:
                for each in pumps:
                    each.cancel()
        if failure is not None:
            raise failure
