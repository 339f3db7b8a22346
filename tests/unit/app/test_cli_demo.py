"""`tradewind demo`: its two runs are equal, what it names is there, and it says so if they are not equal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tradewind.app.cli import main
from tradewind.app.demo.run import Run
from tradewind.app.demo.story import Story

DAYS = "4"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "with a space"


@pytest.fixture(scope="module")
def told(out: Path) -> dict[str, Any]:
    """Run the demo once, as a program of its own would see it."""
    command = [sys.executable, "-m", "tradewind", "demo", "--json", "--days", DAYS, "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return json.loads(done.stdout)


def test_the_paper_session_is_the_backtest(told: dict[str, Any]) -> None:
    assert told["agrees"]
    assert told["backtest"]["digest"] == told["paper"]["digest"]
    assert told["backtest"]["statistics"] == told["paper"]["statistics"]
    assert told["replay"]["steps"] > int(DAYS) * 1440 * 2


def test_it_trades_and_pays_for_it(told: dict[str, Any]) -> None:
    statistics = told["paper"]["statistics"]
    assert statistics["counts"]["total"] >= 2
    assert float(statistics["cost"]["fees"]) > 0


def test_the_session_has_its_pictures_and_tables(told: dict[str, Any]) -> None:
    assert [Path(file).suffix for file in told["files"]] == [".png", ".html"]
    assert all(Path(file).stat().st_size > 10_000 for file in told["files"])
    for name in ("journal.sqlite", "stats.yaml", "orders.parquet", "trades.parquet", "marks.parquet"):
        assert (Path(told["paper"]["session"]) / name).is_file(), name


def test_the_command_that_it_prints_gives_the_same_answer(told: dict[str, Any]) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{told['query']['command']} --json"], capture_output=True, text=True, check=True
    )
    assert [list(row.values()) for row in json.loads(done.stdout)] == told["query"]["rows"]


def test_for_people_it_fits_80_columns(out: Path, told: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command = [sys.executable, "-m", "tradewind", "demo", "--days", "2", "--out", "data"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=out.parent)
    long = [line for line in done.stdout.splitlines() if len(line) > 80]
    assert all("tradewind" in line or "data/" in line for line in long), "only commands and paths may be longer"
    for word in ("Backtest", "paper", "trades closed", "Proof", "equal", "Results", "report.png", "What next"):
        assert word in done.stdout


def test_runs_that_differ_are_told_apart(told: dict[str, Any]) -> None:
    story = Story.__new__(Story)
    story.backtest, story.paper = (Run(None, digest, None, 1.0) for digest in ("a", "b"))  # type: ignore[arg-type]
    assert not story.agrees


def test_a_wrong_speed_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    assert main(["demo", "--speed", "fast", "--out", str(tmp_path)]) == 78
