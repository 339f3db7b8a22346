"""How long somebody waits for the command line, process start included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.bars import ROOT
from bench.figures import Figure, interleaved

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROUNDS = 10


def figures() -> Iterator[Figure]:
    """Measure."""
    command = Path(sys.executable).parent / "tradewind"
    shown, imported, nothing = interleaved(
        lambda: _run([str(command), "--help"]),
        lambda: _run([sys.executable, "-c", "import tradewind"]),
        lambda: _run([sys.executable, "-c", "pass"]),
        rounds=ROUNDS,
    )
    yield Figure(name="tradewind --help", value=shown, unit="s", at_most=0.3)
    yield Figure(name="python -c 'import tradewind'", value=imported, unit="s", at_most=0.2)
    yield Figure(name="python -c pass (part of both)", value=nothing, unit="s")


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
