"""From a trade on the socket to its order on the socket: `tradewind live` beside clients that others wrote.

A loopback server says a trade, and takes the time until the bytes of the order come. Every contender is a process of
its own, and they take turns; a figure is that of a contender's best round. Ours is the command as users run it: all
of its checks, its journal and its recorder. The others do nothing but order.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from bench.figures import Figure, percentile, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
CLIENTS = Path(os.environ.get("TRADEWIND_CLIENTS") or HERE.parent / ".venv-clients")
COUNT, WARM, ROUNDS = 1_000, 100, 3
PATIENCE_SECONDS = 90.0
GOALS = {"durable": (700.0, None), "not durable": (400.0, 2_000.0)}
TIMES_FASTER = 3.0
PEERS = {"python-binance": "wire_client_binance.py", "ccxt": "wire_client_ccxt.py"}
STRATEGY = '''\
from tradewind import Strategy


class OnTrade(Strategy):
    """Buys on a trade, sells on the next."""

    def on_trade(self, ctx, trade):
        where = trade.instrument
        (ctx.sell if ctx.position(where).quantity > 0 else ctx.buy)("0.001", where)
'''
CONFIG = """\
engine: {{symbols: [BTCUSDT], interval: 1m, data_output_path: {folder}/out}}
market_data: {{provider_type: binance, config: {{base_url: "{address}", also: [trades]}}}}
trading: {{provider_type: binance-paper, config: {{base_url: "{address}", api_key: key, secret_key: secret}}}}
journal: {{durable: {durable}}}
recovery: {{resume: never}}
strategy: {{path: "{folder}/on_trade.py:OnTrade"}}
"""


def figures() -> Iterator[Figure]:
    """Measure; without the others' environments, ours alone."""
    contenders = ["durable", "not durable"]
    contenders += [f"{name}, {way}" for name in PEERS if _python(name).is_file() for way in ("ws", "rest")]
    best: dict[str, list[float]] = {}
    floors: list[float] = []
    for turn in range(ROUNDS):
        floors.append(_synced())
        for name in contenders:
            progress(f"round {turn + 1} of {ROUNDS}, {name}")
            taken = _taken(name)
            if name not in best or percentile(taken, 0.5) < percentile(best[name], 0.5):
                best[name] = taken
    progress("")
    for kind, (median, late) in GOALS.items():
        name = f"trade to order, journal {kind}"
        yield Figure(name=f"{name}, median", value=percentile(best[kind], 0.5), unit="µs", at_most=median)
        yield Figure(name=f"{name}, p99", value=percentile(best[kind], 0.99), unit="µs", at_most=late)
    yield Figure(name="  one page synced to this disk, best median", value=min(floors), unit="µs", note=_all(floors))
    yield from _beside(best)


def _beside(best: dict[str, list[float]]) -> Iterator[Figure]:
    ours = percentile(best["not durable"], 0.5)
    for name in (name for name in best if name not in GOALS):
        theirs = percentile(best[name], 0.5)
        note = f"p99 {percentile(best[name], 0.99):,.0f} µs"
        yield Figure(name=f"{name}, median", value=theirs, unit="µs", note=note)
        yield Figure(name="  ÷ ours, not durable", value=theirs / ours, unit="×", at_least=TIMES_FASTER)


def _all(floors: list[float]) -> str:
    return "what no durable commit is under; before each round: " + ", ".join(f"{each:,.0f}" for each in floors)


def _synced() -> float:
    """Return how long it takes to write a page over and wait for the disk, in microseconds: the median of 100."""
    taken = []
    with tempfile.NamedTemporaryFile() as file:
        for _ in range(100):
            began = time.perf_counter_ns()
            os.pwrite(file.fileno(), b"\1" * 8_192, 0)
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter_ns() - began) / 1000)
    return percentile(taken, 0.5)


def _python(peer: str) -> Path:
    return CLIENTS / peer / "bin" / "python"


def _taken(name: str) -> list[float]:
    """Let one contender order; return how long each order took, in microseconds."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place, contextlib.ExitStack() as stack:
        folder = Path(place)
        words = [sys.executable, "-m", "bench.wire_server", str(COUNT), str(WARM)]
        server = stack.enter_context(subprocess.Popen(words, cwd=HERE.parent, stdout=subprocess.PIPE, text=True))
        stack.callback(server.kill)
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        with (folder / "errors").open("w") as errors:
            client = stack.enter_context(_begun(name, port, folder, errors.fileno()))
            stack.callback(client.kill)
            told = _line(server, client)
        assert told, (folder / "errors").read_text()[-3000:]
    return [each / 1000 for each in msgspec.json.decode(told, type=list[int])]


def _begun(name: str, port: str, folder: Path, errors: int) -> subprocess.Popen[bytes]:
    """Start a contender; one that is not ours sees nothing of our Python."""
    if name in GOALS:
        (folder / "on_trade.py").write_text(STRATEGY)
        durable = str(name == "durable").lower()
        text = CONFIG.format(folder=folder, address=f"http://127.0.0.1:{port}", durable=durable)
        (folder / "live.yaml").write_text(text)
        words, environment = [sys.executable, "-m", "tradewind", "live", "-c", "live.yaml"], dict(os.environ)
    else:
        peer, _, way = name.partition(", ")
        words = [str(_python(peer)), str(HERE / PEERS[peer]), port, way]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=errors)


def _line(server: subprocess.Popen[str], client: subprocess.Popen[bytes]) -> str:
    """Return what the server has measured; nothing if its client ends before, or is at it for too long."""
    assert server.stdout is not None
    end = time.monotonic() + PATIENCE_SECONDS
    while not select.select([server.stdout], [], [], 0.2)[0]:
        if client.poll() is not None or time.monotonic() > end:
            return ""
    return server.stdout.readline()
