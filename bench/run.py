"""`make bench`, or `python bench/run.py backtest live …`: measure the sections, print a table, keep the figures.

A figure without a goal is there to compare with the one of yesterday. Times are the best of several rounds.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from bench.figures import Figure

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = (
    "backtest",
    "styles",
    "signals",
    "signals_live",
    "scale",
    "live",
    "restart",
    "latency",
    "exchange",
    "wire",
    "wire_trades",
    "wire_symbols",
    "trades",
    "journal",
    "recovery",
    "safety",
    "control",
    "wasm",
    "cli",
    "install",
)
WIDTHS = (48, 12, 8, 10)


class Machine(msgspec.Struct):
    """Where the figures come from."""

    cpu: str
    cores: int
    python: str
    commit: str
    load: float
    date: str


def main() -> int:
    """Run the sections that are asked for; 0 whatever the figures are, for they are no test."""
    parser = argparse.ArgumentParser(
        description="Measure the speed of Tradewind.", epilog="Without names: all of them."
    )
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(SECTIONS))
    chosen = parser.parse_args().sections or list(SECTIONS)
    unknown = set(chosen) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are: {', '.join(SECTIONS)}")
    sys.path.insert(0, str(ROOT))
    machine = described()
    print(
        f"{machine.cpu}, {machine.cores} cores, Python {machine.python}, commit {machine.commit}, load {machine.load}"
    )
    print(row(("", "figure", "", "goal")))
    results = {section: measured(section) for section in chosen}
    print(f"\nkept in {keep(machine, results).relative_to(ROOT)}")
    return 0


def measured(section: str) -> list[Figure]:
    """Measure one section, printing its figures as they come."""
    print(f"\n{section}", flush=True)
    figures = []
    for figure in import_module(f"bench.{section}").figures():
        figures.append(figure)
        print(row((figure.name, figure.text, figure.unit, figure.goal)) + figure.verdict, flush=True)
        if figure.note:
            print(f"      {figure.note}")
    return figures


def row(cells: tuple[str, str, str, str]) -> str:
    """Lay a row out."""
    name, value, unit, goal = WIDTHS
    return f"  {cells[0]:<{name}}{cells[1]:>{value}} {cells[2]:<{unit}}{cells[3]:<{goal}}"


def described() -> Machine:
    """Describe the machine and the code, and how busy the machine is with other things."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return Machine(
        cpu=models[0] if models else platform.processor(),
        cores=os.cpu_count() or 1,
        python=platform.python_version(),
        commit=commit.stdout.strip() or "unknown",
        load=round(os.getloadavg()[0], 2),
        date=time.strftime("%Y-%m-%d %H:%M"),
    )


def keep(machine: Machine, results: dict[str, list[Figure]]) -> Path:
    """Write the figures as JSON into bench/results, which git ignores."""
    folder = ROOT / "bench" / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    content = msgspec.json.encode({"machine": machine, "figures": results})
    path.write_bytes(msgspec.json.format(content, indent=2))
    return path


if __name__ == "__main__":
    raise SystemExit(main())
