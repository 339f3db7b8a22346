"""The program as its users start it: in a process of its own, on made-up data."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tradewind.record.journal.reader import last_seq

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
STRATEGY = f"{ROOT / 'tests/parity/scripted.py'}:Scripted"
PATIENCE_SECONDS = 240.0
"""For what comes in a second on a quiet machine: a busy one may leave a process without the processor for long."""

NURSERY = """
import os, sys
import tradewind.app.session.live_run, tradewind.app.config, tradewind.app.reporting
from tradewind.app.cli import main
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(os.open(line.strip() + ".err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
        os._exit(main(["live", "-c", line.strip(), "--json"]))
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""
"""A program that forks a live session for each configuration named on its input, so that nothing is imported twice: it
prints the child's process id, then its wait status. The child's errors go to a file beside the configuration."""


def config(folder: Path, **mock: Any) -> Path:
    """Write the configuration of a paper session on made-up bars; without `bars` it has no end."""
    path = folder / "session.yaml"
    tree = {
        "engine": {"symbols": ["BTCUSDT", "ETHUSDT"], "interval": "15m", "data_output_path": str(folder / "sessions")},
        "market_data": {"provider_type": "mock", "config": {"seed": 5, "interval_ms": 0, **mock}},
        "trading": {"provider_type": "paper", "config": {"balances": {"USDT": "100000"}}},
        "strategy": {"path": STRATEGY, "config": {"seed": 8, "longer": "1h"}},
    }
    path.write_text(yaml.safe_dump(tree))
    return path


@contextlib.contextmanager
def started(
    *words: object, environ: Mapping[str, str] | None = None, **options: Any
) -> Iterator[subprocess.Popen[str]]:
    """Start Python with these words, in `environ` or ours; it and all that it has forked are killed at the end."""
    here = {**(os.environ if environ is None else environ), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, *map(str, words)],
        cwd=ROOT, env=here, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, process_group=0, **options,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def run(*words: object, **options: Any) -> tuple[int, str, str]:
    """Run `tradewind` with these words to its end: exit code, output, errors."""
    with started("-m", "tradewind", *words, **options) as process:
        out, errors = process.communicate()  # how long that may take, each test says
        return process.returncode, out, errors


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    """Wait until something is so; fail if the process ends first."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        if process is not None and process.poll() is not None:
            raise AssertionError(f"it ended with {process.returncode}: {process.communicate()}")
        time.sleep(0.002)


def journal_of(root: Path) -> Path | None:
    """Return the journal of the only session below a root, once it is there."""
    return next(root.rglob("journal.sqlite"), None)


def is_under_way(root: Path, steps: int = 20) -> bool:
    """Tell whether the only session below a root has committed so many steps."""
    journal = journal_of(root)
    if journal is None or not journal.with_name("session.yaml").is_file():
        return False
    return last_seq(journal) >= steps
