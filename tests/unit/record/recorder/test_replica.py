"""The recorder's books and the engine's are the same after every step of a session with every kind of order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tradewind.app.cli import main
from tradewind.domain.ids import StrategyId
from tradewind.domain.money import money_context
from tradewind.engine.engine import Engine
from tradewind.record.journal.reader import read, read_header
from tradewind.record.recorder.books import Books
from tradewind.record.recorder.facts import Valued
from tradewind.strategy.load import load

if TYPE_CHECKING:
    from pathlib import Path

STRATEGY = """
from tradewind import Strategy

class Everything(Strategy):
    def on_start(self, ctx):
        self.bars = 0
        self.resting = None

    def on_bar(self, ctx, bar):
        self.bars += 1
        match self.bars % 40:
            case 3:
                self.resting = ctx.buy(0.5, limit=bar.close * 0.9999)
            case 5:
                ctx.amend(self.resting, limit=bar.close * 0.9995)
            case 9:
                ctx.cancel(self.resting)
            case 10:
                ctx.buy(0.3)
                ctx.sell(0.3, stop=bar.close * 0.998, reduce_only=True)
            case 20:
                ctx.buy(1_000_000)
            case 25:
                ctx.sell(0.7, symbol=bar.instrument)
            case 35:
                ctx.cancel_all()
                ctx.close()
"""


@pytest.mark.parametrize("account", ["cash", "margin"])
def test_equal_after_every_step(tmp_path: Path, account: str) -> None:
    (tmp_path / "everything.py").write_text(STRATEGY)
    (tmp_path / "run.yaml").write_text(
        f"trading: {{provider_type: paper, config: {{account: {account}}}}}\nrisk: {{allow_short: true}}\n"
    )
    words = ["backtest", f"{tmp_path}/everything.py:Everything", "--data", "sample", "--end", "2024-01-02"]
    words += ["--symbols", "BTCUSDT", "--interval", "1m"]
    assert main([*words, "-c", f"{tmp_path}/run.yaml", "--data-output", str(tmp_path / "runs"), "--json"]) == 0
    journal = tmp_path / "runs" / "2024-01-01" / "run_1" / "journal.sqlite"
    header = read_header(journal)
    with money_context():
        strategies = {StrategyId(s.id): load(s.source, json.loads(s.parameters)) for s in header.strategies}
        engine = Engine(header.instruments, strategies, header.engine, recording=True)
        books, equity, fills = Books(header), None, 0
        for step in read(journal):
            engine.process(step.event)
            for fact in books.take(step):
                equity = fact.equity if isinstance(fact, Valued) else equity
            assert equity == engine.view.equity(), step
            fills += type(step.event).__name__ == "OrderFilled"
        assert fills > 50
        assert books.portfolio.ledger.balances() == engine.portfolio.ledger.balances()
        assert {o: order.state for o, order in books.orders.by_id.items()} == {
            o: order.state for o, order in engine.orders.by_id.items()
        }
