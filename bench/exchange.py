"""The local exchange over loopback: orders matched for several clients at once, and streams for fifty connections."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from bench.figures import Figure, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

CLIENTS, ORDERS, WARM = 4, 5_000, 500
CONNECTIONS, STREAM_SECONDS = 50, 8.0
SYMBOLS = ("BTCUSDT", "ETHUSDT")
CLIENT = Path(__file__).with_name("exchange_client.py")
CONFIG = f"""\
engine: {{symbols: [{", ".join(SYMBOLS)}], interval: 1m}}
market_data: {{provider_type: mock, config: {{seed: 7}}}}
trading: {{provider_type: paper, config: {{balances: {{USDT: 50000000, BTC: 1000}}}}}}
"""


def figures() -> Iterator[Figure]:
    """Measure."""
    progress("orders over the WebSocket API")
    for way, text in (("ws", "WebSocket API"), ("rest", "REST, a request at a time each")):
        with tempfile.TemporaryDirectory() as folder, Serving(Path(folder), speed=1.0) as exchange:
            told = exchange.run(way, *map(str, (ORDERS, WARM)), clients=CLIENTS)
            seconds = max(each["ended"] for each in told) - min(each["began"] for each in told)
            cpu = exchange.cpu_seconds
        count = sum(each["filled"] for each in told)
        assert count == CLIENTS * ORDERS, told
        progress("")
        yield Figure(
            name=f"orders matched, {CLIENTS} clients, {text}", value=count / seconds, unit="orders/s",
            at_least=5_000 if way == "ws" else None,
            note=f"{count:,} market orders, each signed, filled, answered and told on the user stream",
        )  # fmt: skip
        yield Figure(
            name="  the exchange's processor time", value=cpu / (count + CLIENTS * WARM) * 1e6, unit="µs/order",
            note="what it can do with a core of its own: a million by this",
        )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, Serving(Path(folder), speed=60.0) as exchange:
        told = exchange.run("streams", str(CONNECTIONS), str(STREAM_SECONDS), clients=1)
        cpu = exchange.cpu_seconds
    yield Figure(
        name=f"streams: {CONNECTIONS} connections, all kinds, 60×", value=told[0]["messages"] / told[0]["seconds"],
        unit="messages/s", note=f"slowest connection {told[0]['least']:,} messages, quickest {told[0]['most']:,}; "
        f"the exchange used {cpu / told[0]['seconds'] * 100:.0f} % of a core",
    )  # fmt: skip


class Serving:
    """An exchange in a process of its own."""

    def __init__(self, folder: Path, *, speed: float) -> None:
        self._folder = folder
        self._speed = speed

    def __enter__(self) -> Self:
        (self._folder / "paper.yaml").write_text(CONFIG)
        accounts = [part for number in range(CLIENTS) for part in ("--account", f"a{number}")]
        command = [sys.executable, "-m", "tradewind", "exchange", "serve", "-c", "paper.yaml", "--binance", "0"]
        command += ["--speed", str(self._speed), "--no-limits", *accounts]
        self._process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        lines = [self._process.stdout.readline() for _ in range(1 + CLIENTS)]
        found = re.search(r"http://127\.0\.0\.1:(\d+)", lines[0])
        assert found is not None, lines
        self._port = found[1]
        self._keys = [re.search(r"key (\w+) secret (\w+)", line) for line in lines[1:]]
        time.sleep(1.0)  # a market
        self._before = self._used()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    @property
    def cpu_seconds(self) -> float:
        """Return how much processor time it has used since it served."""
        return self._used() - self._before

    def _used(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def run(self, *what: str, clients: int) -> list[dict[str, Any]]:
        """Let clients do something, each in a process of its own; return what they say."""
        running = []
        for key in self._keys[:clients]:
            assert key is not None
            command = [sys.executable, str(CLIENT), self._port, key[1], key[2], *what]
            running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return [msgspec.json.decode(process.communicate()[0]) for process in running]
