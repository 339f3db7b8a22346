"""`make bench-peers`: the same cross on the same real bars in other engines, and whether it comes to the same.

Run by the Python of .venv-peers; every run is a process of its own, taking turns with the others. The time
is that of the run alone; ours has the making of the bars in it, theirs has not.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OURS = ROOT / ".venv" / "bin" / "python"
SHORT, LONG = 100_000, 1_000_000
ROUNDS = 3
CENT = 2

Fill = tuple[int, float, float]
"""(time, signed quantity, price)."""


@dataclass
class Runner:
    """One engine in one way on so many bars, and what came of it."""

    name: str
    count: int
    command: list[str]
    seconds: float = float("inf")
    cash: float = 0.0
    fills: list[Fill] = field(default_factory=list)

    @property
    def speed(self) -> float:
        """Bars per second of the best run."""
        return self.count / self.seconds

    def run(self, folder: Path) -> None:
        """Run once more; keep the best time."""
        path = folder / "fills.json"
        done = subprocess.run(
            [*self.command, str(self.count), str(path)], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{self.name} failed:\n{done.stderr[-2000:]}")
        told = json.loads(done.stdout.splitlines()[-1])
        self.seconds = min(self.seconds, told["seconds"])
        self.cash = told["cash"]
        self.fills = [(ts, quantity, price) for ts, quantity, price in json.loads(path.read_text(encoding="ascii"))]


def runners() -> list[Runner]:
    """Return all runs of one round."""
    ours, other = [str(OURS), "-m", "bench.peer_ours"], [sys.executable, "-m"]
    backtesting, nautilus = [*other, "bench.peer_backtesting"], [*other, "bench.peer_nautilus"]
    return [
        Runner("tradewind", SHORT, ours),
        Runner("nautilus_trader 1.221.0, fills at the close", SHORT, [*nautilus, "close"]),
        Runner("nautilus_trader 1.221.0, fills at the next open", SHORT, [*nautilus, "open"]),
        Runner("backtesting.py 0.6.6", SHORT, backtesting),
        Runner("tradewind", LONG, ours),
        Runner("backtesting.py 0.6.6", LONG, backtesting),
    ]


def main() -> int:
    """Measure, compare, print; 0 whatever the figures are, for they are no test."""
    if not OURS.exists():
        raise SystemExit(f"no {OURS.relative_to(ROOT)}: run `make bench-peers`")
    print(f"{_cpu()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.2f}")
    runs = runners()
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(ROUNDS):
            for run in runs:
                if sys.stderr.isatty():
                    print(
                        f"\r\033[Kround {turn + 1} of {ROUNDS}: {run.name}, {run.count:,} bars", end="", file=sys.stderr
                    )
                run.run(Path(folder))
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    report(runs)
    print(f"\nkept in {keep(runs).relative_to(ROOT)}")
    return 0


def report(runs: list[Runner]) -> None:
    """Print speed and results of each run beside ours on the same bars."""
    ours = {run.count: run for run in runs if run.name == "tradewind"}
    print(f"\n  {'':<50}{'bars':>10}{'bars/s':>11}{'ours is':>9}{'fills':>8}{'cash':>12}")
    for run in runs:
        ratio = "" if run is ours[run.count] else f"{ours[run.count].speed / run.speed:.1f} ×"
        print(f"  {run.name:<50}{run.count:>10,}{run.speed:>11,.0f}{ratio:>9}{len(run.fills):>8,}{run.cash:>12,.2f}")
    print("\n  goals: at least 3 × backtesting.py and 20 × nautilus_trader\n")
    for run in runs:
        if run is not ours[run.count]:
            print(f"  {run.name}, {run.count:,} bars: {compared(ours[run.count], run)}")


def compared(ours: Runner, other: Runner) -> str:
    """Say whether both made the same executions, and what explains a difference in cash."""
    if [(f[1] > 0, abs(f[1])) for f in ours.fills] != [(f[1] > 0, abs(f[1])) for f in other.fills]:
        return f"other trades: first at {first_difference(ours.fills, other.fills)}"
    moved = [(mine, theirs) for mine, theirs in zip(ours.fills, other.fills, strict=True) if _differ(mine, theirs)]
    if not moved and round(ours.cash, CENT) == round(other.cash, CENT):
        return "every fill at the same price, cash equal to the cent"
    explained = sum(theirs[1] * theirs[2] - mine[1] * mine[2] for mine, theirs in moved)
    cash = ours.cash - other.cash
    return (
        f"the same {len(ours.fills):,} fills, {len(moved):,} of them at another price; cash differs by {cash:+.2f}, "
        f"of which these prices are {explained:+.2f} and unexplained {round(cash - explained, CENT) + 0.0:+.2f}"
    )


def first_difference(ours: list[Fill], theirs: list[Fill]) -> str:
    """Say where two lists of executions part."""
    for mine, other in zip(ours, theirs, strict=False):
        if (mine[1] > 0) != (other[1] > 0) or abs(mine[0] - other[0]) >= 60 * 10**9:
            return f"{mine} (ours), {other}"
    return f"the end: {len(ours)} and {len(theirs)} fills"


def _differ(mine: Fill, theirs: Fill) -> bool:
    return round(mine[2], CENT) != round(theirs[2], CENT)


def keep(runs: list[Runner]) -> Path:
    """Write the figures as JSON into bench/results, which git ignores."""
    folder = ROOT / "bench" / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"peers-{time.strftime('%Y%m%d-%H%M%S')}.json"
    kept = [asdict(run) | {"fills": len(run.fills), "bars_per_second": run.speed} for run in runs]
    path.write_text(json.dumps(kept, indent=2), encoding="utf-8")
    return path


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    raise SystemExit(main())
