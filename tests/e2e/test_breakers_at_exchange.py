"""A drill, a trip and a new session at an account of the local exchange, through the real commands."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.e2e.program import ROOT, run, started, wait_for
from tradewind.domain.breakers import BreakerDrilled, BreakerState
from tradewind.domain.events import SessionStarted
from tradewind.record.journal.reader import last_seq, read

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

STEPS = 30


def config(folder: Path, strategy: str) -> Path:
    path = folder / "session.yaml"
    tree = {
        "engine": {"symbols": ["BTCUSDT", "ETHUSDT"], "interval": "1m", "data_output_path": str(folder / "sessions")},
        "market_data": {"provider_type": "exchange", "config": {"socket": str(folder / "x")}},
        "trading": {"provider_type": "exchange", "config": {"account": "main"}},
        "strategy": {"path": f"{ROOT / 'tests/e2e/losing.py'}:Losing", "id": strategy, "config": {"all_in_at": 9**9}},
        "breakers": {},
    }
    path.write_text(yaml.safe_dump(tree))
    return path


def under_way(folder: Path, number: int, process: subprocess.Popen[str]) -> Path:
    """Wait for the session of a number; return its journal."""
    found = folder / f"sessions/2024-01-01/run_{number}"

    def is_there() -> bool:
        is_open = (found / "control.json").is_file() and (found / "session.yaml").is_file()
        return is_open and last_seq(found / "journal.sqlite") > STEPS

    wait_for(is_there, process)
    return found / "journal.sqlite"


def told(command: str, *words: str, path: Path) -> str:
    code, said, errors = run("control", command, *words, "-c", path)
    assert code == 0, errors
    return said


@pytest.mark.must_really_work
def test_lesson_31_a_drill_a_trip_and_another_strategy_that_begins_anew_at_the_account(tmp_path: Path) -> None:
    """RP 16.2 (live): the latch and the peak belong to the account, not to the session."""
    market = tmp_path / "market.yaml"
    market.write_text(
        yaml.safe_dump(
            {
                "engine": {"symbols": ["BTCUSDT", "ETHUSDT"], "interval": "1m"},
                "market_data": {"provider_type": "mock", "config": {"seed": 7, "interval_ms": 50}},
                "trading": {"provider_type": "paper", "config": {"balances": {"USDT": "50000"}}},
            }
        )
    )
    with started("-m", "tradewind", "exchange", "serve", "-c", market, "--socket", tmp_path / "x") as exchange:
        wait_for((tmp_path / "x").exists, exchange)
        path = config(tmp_path, "one")
        with started("-m", "tradewind", "live", "-c", path, "--json") as session:
            first = under_way(tmp_path, 1, session)
            assert "max_drawdown tripped" in told("drill", "max_drawdown", path=path)
            assert "latched" in told("trip", "manual", "--reason", "news", path=path)
            session.send_signal(signal.SIGTERM)
            session.wait()
        (drilled,) = (each for step in read(first) for each in step.notices if isinstance(each, BreakerDrilled))
        assert (drilled.tripped, drilled.refused, drilled.reduction) == (True, "max_drawdown", "")
        path = config(tmp_path, "other")
        with started("-m", "tradewind", "live", "-c", path, "--fresh", "--json") as session:
            begun = next(read(under_way(tmp_path, 2, session))).event
            session.send_signal(signal.SIGTERM)
            session.wait()
    assert isinstance(begun, SessionStarted)
    assert begun.restored is None
    assert begun.breakers is not None
    assert [(each.breaker, each.state) for each in begun.breakers.breakers] == [("manual", BreakerState.LATCHED)]
    assert begun.breakers.worth.peak is not None
    assert begun.breakers.worth.peak >= 50_000
