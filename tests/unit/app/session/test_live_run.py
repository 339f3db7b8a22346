from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.unit.app.sessions import config
from tradewind.app.backtesting import run_backtest
from tradewind.app.session.files import BacktestFiles
from tradewind.app.session.live_run import prepare
from tradewind.domain.errors import ConfigError
from tradewind.domain.events import LinkChanged, OrderFilled
from tradewind.domain.market import Bar
from tradewind.record.journal.reader import digest, read
from tradewind.record.sessions.folders import read_session
from tradewind.record.stats.live import from_yaml
from tradewind.runtime import failures
from tradewind.runtime.callbacks import Callbacks
from tradewind.runtime.followers import recorder_process

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.record.stats.live import LiveTradeStats


def run(folder: Path, **changes: Any) -> Path:
    return asyncio.run(prepare(config(folder, **changes), folder).run())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"engine.prefetch": {"enabled": True, "start_time_type": "days", "days": 1}},
        {"engine.prefetch": {"enabled": True, "start_time_type": "date", "start_time": "2023-12-31T12:00:00Z"}},
        {"trading.config.latency": {"kind": "normal", "submit_ms": 40_000, "report_ms": 20_000}},
        {"engine.symbols": ["BTCUSDT", "ETHUSDT"], "shutdown.flatten": True},
        {"strategy.config": {"fails_at": 30}},
    ],
)
def test_a_live_session_is_the_backtest(changes: dict[str, Any], tmp_path: Path) -> None:
    live = run(tmp_path, **changes)
    past = run_backtest(config(tmp_path, **changes), tmp_path, keep=BacktestFiles).folder
    assert past is not None
    assert digest(live / "journal.sqlite") == digest(past / "journal.sqlite")


def test_lesson_16_a_source_that_breaks_gives_every_bar_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "INTERVAL_SECONDS", 0.0)
    changes = {"market_data.config.error_rate": 0.1, "market_data.config.bars": 200, "market_data.config.seed": 2}
    events = [step.event for step in read(run(tmp_path, **changes) / "journal.sqlite")]
    opens = [event.ts_open for event in events if isinstance(event, Bar)]
    assert opens == list(range(opens[0], opens[-1] + 1, 60_000_000_000))
    assert len([event for event in events if isinstance(event, LinkChanged)]) > 10


def test_signals_are_left_alone_where_that_is_asked(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    asyncio.run(prepare(config(tmp_path), tmp_path, handle_signals=False).run())
    assert signal.getsignal(signal.SIGINT) is before


def test_a_live_session_needs_its_journal(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs its journal"):
        prepare(config(tmp_path, **{"journal.enabled": False}), tmp_path)


def test_a_journal_may_lie_elsewhere(tmp_path: Path) -> None:
    home = run(tmp_path, **{"journal.path": str(tmp_path / "elsewhere.sqlite")})
    assert not (home / "journal.sqlite").exists()
    assert len(list(read(tmp_path / "elsewhere.sqlite"))) > 120


def test_a_recorder_that_dies_is_started_again(tmp_path: Path) -> None:
    async def kill(_: object) -> None:
        seen.append(made.recorder.pid)
        if len(seen) == 60:
            assert seen[-1] is not None
            os.kill(seen[-1], signal.SIGKILL)
            while made.recorder.pid == seen[-1]:  # noqa: ASYNC110 - the session does not end before this has returned
                await asyncio.sleep(0.001)

    seen: list[int | None] = []
    checked = config(tmp_path, **{"market_data.config.interval_ms": 0})
    made = prepare(checked, tmp_path, callbacks=Callbacks(on_market_data=kill))
    home = asyncio.run(made.run())
    assert len(set(seen)) == 2
    assert (made.session.troubles, made.recorder.missed) == ([], "")
    assert pl.read_parquet(home / "market_data.parquet").height == 120
    assert made.recorder.last_seq == made.world.engine.seq == read_session(home)["steps"]
    assert read_session(home)["finished"]
    assert made.stats == from_yaml((home / "stats.yaml").read_text())


def test_one_that_dies_again_and_again_is_told_of_and_its_files_are_made_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_process, "STARTS_MAX", 1)

    async def kill(_: object) -> None:
        if len(seen) == 60:
            pid = made.recorder.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            while not made.recorder.missed:  # noqa: ASYNC110 - the session does not end before this has returned
                await asyncio.sleep(0.001)
        seen.append(made.recorder.missed)

    seen: list[str] = []
    checked = config(tmp_path, **{"market_data.config.interval_ms": 0})
    made = prepare(checked, tmp_path, callbacks=Callbacks(on_market_data=kill))
    home = asyncio.run(made.run())
    assert seen[:60] == [""] * 60
    assert "ended with -9" in seen[60], "it is known before the session ends"
    assert made.session.troubles == [f"SessionRecorder: {seen[-1]}"]
    assert pl.read_parquet(home / "market_data.parquet").height == 120
    assert pl.read_parquet(home / "trades.parquet").height > 10
    assert read_session(home)["steps"] == made.world.engine.seq
    assert made.stats == from_yaml((home / "stats.yaml").read_text())


def test_a_recorder_that_cannot_be_started_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    made = prepare(config(tmp_path), tmp_path)
    home = asyncio.run(made.run())
    assert "cannot be started" in made.session.troubles[0]
    assert pl.read_parquet(home / "market_data.parquet").height == 120


def test_statistics_come_after_each_trade_and_last_as_they_are_written(tmp_path: Path) -> None:
    told: list[LiveTradeStats] = []
    made = prepare(config(tmp_path), tmp_path, on_stats=told.append)
    home = asyncio.run(made.run())
    fills = [step for step in read(home / "journal.sqlite") if isinstance(step.event, OrderFilled)]
    assert len({each.last_updated for each in told}) >= len({step.event.ts_recv for step in fills}) > 10
    assert told[-1] == made.stats == from_yaml((home / "stats.yaml").read_text())
