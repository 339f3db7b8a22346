"""After a session, in a backtest and live alike, `analyze` is called once, with the books as they closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.unit.app.sessions import config
from tradewind.app.backtesting import run_backtest
from tradewind.app.session.files import BacktestFiles
from tradewind.app.session.live_run import prepare
from tradewind.domain.errors import StrategyExecutionError
from tradewind.record.journal.reader import digest
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.app.config import Config

PROGRAM = """
from pathlib import Path
from tradewind.api import order, symbols

out: str = ""
fails: bool = False


def handle_data(context, data):
    for asset in symbols():
        order(asset, 0.01)


def analyze(context, perf):
    if context.fails:
        raise ZeroDivisionError("here")
    with Path(context.out).open("a") as kept:
        print(perf["portfolio_value"][-1], file=kept)
"""


def configured(tmp_path: Path, **parameters: object) -> Config:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    given = {"out": str(tmp_path / "looked_back"), **parameters}
    return config(tmp_path, **{"strategy.path": str(program), "strategy.config": given})


def test_backtest_and_live_look_back_and_a_replay_does_not(tmp_path: Path) -> None:
    past = run_backtest(configured(tmp_path), tmp_path, keep=BacktestFiles)
    live = asyncio.run(prepare(configured(tmp_path), tmp_path, handle_signals=False).run())
    assert past.folder is not None
    assert digest(past.folder / "journal.sqlite") == digest(live / "journal.sqlite")
    verify(live / "journal.sqlite")
    worth = (tmp_path / "looked_back").read_text(encoding="utf-8").split()
    assert worth == [str(float(past.world.engine.view.equity() or 0))] * 2


def test_what_it_raises_is_told_and_the_session_is_kept(tmp_path: Path) -> None:
    with pytest.raises(StrategyExecutionError, match="program raised after its run: ZeroDivisionError: here"):
        run_backtest(configured(tmp_path, fails=True), tmp_path, keep=BacktestFiles)
    assert list(tmp_path.rglob("journal.sqlite"))
