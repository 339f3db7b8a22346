"""Days, neighbours and disks that do not want: each session keeps its own, or says what is wrong and ends."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

import polars as pl
import pytest
import yaml

from tests.e2e.program import config, run, started
from tradewind.record.journal.reader import check, digest, last_seq
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from pathlib import Path

BARS = 300
"""Of 15 minutes: three days and an eighth."""


def test_a_session_over_days_has_a_folder_for_each(tmp_path: Path) -> None:
    code, _, errors = run("live", "-c", config(tmp_path, bars=BARS), "--json")
    assert code in (0, 3), errors
    root = tmp_path / "sessions"
    days = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04"]
    assert sorted(path.name for path in root.glob("[!.]*")) == days
    for number, day in enumerate(days):
        bars = pl.read_parquet(root / day / "run_1" / "market_data.parquet")
        assert bars.height == 2 * min(96, BARS - 96 * number)
        assert {f"{ts:%Y-%m-%d}" for ts in bars["time"]} == {day}
        assert yaml.safe_load((root / day / "run_1" / "stats.yaml").read_text())["date"] == day
    assert len(list(root.rglob("journal.sqlite"))) == 1


def test_two_sessions_at_once_on_one_path(tmp_path: Path) -> None:
    path = config(tmp_path, bars=BARS)
    other = path.with_name("other.yaml")
    other.write_text(f"{path.read_text()}\nlease: {{account: another}}\n")
    words = ("-m", "tradewind", "live", "--json", "-c")
    with started(*words, path) as one, started(*words, other) as two:
        for process in (one, two):
            _, errors = process.communicate(timeout=240)
            assert process.returncode in (0, 3), errors
    first, second = sorted((tmp_path / "sessions").rglob("journal.sqlite"))
    assert first.parent != second.parent
    assert digest(first) == digest(second)
    assert verify(first) == verify(second)
    for day in (tmp_path / "sessions").glob("[!.]*"):
        runs = sorted(day.iterdir())
        assert [run_folder.name for run_folder in runs] == ["run_1", "run_2"]
        rows = [pl.read_parquet(run_folder / "trades.parquet").rows() for run_folder in runs]
        assert rows[0] == rows[1]


def told(errors: str) -> str:
    """Return the line that says what is wrong; there must be one, and no traceback."""
    assert "Traceback" not in errors
    [line] = [line for line in errors.splitlines() if line.startswith("error: ")]
    return line


@pytest.mark.parametrize("command", ["live", "backtest"])
def test_a_folder_that_cannot_be_written(command: str, tmp_path: Path) -> None:
    (tmp_path / "sessions").mkdir(mode=0o555)
    path = config(tmp_path, bars=BARS)
    root = os.geteuid() == 0  # root may write anywhere but below a file
    out = path / "below" if root else tmp_path / "sessions"
    code, _, errors = run(command, "-c", path, "--out", out)
    assert code == 1, errors
    assert f"cannot make {out}" in told(errors)


@pytest.mark.parametrize("size", [40_000, 150_000])
def test_a_disk_that_is_full_ends_the_session_and_says_so(size: int, tmp_path: Path) -> None:
    """A limit on the size of a file stands for the end of the disk: writing fails where it is reached."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    code, _, errors = run("live", "-c", config(tmp_path), preexec_fn=limited)
    assert code == 1, errors
    assert "the journal" in told(errors)
    journal = next(tmp_path.rglob("journal.sqlite"))
    check(journal)
    assert verify(journal).steps == last_seq(journal)
