"""The signal style over the past: minutes a second of one symbol, candles in memory, time of the process alone."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from typing import TYPE_CHECKING, Any

from bench.figures import Figure, progress
from tradewind.app.signals.backtest_run import BacktestRun
from tradewind.signals import add_exchange, add_frame, add_strategy, get_candles
from tradewind.strategy.signals.candles import Candle, Columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BASE = 1_704_067_200_000
MINUTE = 60_000
COUNT = 60_000
ROUNDS = 20
"""Each takes a fraction of a second; the best of so many tells what the code costs, not what else the machine does."""
BEFORE = 1_440


def figures() -> Iterator[Figure]:
    """Measure the four ways in which a backtest of signals spends its time."""
    candles = made()
    yield Figure(
        name="60-minute trades back to back, fast-forward", value=speed(candles, trades), unit="min/s",
        at_least=440_000, note="the contract's floor is 45,000; ten times the reference's 44,000 is the goal",
    )  # fmt: skip
    yield Figure(name="the same, minute by minute", value=speed(candles, trades, fast=False), unit="min/s")
    yield Figure(name="get_signal every minute, trivial", value=speed(candles, idle), unit="min/s", at_least=15_000)
    yield Figure(
        name="get_signal with 60 candles every minute", value=speed(candles, looking), unit="min/s", at_least=8_000
    )
    yield Figure(name="the same, as a coroutine", value=speed(candles, waiting), unit="min/s")


def trades(_: str, __: int) -> dict[str, Any]:
    """Be always in a trade."""
    return {
        "position": "long", "price_take_profit": 55_000.0, "price_stop_loss": 45_000.0, "minute_estimated_time": 60,
    }  # fmt: skip


def idle(_: str, __: int) -> None:
    """Never trade."""


def looking(_: str, __: int) -> None:
    """Look at an hour of candles and do not trade."""
    assert get_candles(limit=60)


async def waiting(_: str, __: int) -> None:
    """Look at an hour of candles by `await`."""
    assert await get_candles(limit=60)


def made() -> list[Candle]:
    """Make candles that wander around 50,000."""
    draw, price, candles = random.Random(1), 50_000.0, []
    for number in range(-BEFORE, COUNT + 2_000):
        first, price = price, round(price + draw.uniform(-10, 10) + (50_000 - price) * 0.01, 2)
        low, high = min(first, price) - 1, max(first, price) + 1
        candles.append(Candle(BASE + number * MINUTE, first, high, low, price, 1.0))
    return candles


def speed(candles: list[Candle], get_signal: Callable[..., Any], *, fast: bool = True) -> float:
    """Return simulated minutes a second of processor time, the best of some rounds."""
    add_exchange(exchange_name="bench", get_candles=lambda **_: [], replace=True)
    add_strategy(strategy_name="bench", get_signal=get_signal, replace=True)
    add_frame(frame_name="bench", start_date=BASE, end_date=BASE + COUNT * MINUTE, replace=True)
    best = float("inf")
    for turn in range(ROUNDS):
        progress(f"round {turn + 1} of {ROUNDS}")
        best = min(best, asyncio.run(seconds(Columns(candles), fast=fast)))
    progress("")
    return COUNT / best


async def seconds(columns: Columns, *, fast: bool) -> float:
    """Return the processor time of one run."""
    run = BacktestRun("BTCUSDT", ("bench", "bench", "bench"), fast=fast)
    gc.collect()
    began = time.process_time()
    async for _ in run.results(columns):
        pass
    return time.process_time() - began
