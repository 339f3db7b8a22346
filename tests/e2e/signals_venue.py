"""Signal keys at the local exchange: the market, the strategies and a program that runs them, to be killed.

Arguments: folder, socket, and the minute from which on it kills itself (`inf` for never). Each result is noted in the
file `given`.
"""

from __future__ import annotations

import asyncio
import math
import os
import signal
import sys
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from tradewind.app.signals.running import AT_VENUES
from tradewind.signals import (
    Live,
    add_exchange,
    add_frame,
    add_strategy,
    configure,
    get_average_price,
    get_candles,
)

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
BASE = int(BEGIN.timestamp() * 1000)
MINUTE = 60_000
HISTORY, MINUTES = 1_440, 240
SYMBOLS = {"BTCUSDT": 50_000.0, "ETHUSDT": 3_000.0}
STRATEGIES = ("swing", "dip")
OPEN: set[tuple[str, str]] = set()
"""Keys whose consumer was told last that they are open."""
DEATH = {"at": float("inf")}
KEYS = tuple((strategy, symbol) for strategy in STRATEGIES for symbol in SYMBOLS)


def price(symbol: str, minute: int) -> float:
    swing = 0.006 * math.sin(minute / 3 + len(symbol) + SYMBOLS[symbol]) + 0.004 * math.sin(minute * 1.7)
    return round(SYMBOLS[symbol] * (1 + swing), 2)


def candle(symbol: str, minute: int) -> dict[str, float]:
    first, last = price(symbol, minute - 1), price(symbol, minute)
    return {"timestamp": BASE + minute * MINUTE, "open": first, "high": round(max(first, last) * 1.001, 2),
            "low": round(min(first, last) * 0.999, 2), "close": last, "volume": 10.0}  # fmt: skip


def candles(*, symbol: str, interval: str, since: int, limit: int) -> list[dict[str, float]]:
    """Return the market's candles to a backtest; a key at the venue does not ask here."""
    assert interval == "1m"
    first = (since - BASE) // MINUTE
    return [candle(symbol, minute) for minute in range(max(first, 0), min(first + limit, HISTORY + MINUTES))]


def die_if_due(when: int) -> None:
    """Kill this process from within, as soon as a signal is open after a minute: the journal has it."""
    if when >= DEATH["at"] and any(key.state == "opened" and key.name in OPEN for key in AT_VENUES.values()):
        os.kill(os.getpid(), signal.SIGKILL)


def swing(symbol: str, when: int) -> dict[str, Any] | None:
    """Go with the last five minutes, at once, bitcoin up and ether down."""
    die_if_due(when)
    closes, up = [each.close for each in get_candles(limit=5)], 1 if symbol == "BTCUSDT" else -1
    if up * (closes[-1] / closes[0] - 1) < 0.004:
        return None
    last = closes[-1]
    return {"position": "long" if up > 0 else "short", "price_take_profit": last * (1 + up * 0.006),
            "price_stop_loss": last * (1 - up * 0.006), "minute_estimated_time": 7}  # fmt: skip


def dip(symbol: str, when: int) -> dict[str, Any] | None:
    """Wait for a price beside the average of the last minutes."""
    die_if_due(when)
    if when // MINUTE % 3:
        return None
    up = 1 if symbol == "BTCUSDT" else -1
    at = round(get_average_price() * (1 - up * 0.003), 2)
    return {"position": "long" if up > 0 else "short", "price_open": at, "entry": "limit",
            "price_take_profit": at * (1 + up * 0.007), "price_stop_loss": at * (1 - up * 0.006),
            "minute_estimated_time": 20, "id": f"dip-{symbol}-at-{when}"}  # fmt: skip


def define(folder: Path, socket: Path | None) -> None:
    config = {
        "engine": {"symbols": list(SYMBOLS), "checkpoint_interval_seconds": 0.3},
        "market_data": {"config": {"socket": str(socket), "dead_seconds": 120}},
        "trading": {"config": {"answer_seconds": 120, "wait_seconds": 120}},
        "lease": {"folder": str(folder / "lease")},
        "journal": {"durable": False},
    }
    add_exchange(
        exchange_name="local", get_candles=candles, slippage_pct=0, fee_pct="0.1", tick="0.01", lot="0.00001",
        venue="exchange", config=config, replace=True,
    )  # fmt: skip
    common: dict[str, Any] = {"replace": True, "min_take_profit_pct": None, "entry_timeout_minutes": 6, "cost": 1_000}
    add_strategy(strategy_name="swing", get_signal=swing, **common)
    add_strategy(strategy_name="dip", get_signal=dip, **common)
    begin = BASE + (HISTORY + 1) * MINUTE  # the first candle that a session hears has ended then
    add_frame(frame_name="all", start_date=begin, end_date=BASE + (HISTORY + MINUTES) * MINUTE, replace=True)
    configure(root=folder / "logs" / "persist")


def write_exchange(folder: Path, *, kind: str = "perpetual", **paper: Any) -> Path:
    """Write the market, and the configuration of an exchange that serves it as fast as its clients are."""
    paths = []
    for symbol in SYMBOLS:
        rows = [candle(symbol, minute) for minute in range(HISTORY + MINUTES)]
        times = [BEGIN + timedelta(minutes=minute) for minute in range(HISTORY + MINUTES)]
        path = folder / f"{symbol}_1m.parquet"
        columns = {name: [row[name] for row in rows] for name in ("open", "high", "low", "close", "volume")}
        pl.DataFrame({"timestamp": times, **columns}).write_parquet(path)
        paths.append(str(path))
    tree = {
        "engine": {
            "symbols": list(SYMBOLS), "interval": "1m",
            "prefetch": {"enabled": True, "start_time_type": "days", "days": 1},
        },
        "market_data": {"provider_type": "replay", "config": {"path": paths, "speed": "max"}},
        "trading": {
            "provider_type": "paper",
            "config": {
                "balances": {"USDT": "100000"}, "account": "margin",
                "fees": {"kind": "bps", "maker_bps": 10, "taker_bps": 10}, "fill": {"limit": "touch"},
            } | paper,
        },
        "instruments": [
            {"symbol": symbol, "kind": kind, "tick": "0.01", "lot": "0.00001"} for symbol in SYMBOLS
        ],
    }  # fmt: skip
    path = folder / "exchange.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


async def consume(strategy: str, symbol: str, given: Path) -> list[Any]:
    results = []
    async with aclosing(Live.run(symbol, strategy_name=strategy, exchange_name="local")) as run:
        async for result in run:
            results.append(result)
            (OPEN.add if result.action == "opened" else OPEN.discard)((strategy, symbol))
            with given.open("a") as file:
                file.write(f"{result.event_id}\n")
    return results


async def main(folder: Path, keys: tuple[tuple[str, str], ...] = KEYS) -> dict[tuple[str, str], list[Any]]:
    """Run keys until the exchange has no more bars."""
    async with asyncio.TaskGroup() as tasks:
        running = {key: tasks.create_task(consume(*key, folder / "given")) for key in keys}
    return {key: task.result() for key, task in running.items()}


if __name__ == "__main__":
    define(Path(sys.argv[1]), Path(sys.argv[2]))
    DEATH["at"] = BASE + (HISTORY + float(sys.argv[3])) * MINUTE
    asyncio.run(main(Path(sys.argv[1])))
    print("orderly", flush=True)  # noqa: T201 - to the test
