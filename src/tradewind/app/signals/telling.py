"""Telling of a live key, beside its ticks: each observer has a queue of its own, so that none waits for another.

What an observer raises goes to `listen_error`; what a listener of errors raises has nobody left to hear it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tradewind.app.signals.observers import ERROR, Call, called, observing
from tradewind.domain.time import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.signals.result import SignalResult
    from tradewind.strategy.signals.definition import StrategyDefinition
    from tradewind.strategy.signals.strategy import SignalStrategy

PATIENCE_SECONDS = 5.0
"""How long the end of a run waits for observers that have not come to the end of their queues."""


class Telling:
    """Takes results and errors, and gives them to whoever watches."""

    def __init__(self, definition: StrategyDefinition, symbol: str) -> None:
        self._definition, self._symbol = definition, symbol
        self._told: asyncio.Queue[SignalResult | str | None] = asyncio.Queue()
        self._queues: dict[int, asyncio.Queue[Call | None]] = {}
        self._workers: set[asyncio.Task[None]] = set()

    def result(self, result: SignalResult) -> None:
        """Have everybody told of a result."""
        self._told.put_nowait(result)

    def error(self, text: str) -> None:
        """Have listeners told of an error that ends nothing."""
        self._told.put_nowait(text)

    def end(self) -> None:
        """Let `run` end when all is told."""
        self._told.put_nowait(None)

    async def run(self, strategy: Callable[[], SignalStrategy]) -> None:
        """Tell until the end; `strategy` is whose signals they are, as it runs at the time."""
        async with asyncio.TaskGroup() as tasks:
            while (told := await self._told.get()) is not None:
                for call in self._calls(told, strategy()):
                    name = id(call.function)  # a callable need not be hashable
                    queue = self._queues.get(name)
                    if queue is None:
                        queue = self._queues[name] = asyncio.Queue()
                        self._workers.add(tasks.create_task(self._work(queue)))
                    queue.put_nowait(call)
            for queue in self._queues.values():
                queue.put_nowait(None)
            if self._workers:
                _, late = await asyncio.wait(self._workers, timeout=PATIENCE_SECONDS)
                for worker in late:
                    worker.cancel()

    def _calls(self, told: SignalResult | str, strategy: SignalStrategy) -> list[Call]:
        if isinstance(told, str):
            return [Call(function, (told,), is_of_error=True) for function in ERROR.all]
        execution, _ = strategy.advise(self._symbol, told.ts * NS_PER_MS)
        return observing(told, self._definition, execution, live=True)

    async def _work(self, queue: asyncio.Queue[Call | None]) -> None:
        while (call := await queue.get()) is not None:
            failure = await called(call)
            if failure is not None and not call.is_of_error:
                for function in ERROR.all:
                    await called(Call(function, (failure,)))
