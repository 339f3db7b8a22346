"""A clock that goes only when it is told to, for live signals: waiting takes no time."""

from __future__ import annotations

import asyncio
import heapq
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from tests.unit.app.signals.market import BASE, MINUTE, SYMBOL
from tradewind.app.signals.running import RUNNING
from tradewind.signals import Live, SignalResult, configure

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from pathlib import Path

SETTLE = 14
"""Turns of the loop after which everybody waits for something."""


class SimClock:
    """Nanoseconds since 1970, from a minute of the made-up market on."""

    def __init__(self, start: float = 0) -> None:
        self.ns = int((BASE + start * MINUTE) * 1_000_000)
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> int:
        return self.ns

    async def sleep(self, seconds: float) -> None:
        self._count += 1
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.ns + int(seconds * 1e9), self._count, waiting))
        await waiting

    async def go_to(self, minute: float) -> None:
        """Let time pass up to a minute, waking whoever waits for a moment before it."""
        end = int((BASE + minute * MINUTE) * 1_000_000)
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, waiting = heapq.heappop(self._sleepers)
            self.ns = max(self.ns, due)
            if not waiting.done():
                waiting.set_result(None)
                await settle()
        self.ns = end
        await settle()


async def settle() -> None:
    for _ in range(SETTLE):
        await asyncio.sleep(0)


def at_work(tmp_path: Path, start: float, story: Callable[[SimClock], Coroutine[Any, Any, Any]]) -> Any:
    """Run a story with its files in a folder and its clock at a minute; nothing runs on after it."""
    clock = SimClock(start)
    configure(root=tmp_path / "persist", clock=clock, durable=False)

    async def told() -> Any:
        try:
            return await story(clock)
        finally:
            assert not RUNNING, "a run goes on after its story"

    return asyncio.run(told())


NAMES = {"strategy_name": "s", "exchange_name": "x"}


def live(tmp_path: Path, start: float, end: float, *, symbol: str = SYMBOL) -> list[SignalResult]:
    """Run from one minute to another, then leave as a crash would; return what was yielded."""

    async def story(clock: SimClock) -> list[SignalResult]:
        results: list[SignalResult] = []

        async def consume() -> None:
            async with aclosing(Live.run(symbol, NAMES)) as run:
                async for result in run:
                    results.append(result)  # noqa: PERF401 - what came before a cancel must be there

        async with asyncio.TaskGroup() as tasks:
            consuming = tasks.create_task(consume())
            await clock.go_to(end)
            consuming.cancel()
        return results

    return list(at_work(tmp_path, start, story))


async def took(symbol: str, clock: SimClock, end: float) -> list[Any]:
    """Run a key up to a minute, then leave."""
    results = []

    async def consume() -> None:
        async with aclosing(Live.run(symbol, NAMES)) as run:
            async for result in run:
                results.append(result)  # noqa: PERF401 - what came before a cancel must be there

    async with asyncio.TaskGroup() as tasks:
        consuming = tasks.create_task(consume())
        await clock.go_to(end)
        consuming.cancel()
    return results
