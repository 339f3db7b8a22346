"""Has a connection for ever: opened anew when it breaks, with waits that grow until one has worked.

An outage is told when it begins, and then at growing distances: a line for each try would hide all others.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from tradewind.domain.errors import VenueUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import NoReturn

log = structlog.get_logger(__name__)


async def kept(
    connection: Callable[[Callable[[], None]], Awaitable[None]], backoff_seconds: tuple[float, ...], venue: str
) -> NoReturn:
    """Run `connection` over and over; it says when it works, and ends by `VenueUnavailable` alone."""
    failures = 0

    def works() -> None:
        nonlocal failures
        failures = 0

    while True:
        try:
            await connection(works)
        except VenueUnavailable as error:
            if not failures & (failures - 1):  # the first, and then the second, third, fifth, ninth, 17th …
                log.warning("a connection of the account is down", venue=venue, error=error.message, tries=failures + 1)
        await asyncio.sleep(backoff_seconds[min(failures, len(backoff_seconds) - 1)])
        failures += 1
