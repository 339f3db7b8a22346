"""Writes what Zipline makes of the programs: `python -m tests.parity.zipline.freeze PYTHON`, one that has Zipline.

A venv for it, beside this one: `python -m venv /tmp/z && /tmp/z/bin/pip install zipline-reloaded`. Market data are
looked for in TRADEWIND_DATA, as by the tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.parity.zipline.given import PROGRAMS, bars_of

HERE = Path(__file__).resolve().parent
FROZEN = HERE / "results.json"
DIGITS = 6


def main() -> None:
    """Run all programs and keep the results."""
    data_dir = Path(os.environ.get("TRADEWIND_DATA", HERE.parents[3] / "shared" / "data"))
    results = {name: by_zipline(sys.argv[1], name, data_dir) for name in PROGRAMS}
    rows = [f'"{name}": {{\n' + ",\n".join(_lines(result)) + "\n}" for name, result in results.items()]
    FROZEN.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    sys.stdout.write(f"written: {FROZEN}\n")


def by_zipline(python: str, name: str, data_dir: Path) -> dict[str, Any]:
    """Return what Zipline makes of a program, in short."""
    with tempfile.TemporaryDirectory() as folder:
        bars = Path(folder) / "bars.json"
        bars.write_text(json.dumps(bars_of(PROGRAMS[name], data_dir)), encoding="utf-8")
        command = [python, "-W", "ignore", str(HERE / "original.py"), str(HERE / f"{name}.py"), str(bars)]
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return in_short(json.loads(done.stdout))


def in_short(told: dict[str, Any]) -> dict[str, Any]:
    """Return every execution, the last day of each month, and how many there were of the rest."""
    days = told["days"]
    lasts = [row for row, after in zip(days, [*days[1:], ["end"]], strict=True) if row[0][:7] != after[0][:7]]
    return {
        "counts": {key: len(told[key]) for key in ("orders", "fills", "days", "calls")},
        "calls": _rounded(told["calls"][-3:]),
        "months": _rounded(lasts),
        "fills": _rounded(told["fills"]),
    }


def _rounded(rows: list[list[Any]]) -> list[list[Any]]:
    """Drop what floats add at the far end."""
    return [[round(float(cell), DIGITS) if isinstance(cell, int | float) else cell for cell in row] for row in rows]


def _lines(result: dict[str, Any]) -> list[str]:
    """Write a list a row a line, so that a change can be read."""
    lines = []
    for key, value in result.items():
        if isinstance(value, list):
            lines.append(f'"{key}": [\n' + ",\n".join(json.dumps(row) for row in value) + "\n]")
        else:
            lines.append(f'"{key}": {json.dumps(value)}')
    return lines


if __name__ == "__main__":
    main()
