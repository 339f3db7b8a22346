"""Every example is short and runs as a user starts it; the two mains differ in three lines and decide the same."""

from __future__ import annotations

import difflib
import json
import os
import runpy
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.house.source import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = ROOT / "examples"
PROGRAMS = ("main_backtest.py", "main_paper.py", "paper_session.py")
STRATEGIES = {
    "sma_cross.py:SmaCross": ("--interval", "5m"),
    "sma_cross_stop.py:SmaCrossStop": ("--interval", "5m"),
    "algorithm_sma_cross.py": ("--interval", "5m"),
    "signals_ma.py": ("--interval", "1m"),
    "signals_cross_stop.py": ("--interval", "1m"),
    "rsi_bracket.py:RsiBracket": ("--interval", "5m"),
    "multi_symbol.py:Strongest": ("--interval", "1h", "--symbols", "BTCUSDT,ETHUSDT,SOLUSDT"),
}
POLICED = "breakout_policies.py"
"""A strategy that leaves its exits to policies, and so needs their block."""


def run(folder: Path, *words: str) -> str:
    command = [sys.executable, *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def lines(name: str) -> list[str]:
    return (EXAMPLES / name).read_text(encoding="utf-8").splitlines()


def test_every_example_is_run_here() -> None:
    there = {path.name for path in EXAMPLES.glob("*.py")}
    assert there == {*PROGRAMS, *(name.partition(":")[0] for name in STRATEGIES), POLICED}
    assert all(len(lines(name)) < 60 for name in there)


def test_the_mains_differ_in_three_lines() -> None:
    changed = [line for line in difflib.ndiff(lines("main_backtest.py"), lines("main_paper.py")) if line[0] in "+-"]
    assert len([line for line in changed if line[0] == "-"]) == 3, changed
    assert len([line for line in changed if line[0] == "+"]) == 3, changed


def test_the_mains_decide_the_same(tmp_path: Path) -> None:
    first, second = (run(tmp_path, str(EXAMPLES / name)).split()[-2:] for name in PROGRAMS[:2])
    assert first[0] != second[0], "each has a session of its own"
    assert first[1] == second[1], "their journals are equal"


def test_lesson_24_a_paper_session_from_python_in_under_25_lines(tmp_path: Path) -> None:
    """L7: engine, strategy, data, broker and callbacks in one short program."""
    assert len(lines("paper_session.py")) < 25
    told = run(tmp_path, str(EXAMPLES / "paper_session.py")).splitlines()
    assert told[0] == "begins: BTCUSDT 5m"
    assert sum(line.startswith(("buy ", "sell ")) for line in told) > 5
    assert "ended in good order" in told
    assert (tmp_path / told[-1].removeprefix("session: ") / "trades.parquet").is_file()


@pytest.mark.parametrize("name", STRATEGIES)
def test_strategies_trade_and_replay(name: str, tmp_path: Path) -> None:
    words = [str(EXAMPLES / name), "--data", "sample", *STRATEGIES[name], "--json"]
    outcome: dict[str, Any] = json.loads(run(tmp_path, "-m", "tradewind", "backtest", *words))
    assert outcome["statistics"]["counts"]["total"] > 5
    replayed = json.loads(run(tmp_path, "-m", "tradewind", "session", "replay", "--verify", "--json"))
    assert replayed["same"]


def test_policies_close_what_a_strategy_without_exits_opens(tmp_path: Path) -> None:
    tree = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": "data/sessions"},
        "market_data": {"provider_type": "replay", "config": {"path": "sample", "end": "2024-01-04"}},
        "trading": {"provider_type": "paper", "config": {"balances": {"USDT": 10_000}}},
        "strategy": {"path": f"{EXAMPLES / POLICED}:Breakout"},
        "positions": runpy.run_path(str(EXAMPLES / POLICED))["CONFIGURATION"],
    }
    (tmp_path / "policies.json").write_text(json.dumps(tree))
    outcome: dict[str, Any] = json.loads(
        run(tmp_path, "-m", "tradewind", "backtest", "-c", "policies.json", "--json")
    )  # fmt: skip
    assert outcome["statistics"]["counts"]["total"] > 5
    assert json.loads(run(tmp_path, "-m", "tradewind", "session", "replay", "--verify", "--json"))["same"]
