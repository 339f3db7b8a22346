"""`tradewind report mfe`, and the record of policies, over a real backtest: RP 12.6."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from tradewind.app.cli import main

if TYPE_CHECKING:
    from pathlib import Path

OFTEN = """
from tradewind import Strategy

class Often(Strategy):
    def on_start(self, ctx):
        self.count = 0

    def on_bar(self, ctx, bar):
        self.count += 1
        if self.count % 8 == 1 and not ctx.position().quantity:
            ctx.buy("0.1")
        elif self.count % 8 == 5:
            ctx.close()
"""
POLICIES = {
    "entry": {"stop_loss": 0.002},
    "trailing": {"activation_threshold": 0.0005, "distance": {"pct": 0.0004}, "breakeven_threshold": None},
    "partial": {"exit_targets": [0.001, 0.002, 0.003], "exit_sizes": [0.25, 0.25, 0.5], "max_scale_ins": 0},
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "often.py").write_text(OFTEN)
    tree = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder / "runs")},
        "market_data": {"provider_type": "replay", "config": {"path": "sample", "end": "2024-01-01T10:00:00Z"}},
        "trading": {"provider_type": "paper", "config": {"balances": {"USDT": 10000}}},
        "strategy": {"path": f"{folder}/often.py:Often"},
        "positions": POLICIES,
    }
    (folder / "c.yaml").write_text(yaml.safe_dump(tree))
    assert main(["backtest", "-c", str(folder / "c.yaml")]) == 0
    return folder / "runs"


def test_rp_12_6_the_analyzer_is_reached_from_the_command_line(
    runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["report", "mfe", "--root", str(runs)]) == 0
    assert "kept of MFE" in capsys.readouterr().out
    out = tmp_path / "proposals.json"
    assert main(["report", "mfe", "--root", str(runs), "--json", "--out", str(out)]) == 0
    found = json.loads(out.read_text())
    assert found["overall"]["count"] == sum(group["moves"]["count"] for group in found["groups"]) > 50
    (proposal,) = found["proposals"].values()
    assert 0.0016 <= float(proposal["stop_loss"]) <= 0.0024, "a fifth around what is configured, at most"
    assert len(proposal["targets"]) == 3
    assert main(["report", "mfe", "--root", str(tmp_path / "none")]) != 0


def test_what_policies_say_is_in_the_log_and_their_orders_in_the_blotter(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    asked = "select kind, count(*) as n from logs where kind in ('stop_moved', 'exit_begun') group by kind"
    assert main(["session", "query", asked, "--root", str(runs), "--csv"]) == 0
    assert "stop_moved" in capsys.readouterr().out
    assert main(["session", "query", "select distinct tag from orders", "--root", str(runs), "--csv"]) == 0
    assert "partial 1" in capsys.readouterr().out
    assert main(["session", "replay", "--verify", "--root", str(runs)]) == 0
