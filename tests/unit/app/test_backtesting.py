from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.unit.app.sessions import config
from tradewind.app.backtesting import run_backtest
from tradewind.app.results import with_bars
from tradewind.app.session.files import BacktestFiles
from tradewind.domain.errors import ConfigError
from tradewind.domain.events import WarmupEnded
from tradewind.record.journal.reader import read, read_header
from tradewind.runtime.replay import verify

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_without_a_session_leaves_nothing_on_disk(tmp_path: Path) -> None:
    outcome = run_backtest(config(tmp_path), tmp_path)
    assert outcome.folder is None
    assert not (tmp_path / "sessions").exists()
    assert outcome.given.rows == 120
    assert len(outcome.report.fills) > 10
    assert len(outcome.report.trips) == outcome.report.statistics.counts.total
    assert [mark.title for mark in outcome.report.marks] == ["in"] * 12


def test_a_run_with_a_session_comes_to_the_same_and_can_be_proved(tmp_path: Path) -> None:
    bare = run_backtest(config(tmp_path), tmp_path)
    kept = run_backtest(config(tmp_path), tmp_path, keep=BacktestFiles)
    assert bare.report == kept.report
    assert kept.folder is not None
    journal = kept.folder / "journal.sqlite"
    assert verify(journal).equity == str(kept.world.engine.view.equity())
    assert pl.read_parquet(kept.folder / "trades.parquet").height == len(kept.report.fills)
    header = read_header(journal)
    assert (header.mode, header.by_day, header.strategies[0].id) == ("backtest", False, "Turner")


def test_a_run_over_days_has_one_folder(tmp_path: Path) -> None:
    run_backtest(config(tmp_path, **{"market_data.config.bars": 3_000}), tmp_path, keep=BacktestFiles)
    [day] = (tmp_path / "sessions").iterdir()
    assert day.name == "2024-01-01"


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int | None, float]] = []
    flags = {"market_data.config.bars": 3_000, "engine.equity_interval": "1m"}
    run_backtest(config(tmp_path, **flags), tmp_path, progress=lambda *facts: told.append(facts))
    assert len(told) == 3_000 // 24
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert {total for _, total, _ in told} == {3_000}


def test_history_warms_up_first(tmp_path: Path) -> None:
    flags = {"engine.prefetch": {"enabled": True, "start_time_type": "days", "days": 1}}
    outcome = run_backtest(config(tmp_path, **flags), tmp_path, keep=BacktestFiles)
    assert outcome.folder is not None
    events = [step.event for step in read(outcome.folder / "journal.sqlite")]
    [at] = [number for number, event in enumerate(events) if isinstance(event, WarmupEnded)]
    assert at == 1 + 24 * 60
    assert outcome.report.trips[0].opened_at > events[at].ts_recv


def test_a_strategy_that_raised_is_in_the_outcome(tmp_path: Path) -> None:
    outcome = run_backtest(config(tmp_path, **{"strategy.config": {"fails_at": 7}}), tmp_path)
    assert [failure.error for failure in outcome.failures] == ["ZeroDivisionError: here"]


def test_bars_are_added_for_reports_alone(tmp_path: Path) -> None:
    outcome = run_backtest(config(tmp_path), tmp_path)
    [bars] = with_bars(outcome.report, outcome.given).bars
    assert len(bars.ts) == len(bars.close) == 120


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"market_data.config.bars": None}, "a backtest needs an end"),
        ({"market_data.provider_type": "polygon", "market_data.config.bars": None}, "no connection to polygon"),
        ({"market_data": {"provider_type": "binance"}}, "heard once, live"),
        ({"trading.provider_type": "bybit-paper"}, "no connection to bybit-paper"),
    ],
)
def test_what_cannot_be_done_is_said(change: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        run_backtest(config(tmp_path, **change), tmp_path)
