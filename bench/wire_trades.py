"""20,000 trades a second over one connection through `tradewind live`: how late each is, at the start and at the end.

Late is what a strategy sees: from the millisecond in which the frame was made to `on_trade`. Processor time is that of
the session's process, without its recorder.
"""

from __future__ import annotations

import contextlib
import os
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

ROOT = Path(__file__).resolve().parents[1]
RATE, SECONDS, PATIENCE_SECONDS = 20_000, 10.0, 60.0
STRATEGY = '''\
import json, time
from tradewind import Strategy


class Listener(Strategy):
    """Keeps how late every hundredth trade was; writes it down after the last."""

    def on_start(self, ctx):
        self.late, self.count = [], 0

    def on_trade(self, ctx, trade):
        self.count += 1
        if self.count == 1:
            self.began = time.process_time()
        if self.count %% 100 == 0:
            self.late.append((time.time_ns() - trade.ts_venue) / 1e6)
        if trade.trade_id == "%d":
            told = {"count": self.count, "late": self.late, "cpu": time.process_time() - self.began}
            with open("late.part", "w") as file:
                json.dump(told, file)
            import os
            os.rename("late.part", "late.json")
'''
CONFIG = """\
engine: {{symbols: [BTCUSDT], interval: 1m, data_output_path: {folder}/out}}
market_data: {{provider_type: binance, config: {{base_url: "http://127.0.0.1:{port}", also: [trades]}}}}
trading: {{provider_type: paper}}
recovery: {{resume: never}}
strategy: {{path: "{folder}/listener.py:Listener"}}
"""


class Told(msgspec.Struct):
    """What the strategy wrote."""

    count: int
    late: list[float]
    cpu: float


def figures() -> Iterator[Figure]:
    """Measure."""
    progress(f"{RATE:,} trades a second for {SECONDS:.0f} s")
    told = _listened()
    progress("")
    second = len(told.late) // int(SECONDS)
    early, last = percentile(told.late[second : 2 * second], 0.5), percentile(told.late[-second:], 0.5)
    total = int(RATE * SECONDS)
    yield Figure(name="trades heard of those said", value=told.count / total * 100, unit="%", at_least=100)
    yield Figure(name=f"{RATE:,} trades/s: late, second second, median", value=early, unit="ms")
    yield Figure(name=f"{RATE:,} trades/s: late, last second, median", value=last, unit="ms", at_most=100)
    yield Figure(name="  processor time, session's process", value=told.cpu / SECONDS * 100, unit="% core", at_most=100)
    yield Figure(name="  the same by the trade", value=told.cpu / told.count * 1e6, unit="µs")


def _listened() -> Told:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place, contextlib.ExitStack() as stack:
        folder = Path(place)
        words = [sys.executable, "-m", "bench.wire_flood", str(RATE), str(SECONDS)]
        server = stack.enter_context(subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        stack.callback(server.kill)
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        (folder / "listener.py").write_text(STRATEGY % int(RATE * SECONDS))
        (folder / "live.yaml").write_text(CONFIG.format(folder=folder, port=port))
        with (folder / "errors").open("w") as errors:
            live = subprocess.Popen(
                [sys.executable, "-m", "tradewind", "live", "-c", "live.yaml"],
                cwd=folder, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=errors,
            )  # fmt: skip
            stack.enter_context(live)
            stack.callback(live.kill)
            end = time.monotonic() + PATIENCE_SECONDS
            while not (folder / "late.json").is_file():
                assert live.poll() is None, (folder / "errors").read_text()[-3000:]
                assert time.monotonic() < end, "the last trade has not come in time"
                time.sleep(0.1)
        return msgspec.json.decode((folder / "late.json").read_bytes(), type=Told)
