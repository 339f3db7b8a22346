"""Live signals: how late the last of a hundred symbols is asked, and given what it decided, once its candle is in.

A clock of its own lets minutes pass at once; what is measured is real time, from the moment at which a minute is over
for all keys to the call of each `get_signal`, and to the `opened` in the hands of each consumer. Journals are durable.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.figures import Figure
from tradewind.signals import Live, add_exchange, add_strategy, configure
from tradewind.strategy.signals.candles import Candle

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = 1_704_067_200_000
MINUTE = 60_000
KEYS, MINUTES, TRADED = 100, 20, (5, 13)
NAMES = {"strategy_name": "bench-live", "exchange_name": "bench-live"}


def figures() -> Iterator[Figure]:
    """Measure."""
    asked, worked, opened = asyncio.run(measured())
    name = f"{KEYS} symbols in one process"
    yield Figure(name=f"{name}: candle to get_signal, p99", value=late(asked, 0.99), unit="ms", at_most=50)
    yield Figure(name=f"{name}: the same, median", value=late(asked, 0.5), unit="ms")
    yield Figure(name=f"{name}: the same, p99, the loop's own processor time", value=late(worked, 0.99), unit="ms")
    yield Figure(name=f"{name}, all opening: to consumer, p99", value=late(opened, 0.99), unit="ms")


def late(times: list[float], part: float) -> float:
    """Return a quantile, in milliseconds."""
    return sorted(times)[min(int(len(times) * part), len(times) - 1)] * 1e3


class JumpClock:
    """Stands still until it is told to jump; whoever waits is woken then."""

    def __init__(self) -> None:
        self.ns = BASE * 1_000_000 + 500_000_000
        self.jumped = self.worked = 0.0
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def now(self) -> int:
        """Return the present, nanoseconds UTC."""
        return self.ns

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has jumped so far."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self.ns + int(seconds * 1e9), future))
        await future

    async def settled(self) -> None:
        """Wait, really, until every key waits for the next minute."""
        while sum(not future.done() for _, future in self._waiting) < KEYS:  # noqa: ASYNC110 - a measurement, not a wait
            await asyncio.sleep(0.005)

    def jump(self, minute: int) -> None:
        """Let the minute be over, for all at once."""
        self.ns = (BASE + minute * MINUTE) * 1_000_000 + 5_000_000
        due = [future for at, future in self._waiting if at <= self.ns]
        self._waiting = [(at, future) for at, future in self._waiting if at > self.ns]
        self.jumped, self.worked = time.perf_counter(), time.thread_time()
        for future in due:
            if not future.done():
                future.set_result(None)


async def measured() -> tuple[list[float], list[float], list[float]]:
    """Run a hundred keys for some minutes.

    Return how late each was asked, by the clock and by what the loop has worked, and each opening was delivered.
    """
    clock, asked, worked, opened = JumpClock(), [], [], []

    def get_signal(_: str, when: int) -> dict[str, Any] | None:
        asked.append(time.perf_counter() - clock.jumped)
        worked.append(time.thread_time() - clock.worked)
        if (when - BASE) // MINUTE not in TRADED:
            return None
        return {"position": "long", "price_take_profit": 55_000.0, "price_stop_loss": 45_000.0,
                "minute_estimated_time": 3}  # fmt: skip

    async def get_candles(*, since: int, limit: int, symbol: str, interval: str) -> list[Candle]:
        assert (symbol[:1], interval) == ("S", "1m")
        return [Candle(since + n * MINUTE, 50_000.0, 50_010.0, 49_990.0, 50_000.0, 1.0) for n in range(limit)]

    async def consume(symbol: str) -> None:
        async with aclosing(Live.run(symbol, NAMES)) as run:
            async for result in run:
                if result.action == "opened":
                    opened.append(time.perf_counter() - clock.jumped)  # noqa: PERF401 - the time at which it came

    add_exchange(exchange_name=NAMES["exchange_name"], get_candles=get_candles, replace=True)
    add_strategy(strategy_name=NAMES["strategy_name"], get_signal=get_signal, replace=True)
    with tempfile.TemporaryDirectory(dir=".") as folder:
        configure(root=Path(folder) / "persist", clock=clock)
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(consume(f"S{n:03d}USDT")) for n in range(KEYS)]
            for minute in range(1, MINUTES):
                await clock.settled()
                gc.collect()
                clock.jump(minute)
            await clock.settled()
            for task in running:
                task.cancel()
    return asked, worked, opened
