"""500 symbols of minute bars in one `tradewind live`: its memory once the bars that it keeps are all there."""

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

from bench.figures import Figure, progress
from bench.wire_minutes import symbols

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
SYMBOLS, MINUTES, PATIENCE_SECONDS = 500, 1_100, 900.0
STRATEGY = """\
import json, os
from pathlib import Path
from tradewind import Strategy


class Listener(Strategy):
    # Counts bars; writes down what memory is used with the first minute and with the last.

    def on_start(self, ctx):
        self.count, self.used = 0, {}

    def on_bar(self, ctx, bar):
        self.count += 1
        if self.count in (%d, %d):
            status = Path("/proc/self/status").read_text()
            self.used[self.count] = int(status.partition("VmRSS:")[2].split()[0]) * 1024
        if len(self.used) == 2:
            Path("used.part").write_text(json.dumps(list(self.used.values())))
            os.rename("used.part", "used.json")
"""
CONFIG = """\
engine: {{symbols: [{names}], interval: 1m, data_output_path: {folder}/out}}
market_data: {{provider_type: binance, config: {{base_url: "http://127.0.0.1:{port}", silent_seconds: 600}}}}
trading: {{provider_type: paper}}
recovery: {{resume: never}}
strategy: {{path: "{folder}/listener.py:Listener"}}
"""


def figures() -> Iterator[Figure]:
    """Measure."""
    progress(f"{MINUTES:,} minutes of {SYMBOLS} symbols")
    early, full = _used()
    progress("")
    name = f"{SYMBOLS} symbols, 1m, one process: memory"
    yield Figure(name=f"{name} after a minute", value=early / 1e6, unit="MB")
    yield Figure(name=f"{name} after {MINUTES:,}", value=full / 1e6, unit="MB", at_most=300)


def _used() -> list[int]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place, contextlib.ExitStack() as stack:
        folder = Path(place)
        words = [sys.executable, "-m", "bench.wire_minutes", str(SYMBOLS), str(MINUTES)]
        server = stack.enter_context(subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        stack.callback(server.kill)
        assert server.stdout is not None
        port, names = server.stdout.readline().strip(), ", ".join(symbols(SYMBOLS))
        (folder / "listener.py").write_text(STRATEGY % (SYMBOLS, SYMBOLS * MINUTES))
        (folder / "live.yaml").write_text(CONFIG.format(folder=folder, port=port, names=names))
        with (folder / "errors").open("w") as errors:
            live = subprocess.Popen(
                [sys.executable, "-m", "tradewind", "live", "-c", "live.yaml"],
                cwd=folder, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=errors,
            )  # fmt: skip
            stack.enter_context(live)
            stack.callback(live.kill)
            end = time.monotonic() + PATIENCE_SECONDS
            while not (folder / "used.json").is_file():
                assert live.poll() is None, (folder / "errors").read_text()[-3000:]
                assert time.monotonic() < end, "the last bar has not come in time"
                time.sleep(0.2)
        used: list[int] = msgspec.json.decode((folder / "used.json").read_bytes())
        return used
