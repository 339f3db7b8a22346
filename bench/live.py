"""A live paper session, fed as fast as it takes: durable journal, session folders, tables and statistics on."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from bench import bars
from bench.figures import Figure, progress
from tradewind.app.config import build_config
from tradewind.app.config.source import Source
from tradewind.app.session.live_run import prepare
from tradewind.domain.time import iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.app.config import Config

COUNT = 300_000
ROUNDS = 3
STRATEGY = Path(__file__).with_name("sma_cross.py")


def figures() -> Iterator[Figure]:
    """Measure."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    best, lost, told = float("inf"), 0, ""
    for turn in range(ROUNDS):
        progress(f"live session {turn + 1} of {ROUNDS}")
        with tempfile.TemporaryDirectory() as folder:
            seconds, missing, told = _session(Path(folder))
        best, lost = min(best, seconds), max(lost, missing)
    progress("")
    yield Figure(
        name="live at max speed, everything on", value=COUNT / best, unit="bars/s", at_least=50_000,
        note=f"{bars.described()}, {COUNT:,} of them, {told}",
    )  # fmt: skip
    yield Figure(name="steps that its tables lack", value=lost, unit="", at_most=1)


def _session(folder: Path) -> tuple[float, int, str]:
    """Run a session to its end, files closed; return how long it took, the steps not recorded, what it left."""
    made = prepare(_config(folder), folder / "catalog", handle_signals=False)
    began = time.perf_counter()
    home = asyncio.run(made.run())
    seconds = time.perf_counter() - began
    days = len(list(home.parent.parent.iterdir()))
    size = (home / "journal.sqlite").stat().st_size / 1e6
    assert made.world.engine.seq >= COUNT, "the session ended early"
    steps = made.world.engine.seq
    return seconds, steps - made.recorder.last_seq, f"{steps:,} steps, a journal of {size:.0f} MB, {days} days"


def _config(folder: Path) -> Config:
    first, last = (int(bars.frame()["ts_open"][place]) for place in (0, COUNT))
    settings: dict[str, Any] = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder / "sessions")},
        "market_data": {
            "provider_type": "replay",
            "config": {"path": [str(_data(folder))], "speed": "max", "start": iso(first), "end": iso(last)},
        },
        "trading": {"provider_type": "paper", "config": {"balances": {"USDT": "1000000"}}},
        "strategy": {"path": f"{STRATEGY}:Cross"},
    }
    return build_config(Source("bench", settings, {}), environ={})


def _data(folder: Path) -> Path:
    """Return a file of bars, written first if there are no real ones."""
    found = bars.path()
    if found is None:
        found = folder / "sample_spot_BTCUSDT_1m.parquet"
        bars.frame().write_parquet(found)
    return found
