"""The cross of sma_cross.py live on paper. The main beside this one differs in three lines."""

from pathlib import Path

from tradewind.app.config import load_config
from tradewind.live import LiveTradingEngine
from tradewind.record.journal.reader import digest

STRATEGY = Path(__file__).with_name("sma_cross.py")
CONFIG = {
    "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": "sessions"},
    "market_data": {"provider_type": "replay", "config": {"path": "sample", "end": "2024-01-08"}},
    "trading": {"provider_type": "paper", "config": {"balances": {"USDT": 100_000}}},
    "strategy": {"path": f"{STRATEGY}:SmaCross", "config": {"fast": 60, "slow": 240}},
}

config = load_config(None, CONFIG)
folder = LiveTradingEngine(config).run_sync()
print(folder, digest(folder / "journal.sqlite"))
