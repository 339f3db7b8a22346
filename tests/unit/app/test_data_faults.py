"""Bars that never came, with a position open: what is to be closed is closed by those that do come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tradewind.app.backtesting import recorded_backtest
from tradewind.app.config import build_config
from tradewind.app.config.source import Source
from tradewind.domain.events import OrderFilled
from tradewind.domain.step import StrategyFailed
from tradewind.record.journal.reader import read
from tradewind.record.sessions.find import entry_of

if TYPE_CHECKING:
    from pathlib import Path

HOLDS = '''
from tradewind import Strategy

class Holds(Strategy):
    """Buys with the first bar that comes, with a stop; asks for more history than there is."""

    def on_start(self, ctx):
        self.done = False

    def on_bar(self, ctx, bar):
        assert len(ctx.bars(500)) <= 500
        if not self.done:
            self.done = True
            ctx.buy("1", stop_loss=90)
'''
MINUTES, FALLS_AT = 200, 137


@pytest.mark.parametrize("every", [10, 3])
def test_lesson_134_bars_that_are_lost_do_not_stop_the_way_out(every: int, tmp_path: Path) -> None:
    (tmp_path / "holds.py").write_text(HOLDS)
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    closes = [100.0 if n < FALLS_AT else 80.0 for n in range(MINUTES)]
    rows: dict[str, Any] = {
        "timestamp": [begin + timedelta(minutes=n) for n in range(MINUTES)],
        "open": closes, "high": [c + 1 for c in closes], "low": [c - 1 for c in closes], "close": closes,
        "volume": [1_000.0] * MINUTES,
    }  # fmt: skip
    there = [n for n in range(MINUTES) if n % every]
    assert FALLS_AT in there
    pl.DataFrame(rows)[there].write_parquet(tmp_path / "BTCUSDT_1m.parquet")
    tree = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(tmp_path / "out")},
        "market_data": {"provider_type": "replay", "config": {"path": str(tmp_path / "BTCUSDT_1m.parquet")}},
        "trading": {"provider_type": "paper", "config": {"balances": {"USDT": "10000"}}},
        "strategy": {"path": f"{tmp_path / 'holds.py'}:Holds"},
    }
    home = recorded_backtest(build_config(Source("session.yaml", tree, {}), environ={}))
    steps = list(read(entry_of(home).journal))
    assert not [n for step in steps for n in step.notices if isinstance(n, StrategyFailed)]
    bought, sold = (step.event for step in steps if isinstance(step.event, OrderFilled))
    assert bought.price == 100
    assert sold.price == 80, "at the open of the bar that fell through the stop"
    assert sold.ts_venue == int((begin + timedelta(minutes=FALLS_AT)).timestamp()) * 10**9
