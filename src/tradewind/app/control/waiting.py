"""Waits, in the loop of the session, until the engine has done what was asked for."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tradewind.domain.step import Step

LOOK_SECONDS = 0.25
"""How often it looks where nothing happens."""


class Turns:
    """A watcher of a session: wakes whoever waits when a turn was committed."""

    name = "control"
    missed = ""
    is_behind = False

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def observe(self, steps: Sequence[Step]) -> None:  # noqa: ARG002 - that there was a turn is all
        """Wake them."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """Nothing waits for a session that has ended: time limits see to it."""

    async def until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is so, at most so long; return whether it is."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not condition():
            left = end - loop.time()
            if left <= 0:
                return False
            await self._next(min(left, LOOK_SECONDS))
        return True

    async def _next(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await future
