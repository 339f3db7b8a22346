"""Configurations of small runs on made-up data, for the tests of what puts runs together; and the documents' own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.app.config import load_config

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.app.config import Config

SEED = """\
engine:
  symbols:
    - BTCUSDT
    - ETHUSDT
  interval: "1m"
  market_data_cache_size: 1000
  enable_logging: true
  data_output_path: "./data/live-trading"
  prefetch:
    enabled: true
    start_time_type: days
    days: 30

market_data:
  provider_type: binance
  config:
    use_testnet: true

trading:
  provider_type: binance-paper
  config:
    api_key: ${BINANCE_TESTNET_API_KEY}
    secret_key: ${BINANCE_TESTNET_SECRET_KEY}

strategy:
  wasm_path: ./examples/strategy/strategy.wasm
  config_path: ./config/strategy/my-strategy.yaml
"""
"""The full example of the product's documents, as it stands there."""
FILE = '''
from tradewind import Strategy

class Turner(Strategy):
    """Buys at every tenth bar and sells at the fifth after it."""

    every: int = 10
    fails_at: int = 0

    def on_start(self, ctx):
        self.count = 0

    def on_bar(self, ctx, bar):
        self.count += 1
        if self.count == self.fails_at:
            raise ZeroDivisionError("here")
        if self.count % self.every == 0:
            ctx.target_fraction(0.5)
            ctx.mark("in")
        elif self.count % self.every == self.every // 2:
            ctx.close()
'''


def strategy(folder: Path) -> str:
    path = folder / "turner.py"
    path.write_text(FILE)
    return f"{path}:Turner"


def settings(folder: Path, **changes: Any) -> dict[str, Any]:
    """Return the flags of a run over 120 made-up bars of one symbol; `changes` by their dotted names."""
    return {
        "engine.symbols": ["BTCUSDT"],
        "engine.interval": "1m",
        "engine.data_output_path": str(folder / "sessions"),
        "market_data.provider_type": "mock",
        "market_data.config.bars": 120,
        "trading.provider_type": "paper",
        "strategy.path": strategy(folder),
        **changes,
    }


def config(folder: Path, **changes: Any) -> Config:
    return load_config(None, settings(folder, **changes))
