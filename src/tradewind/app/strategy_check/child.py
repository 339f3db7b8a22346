"""One run of a strategy in a process of its own: with another hash seed, and heard in all that it takes from outside.

The program reads what to run from stdin, as JSON, and writes what came of it to stdout.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.app.config import build_config, resolved
from tradewind.app.config.source import Source
from tradewind.app.strategy_check.outside import FileWatch, Listener, Outside
from tradewind.app.strategy_check.trace import Trace
from tradewind.app.strategy_check.trial import trial_of
from tradewind.domain.errors import StrategyError

if TYPE_CHECKING:
    from tradewind.app.config import Config

PROGRAM = "import sys; from tradewind.app.strategy_check.child import main; sys.exit(main())"


class Order(msgspec.Struct, frozen=True):
    """What a child is to run."""

    config: dict[str, Any]
    catalog: str
    bars: int


class Answer(msgspec.Struct, frozen=True):
    """What a child has seen."""

    trace: Trace
    outside: tuple[Outside, ...]


def run_in_child(config: Config, catalog: Path, bars: int, hash_seed: int) -> Answer:
    """Run a whole history in a new process; raise `StrategyError` with the last it said if it fails."""
    order = Order(resolved(config, mask=False), str(catalog), bars)
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-c", PROGRAM],
        input=msgspec.json.encode(order),
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise StrategyError(f"a run in a process of its own failed: {said[-1] if said else done.returncode}")
    return msgspec.json.decode(done.stdout, type=Answer)


def main() -> int:
    """Be the child."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    out = os.dup(1)  # what the author prints must not stand in the answer
    os.dup2(2, 1)
    config = build_config(Source("configuration", order.config, {}))
    trial = trial_of(config, Path(order.catalog), order.bars, time.time_ns())
    listener, watch = Listener(), FileWatch(_data_files(config))
    listener.on = True
    trace = trial.run()
    listener.on = False
    answer = Answer(trace, (*listener.heard, *watch.opened()))
    with os.fdopen(out, "wb") as stdout:
        stdout.write(msgspec.json.encode(answer))
    return 0


def _data_files(config: Config) -> list[Path]:
    paths = getattr(config.market_data.config, "path", ())
    return [Path(path) for path in ([paths] if isinstance(paths, str) else paths) if Path(path).exists()]
