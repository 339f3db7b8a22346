"""What the core takes on a disk: a fresh venv, no extras, pinned versions."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING

from bench.bars import ROOT
from bench.figures import Figure, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_OURS = {"pip", "setuptools", "wheel"}
SHOWN = 6


def figures() -> Iterator[Figure]:
    """Measure."""
    with tempfile.TemporaryDirectory() as place:
        sizes = _installed(Path(place) / "venv")
    biggest = sorted(sizes.items(), key=lambda item: -item[1])[:SHOWN]
    told = ", ".join(f"{name} {size:.0f}" for name, size in biggest)
    yield Figure(name="core install", value=sum(sizes.values()), unit="MB", at_most=400, note=told)
    yield Figure(name="packages of the core", value=len(sizes), unit="", at_most=40, note=", ".join(sorted(sizes)))


def _installed(venv: Path) -> dict[str, float]:
    """Install Tradewind from this checkout and return the size of each package in MB."""
    progress("installing into a fresh venv")
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    pip = [str(venv / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "-c", str(ROOT / "constraints.txt"), str(ROOT)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"cannot install: {done.stderr.strip()}")
    progress("")
    site = next((venv / "lib").glob("python*/site-packages"))
    found = {d.metadata["Name"]: d for d in distributions(path=[str(site)])}
    return {name: _size_mb(found[name]) for name in found if name not in NOT_OURS}


def _size_mb(package: Distribution) -> float:
    paths = [Path(str(package.locate_file(file))) for file in package.files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6
