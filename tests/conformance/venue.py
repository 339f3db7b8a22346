"""An exchange in a process of its own, for clients of others."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
CONFIG = """\
engine: {symbols: [BTCUSDT, ETHUSDT], interval: 1m}
market_data: {provider_type: mock, config: {seed: 7}}
trading: {provider_type: paper, config: {balances: {USDT: 50000, BTC: 1}}}
"""
FUTURES = """\
engine: {symbols: [BTCUSDT, ETHUSDT], interval: 1m}
market_data: {provider_type: mock, config: {seed: 7}}
trading: {provider_type: paper, config: {balances: {USDT: 50000}}}
instruments:
  - symbol: BTCUSDT
    kind: perpetual
    lot: 0.001
    tick: 0.1
    notional_min: 5
    margin_initial: 0.05
    margin_maintenance: 0.025
"""
ROOT = HERE.parent.parent


@dataclass(frozen=True)
class Venue:
    """Where it listens, and the key of its account."""

    port: int
    key: str
    secret: str


def clients_at() -> Path:
    """Return where the environments of the clients are: TRADEWIND_CLIENTS, or where `make conformance` puts them."""
    return Path(os.environ.get("TRADEWIND_CLIENTS") or ROOT / ".venv-clients")


def serve(folder: Path, *options: str, config: str = CONFIG) -> Iterator[Venue]:
    """Run an exchange until the test is over; it is asked for any free port and tells which it took."""
    (folder / "paper.yaml").write_text(config)
    command = [sys.executable, "-m", "tradewind", "exchange", "serve", "-c", "paper.yaml", "--binance", "0", *options]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            first, second = process.stdout.readline(), process.stdout.readline()
            port = re.search(r"http://127\.0\.0\.1:(\d+)", first)
            keys = re.search(r"key (\w+) secret (\w+)", second)
            assert port is not None
            assert keys is not None, second
            yield Venue(int(port[1]), keys[1], keys[2])
        finally:
            process.terminate()
            process.wait()


serving = contextlib.contextmanager(serve)
"""The same for a block: the exchange ends with it, also where a test fails in it."""


def run(python: Path, program: str, venue: Venue, *more: str, seconds: float = 300.0) -> Sequence[str]:
    """Run a client's program to its end; return the lines that it printed."""
    command = [str(python), str(HERE / "clients" / program), str(venue.port), venue.key, venue.secret, *more]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False, env=clean)
    assert done.stdout, done.stderr[-3000:]
    return done.stdout.splitlines()
