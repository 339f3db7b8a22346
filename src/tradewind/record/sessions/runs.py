"""Run numbers: `run_1`, `run_2`, … of a day. A number is taken by making its folder, which only one process can do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tradewind.domain.errors import LocalError

if TYPE_CHECKING:
    from pathlib import Path

CLAIMS_MAX = 10_000
"""So many others cannot have taken the next number in the meantime."""
_RUN = re.compile(r"run_([1-9]\d*)")


def claim(root: Path, day: str, wanted: str = "") -> str:
    """Make a run's folder that nobody else has: `wanted` if it is free, else the one after the highest there is."""
    if wanted and make(root / day / wanted):
        return wanted
    for _ in range(CLAIMS_MAX):
        name = f"run_{max(map(number_of, runs_of(root / day)), default=0) + 1}"
        if make(root / day / name):
            return name
    raise LocalError(f"no run number to be had in {root / day}", {"path": str(root / day)})


def runs_of(day: Path) -> list[Path]:
    """Return the runs of a day, in the order of their numbers."""
    if not day.is_dir():
        return []
    return sorted((p for p in day.iterdir() if _RUN.fullmatch(p.name) and p.is_dir()), key=number_of)


def number_of(run: Path) -> int:
    """Return the number of a run's folder."""
    return int(run.name.removeprefix("run_"))


def make(folder: Path, *, exist_ok: bool = False) -> bool:
    """Make a folder; tell whether it is ours now."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(exist_ok=exist_ok)
    except FileExistsError:
        return False
    except OSError as error:
        raise LocalError(f"cannot make {folder}: {error.strerror}", {"path": str(folder)}, error) from error
    return True
