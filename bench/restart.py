"""A restart of the real program beside a journal of a million events: from the start of the process to the first bar.

The session before it ended; `--resume` goes on from it. Seconds are the processor's, so that a busy machine tells
the same; reading the replay's file is in them, and a day of history.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from bench import bars
from bench.figures import Figure, progress
from tradewind.app.config import build_config
from tradewind.app.config.source import Source
from tradewind.app.session.live_run import prepare
from tradewind.domain.time import iso
from tradewind.record.checkpoint import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = 1_000_000
MORE = 2_000
"""Bars that come after the restart."""
ROUNDS = 3
STRATEGY = Path(__file__).with_name("sma_cross.py")
PROGRAM = """
import json, sys, time
from tradewind.live import Callbacks, LiveTradingEngine
begun = []
def first(event):
    if not begun:
        begun.append(time.time())
        print("first bar", time.process_time(), flush=True)
        engine.stop()
engine = LiveTradingEngine(json.loads(sys.argv[1]), resume="always")
engine.run_sync(Callbacks(on_market_data=first))
"""


def figures() -> Iterator[Figure]:
    """Measure."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        progress("a session of a million bars")
        held, home = _before(folder)
        yield Figure(name="taking the state held the session up for, at the longest", value=held * 1e3, unit="ms")
        progress("restarts")
        with_one = min(_restart(folder, home, keep=True) for _ in range(ROUNDS))
        note = f"{bars.described()}, {COUNT:,} of them; a day of history among it"
        yield Figure(
            name="restart with a checkpoint, to the first bar", value=with_one, unit="CPU s", at_most=3, note=note
        )
        without = min(_restart(folder, home, keep=False) for _ in range(ROUNDS))
        yield Figure(name="restart without any checkpoint, to the first bar", value=without, unit="CPU s")
        rate = COUNT / max(without - with_one, 1e-9)
        yield Figure(name="of that, the journal followed", value=rate, unit="events/s", at_least=100_000)
    progress("")


def _before(folder: Path) -> tuple[float, Path]:
    """Run a session to its end."""
    config = build_config(Source("bench", _settings(folder, COUNT), {}), environ={})
    made = prepare(config, folder, handle_signals=False)
    home = asyncio.run(made.run())
    assert made.session.checkpoints is not None
    return made.session.checkpoints.longest_seconds, home


def _restart(folder: Path, home: Path, *, keep: bool) -> float:
    """Start the program; return the processor's seconds up to its first bar. What it leaves is removed."""
    if not keep:
        shutil.rmtree(home / FOLDER, ignore_errors=True)
    there = set(home.parent.parent.rglob("run_*"))
    program = [sys.executable, "-c", PROGRAM, json.dumps(_settings(folder, COUNT + MORE))]
    # What is installed was compiled before: so it is from the second round on, whatever the environment says.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    done = subprocess.run(program, capture_output=True, check=True, text=True, env=environment)
    for made in set(home.parent.parent.rglob("run_*")) - there:
        shutil.rmtree(made)
    (said,) = [line for line in done.stdout.splitlines() if line.startswith("first bar")]
    return float(said.split()[-1])


def _settings(folder: Path, count: int) -> dict[str, Any]:
    first, last = (int(bars.frame()["ts_open"][place]) for place in (0, count))
    return {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder / "sessions")},
        "market_data": {
            "provider_type": "replay",
            "config": {"path": [str(_data(folder))], "speed": "max", "start": iso(first), "end": iso(last)},
        },
        "trading": {"provider_type": "paper", "config": {"balances": {"USDT": "1000000"}}},
        "strategy": {"path": f"{STRATEGY}:Cross"},
        "recovery": {"history_days": 1},
    }


def _data(folder: Path) -> Path:
    found = bars.path()
    if found is None:
        found = folder / "sample_spot_BTCUSDT_1m.parquet"
        if not found.exists():
            bars.frame().write_parquet(found)
    return found
