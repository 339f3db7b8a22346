"""The command of the live engine's documents, as it stands there, at a local exchange: flags and a file of keys.

TRADEWIND_PREFETCH_DAYS of minutes come first (3).
"""

from __future__ import annotations

import json
import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.conformance.venue import serve
from tests.e2e.program import started, wait_for
from tradewind.domain.events import OrderFilled
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.record.journal.reader import read
from tradewind.record.sessions.find import sessions
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")

DAYS = int(os.environ.get("TRADEWIND_PREFETCH_DAYS", "3"))
STRATEGY = '''
from tradewind import Strategy

class Turns(Strategy):
    """Buys and sells each symbol in turn, and says when enough has filled."""

    def on_start(self, ctx):
        self.bars, self.fills = {}, 0

    def on_bar(self, ctx, bar):
        count = self.bars[bar.instrument] = self.bars.get(bar.instrument, 0) + 1
        (ctx.buy if count % 2 else ctx.sell)("0.01", bar.instrument)

    def on_order(self, ctx, event):
        self.fills += type(event).__name__ == "OrderFilled"
        if self.fills == 6:
            open("enough", "w").close()
'''


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.must_really_work
def test_flags_and_a_file_of_keys_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "turns.py").write_text(STRATEGY)
    for venue in serve(tmp_path, "--speed", "60"):
        patient = {"answer_seconds": 7_200, "wait_seconds": 120, "recv_window_ms": 60_000}  # an hour is a minute here
        keys = {"api_key": venue.key, "secret_key": venue.secret, "base_url": f"http://127.0.0.1:{venue.port}"}
        (tmp_path / "trading.json").write_text(json.dumps(keys | patient))
        words = (
            "live", f"{tmp_path}/turns.py:Turns",
            "--market-data-provider", "binance", "--trading-provider", "binance-paper",
            "--trading-config", f"{tmp_path}/trading.json", "--symbols", "BTCUSDT,ETHUSDT", "--interval", "1m",
            "--data-output", f"{tmp_path}/out", "--prefetch-type", "days", "--prefetch-days", str(DAYS),
        )  # fmt: skip
        with started("-c", f"import os; os.chdir({str(tmp_path)!r})\n" + MAIN, *words) as process:
            wait_for((tmp_path / "enough").exists, process)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=120)
        assert process.returncode in (0, 3), errors
        progress = [int(count) for count in re.findall(r"bars=(\d+)\s+instrument=binance:BTCUSDT", errors)]
        pages = [*range(1_000, DAYS * 1_440, 1_000), DAYS * 1_440]
        assert progress[: len(pages)] == pages, "page by page it says how far it is; what was missed since comes after"
    monkeypatch.chdir(tmp_path)  # where its strategy writes, when it is replayed as well
    (entry,) = sessions(tmp_path / "out")
    steps = list(read(entry.journal))
    assert verify(entry.journal).steps == len(steps)
    assert sum(isinstance(step.event, OrderFilled) for step in steps) >= 6
    for symbol in ("BTCUSDT", "ETHUSDT"):
        opened = [s.event.ts_open for s in steps if isinstance(s.event, Bar) and s.event.instrument.endswith(symbol)]
        assert len(opened) > DAYS * 1_440, "so many days of minutes came first, in pages of two symbols"
        assert opened == list(range(opened[0], opened[-1] + 1, NS_PER_MINUTE)), "each closed bar once, in order"
    assert venue.secret not in "".join(path.read_text(errors="replace") for path in entry.home.rglob("*.yaml"))


MAIN = "import sys; from tradewind.app.cli import main; sys.exit(main(sys.argv[1:]))"
