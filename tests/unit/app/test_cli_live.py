from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.unit.app.sessions import strategy
from tradewind.app.cli import main
from tradewind.app.cli.exits import Exit
from tradewind.domain.errors import VenueProtocolError
from tradewind.runtime import failures
from tradewind.venues.mock.venue import MockData

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tradewind.domain.market import MarketEvent


def config_file(folder: Path, **parameters: object) -> str:
    path = folder / "run.yaml"
    tree = {
        "engine": {"symbols": "BTCUSDT", "interval": "1m", "data_output_path": str(folder / "sessions")},
        "market_data": {"provider_type": "mock", "config": {"bars": 120}},
        "trading": {"provider_type": "paper"},
        "strategy": {"path": strategy(folder), "config": parameters},
    }
    path.write_text(yaml.safe_dump(tree))
    return str(path)


@pytest.mark.parametrize("command", ["backtest", "live"])
def test_a_run_prints_what_it_came_to(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "-c", config_file(tmp_path)]) == Exit.OK
    out = capsys.readouterr().out
    assert "sessions/2024-01-01/run_1" in out.replace("\n", "")


@pytest.mark.parametrize("command", ["backtest", "live"])
def test_json_is_json_and_nothing_else(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "-c", config_file(tmp_path), "--json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["session"].endswith("run_1")


def test_a_backtest_may_keep_no_session(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", "-c", config_file(tmp_path), "--no-session", "--json"]) == Exit.OK
    summary = json.loads(capsys.readouterr().out)
    assert summary["session"] is None
    assert summary["bars"] == 120
    assert not (tmp_path / "sessions").exists()


def test_a_backtest_writes_its_report(tmp_path: Path) -> None:
    report = tmp_path / "run.md"
    assert main(["backtest", "-c", config_file(tmp_path), "--no-session", "--report", str(report)]) == Exit.OK
    assert "Turner" in report.read_text()


def test_a_live_session_of_a_strategy_that_wants_what_cannot_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config_file(tmp_path)
    file = tmp_path / "turner.py"
    file.write_text(file.read_text().replace("self.count = 0", 'self.count = 0; ctx.subscribe("30s")'))
    main(["live", "-c", path, "--json"])
    assert "bars of 30s cannot be made from the session's bars of 1m" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["backtest", "live"])
def test_mistakes_end_with_78_and_one_message(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "-c", config_file(tmp_path), "--interval", "7x"]) == Exit.CONFIG
    assert main([command, f"{tmp_path}/none.py:None"]) == Exit.CONFIG
    errors = capsys.readouterr().err
    assert errors.count("error: ") == 2


def test_half_a_confirmation_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["live", "-c", config_file(tmp_path), "--live-trading"]) == Exit.CONFIG
    assert "--i-understand-the-risks" in capsys.readouterr().err
    assert not (tmp_path / "sessions").exists()


def test_too_many_failures_in_a_row_that_are_no_outage_end_the_command_with_1_and_their_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: MockData) -> AsyncIterator[MarketEvent]:
        tried.append(1)
        nothing: tuple[MarketEvent, ...] = ()
        for event in nothing:
            yield event
        raise VenueProtocolError("a frame that nobody can read")

    tried: list[int] = []
    monkeypatch.setattr(MockData, "stream", broken)
    monkeypatch.setattr(failures, "INTERVAL_SECONDS", 0.0)
    assert main(["live", "-c", config_file(tmp_path)]) == Exit.FAILED
    assert "a frame that nobody can read" in capsys.readouterr().err
    assert len(tried) == failures.IN_A_ROW_MAX
