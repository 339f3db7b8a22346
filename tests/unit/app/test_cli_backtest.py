"""`tradewind backtest` as somebody sees it who has just begun: what is told at the end, and what before it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tradewind.app.cli import main

WARNS = """
from tradewind import Strategy


class Warns(Strategy):
    def on_bar(self, ctx, bar):
        ctx.log("[odd] plan", level="warning")
"""
SIGNALS = """
from tradewind.signals import add_strategy


def get_signal(symbol, when):
    return {"position": "long", "stop": 2}


add_strategy(strategy_name="odd", get_signal=get_signal, interval="15m")
"""
RUN = ("backtest", "warns.py", "--data", "sample", "--interval", "1h", "--end", "2024-01-02")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("warns.py").write_text(WARNS)


def test_warnings_are_told_at_the_end_and_nothing_else_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(RUN) == 0
    told = capsys.readouterr()
    assert "Warnings in the log: 24, the first: [odd] plan" in told.out
    assert told.err == ""


def test_a_plan_that_is_no_signal_is_among_the_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    Path("warns.py").write_text(SIGNALS)
    assert main(RUN) == 0
    told = capsys.readouterr().out
    assert "Warnings in the log: " in told
    assert "the first: V1: unknown fields: stop" in told


def test_a_report_that_cannot_be_written_is_told_before_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main((*RUN, "--report", "r.pdf")) == 78
    assert "r.pdf: no report ends in .pdf" in capsys.readouterr().err
    assert not Path("data").exists()
