"""Breakers through the real commands: a losing script trips every limit that it can reach, and a kill clears nothing.

Spec: risk-and-positions.md 16.7, live-controls.md 9. A limit that is not tripped here, nor named as one that no loss
can reach, fails the build.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.program import ROOT, journal_of, run, started, wait_for
from tradewind.domain.breakers import BreakerChanged, BreakerState
from tradewind.domain.events import SessionStarted
from tradewind.record.journal.reader import read
from tradewind.record.sessions.find import sessions
from tradewind.risk.breakers.roll import MEANINGS

if TYPE_CHECKING:
    from pathlib import Path

NOT_BY_LOSING = {
    "error_rate": "nothing breaks: test_cb_1_more_than_so_many_errors_trip",
    "stale_data": "made-up data come on time: test_a_price_that_is_too_old_trips_until_all_are_fresh",
    "clock_skew": "likewise: test_data_from_our_future_trip_until_the_clocks_agree",
    "reconciliation": "no difference: test_two_critical_comparisons_in_a_row_latch",
    "alignment": "there is no shadow: test_a_shadow_that_diverges_latches",
    "trading_hours": "no exchange: test_the_end_of_a_session_trips_and_the_next_one_lets_go",
    "manual": "an operator's: test_mw_42_a_manual_halt_takes_back_what_the_setting_says",
}
"""What no losing script can trip, and the test that does; all of them are drilled in test_breakers_conduct.py."""
SECTIONS_15_AND_16 = {"account_daily", "account_drawdown", "max_drawdown"}


def config(folder: Path, breakers: dict[str, Any], **mock: Any) -> Path:
    path = folder / "session.yaml"
    tree = {
        "engine": {
            "symbols": ["BTCUSDT", "ETHUSDT"], "interval": "1h", "data_output_path": str(folder / "sessions"),
        },
        "market_data": {
            "provider_type": "mock",
            "config": {"seed": 5, "pattern": "decreasing", "volatility": 0.03, "interval_ms": 0, "bars": 60, **mock},
        },
        "trading": {"provider_type": "paper", "config": {"balances": {"USDT": "100000"}, "fees": {"taker_bps": 500}}},
        "strategy": {"path": f"{ROOT / 'tests/e2e/losing.py'}:Losing"},
        "breakers": breakers,
    }  # fmt: skip
    path.write_text(yaml.safe_dump(tree))
    return path


def tripped(journal: Path) -> set[str]:
    changes = [each for step in read(journal) for each in step.notices if isinstance(each, BreakerChanged)]
    return {each.breaker for each in changes if each.state in (BreakerState.TRIPPED, BreakerState.LATCHED)}


@pytest.mark.parametrize("command", ["backtest", "live"])
def test_rp_16_7_and_lesson_83_and_160_a_losing_script_trips_every_limit(command: str, tmp_path: Path) -> None:
    """RP 16.7 (backtest, paper)."""
    breakers = {
        "daily_loss": {"amount": 3000, "action": "refuse"},
        "drawdown": {"fraction": 0.1, "action": "refuse"},
        "order_rate": {"max_orders": 4},
        "consecutive_losses": {"max_losses": 2, "cool_down_seconds": 3600},
    }
    path = config(tmp_path, breakers)
    code, _, errors = run(command, "-c", path, "--json")
    assert code in (0, 3), errors
    journal = journal_of(tmp_path / "sessions")
    assert journal is not None
    found = tripped(journal)
    assert found >= SECTIONS_15_AND_16, found
    assert set(MEANINGS) - found == set(NOT_BY_LOSING)
    code, report, errors = run("session", "report", "latest", "--data-output", tmp_path / "sessions")
    assert code == 0, errors
    assert "breakers tripped: " in report
    assert "max_drawdown 1" in report


def test_cb_4_and_lesson_31_and_16_2_what_has_latched_is_latched_after_a_kill(tmp_path: Path) -> None:
    """RP 16.2 (paper), RP 15.4 (paper)."""
    root = tmp_path / "sessions"

    def is_latched() -> bool:
        journal = journal_of(root)
        return (
            journal is not None and journal.with_name("session.yaml").is_file() and "max_drawdown" in tripped(journal)
        )

    with started("-m", "tradewind", "live", "-c", config(tmp_path, {}, interval_ms=20, bars=3000), "--json") as process:
        wait_for(is_latched, process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    code, _, errors = run("live", "-c", config(tmp_path, {}, bars=80), "--json")
    assert code in (0, 3), errors
    first, second = (entry.journal for entry in sorted(sessions(root), key=lambda entry: entry.name))
    started_by = next(read(second)).event
    assert isinstance(started_by, SessionStarted)
    assert started_by.restored is not None
    kept = started_by.restored.breakers
    assert kept is not None
    assert "max_drawdown" in {each.breaker for each in kept.breakers}
    assert kept.worth.peak is not None
    assert kept.worth.peak >= 100_000
    codes = {refusal.code.value for step in read(second) for refusal in step.refusals}
    assert codes <= {"warming_up", "daily_loss", "breaker_drawdown", "max_drawdown"}
    assert codes - {"warming_up"}, "the strategy goes on asking"
    assert "max_drawdown" not in tripped(second), "it did not have to trip again"
    assert tripped(first) >= {"max_drawdown"}
