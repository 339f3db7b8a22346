"""Two live signal keys in a process of their own, with minutes of a few milliseconds: to be killed and starved.

Arguments: folder, minutes to run; then words: `full` (no byte can be written between the minutes 20 and 60), `tell`
(print health and state of each key once it has started, and run on). Minute 0 comes a second after the first start.
"""

from __future__ import annotations

import asyncio
import math
import resource
import signal
import sys
import time
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

from tradewind.signals import Live, add_exchange, add_frame, add_strategy, configure

BASE = 1_704_067_200_000
MINUTE = 60_000
MINUTE_SECONDS = 0.01
"""How long a minute lasts."""
SPEED = 60 / MINUTE_SECONDS
SYMBOLS = {"BTCUSDT": 50_000.0, "ETHUSDT": 3_000.0}
NAMES = {"strategy_name": "kill", "exchange_name": "made-up"}
FULL = range(20, 60)


class FastClock:
    """The wall clock, some thousand times as fast."""

    def __init__(self, origin: int) -> None:
        self._origin = origin

    def now(self) -> int:
        return BASE * 1_000_000 + int((time.time_ns() - self._origin) * SPEED)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0) / SPEED)


def price(symbol: str, minute: int) -> float:
    swing = 0.006 * math.sin(minute / 3 + len(symbol)) + 0.004 * math.sin(minute * 1.7)
    return round(SYMBOLS[symbol] * (1 + swing), 2)


def get_candles(*, symbol: str, interval: str, since: int, limit: int) -> list[dict[str, float]]:
    assert interval == "1m"
    found = []
    for place in range(limit):
        minute = (since - BASE) // MINUTE + place
        first, last = price(symbol, minute - 1), price(symbol, minute)
        found.append({"timestamp": since + place * MINUTE, "open": first, "high": max(first, last) * 1.001,
                      "low": min(first, last) * 0.999, "close": last, "volume": 1.0})  # fmt: skip
    return found


def get_signal(symbol: str, when: int) -> dict[str, Any] | None:
    minute = (when - BASE) // MINUTE
    if not 1 <= minute < 240 or (minute * 7 + len(symbol) + int(SYMBOLS[symbol])) % 5:
        return None
    last, up = price(symbol, minute - 1), 1 if minute % 2 else -1
    plan = {
        "position": "long" if up > 0 else "short", "price_take_profit": last * (1 + up * 0.006),
        "price_stop_loss": last * (1 - up * 0.006), "minute_estimated_time": 4 + minute % 5,
    }  # fmt: skip
    return plan | ({"price_open": last * (1 - up * 0.002), "entry": "limit"} if minute % 3 == 0 else {})


def define(end: int = 100_000) -> None:
    add_exchange(
        exchange_name="made-up",
        get_candles=get_candles,
        late_candle_grace=1e9,
        replace=True,
        tick="0.01",
        lot="0.00001",
    )
    add_strategy(
        strategy_name="kill", get_signal=get_signal, replace=True, entry_timeout_minutes=6, min_take_profit_pct=None
    )
    add_frame(frame_name="kill", start_date=BASE, end_date=BASE + end * MINUTE, replace=True)


def origin(folder: Path) -> int:
    """Return when minute 0 is, by the wall clock; the first program in a folder says."""
    path = folder / "origin"
    if not path.exists():
        path.write_text(str(time.time_ns() + 1_000_000_000))
    return int(path.read_text())


async def main(folder: Path, minutes: int, words: list[str]) -> None:
    define()
    clock = FastClock(origin(folder))
    configure(root=folder / "persist", clock=clock)
    end = (BASE + minutes * MINUTE) * 1_000_000
    async with asyncio.TaskGroup() as tasks:
        for symbol in SYMBOLS:
            tasks.create_task(consume(symbol, folder))
        if "full" in words:
            tasks.create_task(starve(clock))
        while not reached(end, words):  # noqa: ASYNC110 - what is waited for comes from keys that know nothing of us
            await asyncio.sleep(0.002)
        from tradewind.app.signals.running import RUNNING

        for run in list(RUNNING.values()):
            run.end()


def reached(end: int, words: list[str]) -> bool:
    from tradewind.app.signals.running import RUNNING

    if "tell" in words and len(RUNNING) == len(SYMBOLS) and all(r.health != "starting" for r in RUNNING.values()):
        words.remove("tell")
        for (_, _, symbol), run in sorted(RUNNING.items()):
            print(symbol, run.health, run.world.key.state.value, flush=True)  # noqa: T201 - to the test
    return len(RUNNING) == len(SYMBOLS) and all(run.session.done >= end for run in RUNNING.values())


async def consume(symbol: str, folder: Path) -> None:
    """Note what is handed over; what comes just before the disk is full is noted as soon as it can be."""
    given = ""
    async with aclosing(Live.run(symbol, NAMES)) as run:
        async for result in run:
            given += f"{result.event_id}\n"
            with suppress(OSError), (folder / f"{symbol}.given").open("a") as file:
                file.write(given)
                file.flush()
                given = ""
    assert not given, "the disk was full to the end"


async def starve(clock: FastClock) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    for minute, limit in ((FULL.start, 0), (FULL.stop, most)):
        await asyncio.sleep((BASE * 1_000_000 + minute * MINUTE * 1_000_000 - clock.now()) / 1e9 / SPEED)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
        print("full" if not limit else "free", flush=True)  # noqa: T201 - to the test


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
    print("orderly", flush=True)  # noqa: T201 - to the test
