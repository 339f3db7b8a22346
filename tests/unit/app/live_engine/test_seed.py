"""What the documents of the live engine show, as it stands there: the whole YAML (L6) and every flag (L8)."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.unit.app.sessions import SEED
from tradewind.app.cli import main
from tradewind.app.cli.exits import Exit
from tradewind.app.config import build_config
from tradewind.app.config.binance import BinanceData, BinanceTrading
from tradewind.app.config.source import parse_source
from tradewind.live import LiveTradingEngine
from tradewind.record.sessions.folders import read_session
from tradewind.venues.binance import hosts

REPLAY = """\
market_data:
  provider_type: replay
  config: {path: sample, start: 2024-01-30}

trading:
  provider_type: paper

strategy:
  path: cross.py:Cross
  config_path: ./config/strategy/my-strategy.yaml
"""
CROSS = """\
from tradewind import SMA, Strategy

class Cross(Strategy):
    period: int = 20

    def on_start(self, ctx):
        self.average = {symbol: SMA(self.period) for symbol in map(ctx.id_of, ctx.symbols)}

    def on_bar(self, ctx, bar):
        average = self.average[bar.instrument].update(bar.close)
        if average is not None:
            ctx.target_fraction(0.4 if bar.close > average else 0.0, bar.instrument)

    def on_stop(self, ctx):
        ctx.log(f"the average is of {self.period} bars")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the paths of the documents lead to something."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config/strategy").mkdir(parents=True)
    (tmp_path / "config/strategy/my-strategy.yaml").write_text("period: 30\n", encoding="utf-8")
    (tmp_path / "config/trading.json").write_text('{"balances": {"USDT": 5000}}', encoding="utf-8")
    (tmp_path / "cross.py").write_text(CROSS, encoding="utf-8")
    return tmp_path


def test_the_yaml_goes_to_the_testnet_with_prices_and_orders(folder: Path) -> None:
    environ = {"BINANCE_TESTNET_API_KEY": "k", "BINANCE_TESTNET_SECRET_KEY": "s"}
    config = build_config(parse_source(SEED, ".yaml", "c.yaml"), environ=environ)
    assert isinstance(config.trading, BinanceTrading)
    assert isinstance(config.market_data, BinanceData)
    assert config.trading.doors == config.market_data.doors(hosts.LIVE) == hosts.TESTNET


def test_the_yaml_runs_on_replayed_data_and_paper(folder: Path) -> None:
    """30 days warm the session up, orders held back; then a day is traded, with the parameters of its file."""
    text = SEED[: SEED.index("market_data:\n")] + REPLAY
    home = LiveTradingEngine(text).run_sync()
    assert home.parent.parent == Path("data/live-trading")
    trades = pl.concat(pl.read_parquet(path) for path in Path("data/live-trading").rglob("trades.parquet"))
    assert trades.height > 50
    assert str(trades["executed_at"].min()) >= "2024-01-30"
    assert set(trades["symbol"]) == {"BTCUSDT", "ETHUSDT"}
    logs = pl.concat(pl.read_parquet(path) for path in Path("data/live-trading").rglob("logs.parquet"))
    assert "the average is of 30 bars" in logs["message"].to_list()


FLAGS = (
    "--strategy-config config/strategy/my-strategy.yaml --market-data-provider replay --data sample "
    "--trading-provider paper --trading-config config/trading.json --symbols BTCUSDT,ETHUSDT --interval 5m "
    "--cache-size 500 --data-output out --prefetch-type days --prefetch-days 2 --end 2024-01-04"
)


def test_every_flag_arrives_in_the_configuration(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["live", "cross.py:Cross", *FLAGS.split(), "--json"]) in {Exit.OK, Exit.LEFT_OPEN}
    config = read_session(next(Path("out").glob("*/run_*")))["config"]
    engine = config["engine"]
    assert engine["symbols"] == ["BTCUSDT", "ETHUSDT"]
    assert (engine["interval"], engine["market_data_cache_size"], engine["data_output_path"]) == ("5m", 500, "out")
    assert engine["prefetch"] == {"enabled": True, "start_time_type": "days", "start_time": None, "days": 2}
    assert config["trading"]["config"]["balances"] == {"USDT": "5000"}
    assert config["strategy"][0]["config_path"] == "config/strategy/my-strategy.yaml"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "--strategy-wasm s.wasm --market-data-provider binance --trading-provider binance-paper",
            "trading.config: is missing",
        ),
        ("--strategy-wasm s.wasm --market-data-provider polygon --polygon-api-key key", "no connection to polygon"),
        ("--strategy-wasm s.wasm --data sample", "s.wasm: No such file"),
        ("cross.py --prefetch-type date --prefetch-start 2024-13-01", "prefetch.start_time"),
        ("cross.py --data sample --prefetch-days 30", "30 days of history leave nothing to trade on"),
        ("cross.py --data sample --prefetch-days 2 --end 2024-01-03", "end before 2024-01-03"),
    ],
)
def test_flags_of_what_is_not_here_yet_are_understood(
    folder: Path, capsys: pytest.CaptureFixture[str], words: str, message: str
) -> None:
    assert main(["live", *words.split(), "--symbols", "BTCUSDT", "--data-output", "out"]) == Exit.CONFIG
    assert message in capsys.readouterr().err
    assert not Path("out").exists()


def test_a_date_to_prefetch_from(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "--prefetch-start 2024-01-01 --start 2024-01-03 --end 2024-01-04 --interval 15m --data-output out --json"
    code = main(["live", "cross.py", "--data", "sample", *words.split()])
    assert code in {Exit.OK, Exit.LEFT_OPEN}
    assert read_session(next(Path("out").glob("*/run_*")))["config"]["engine"]["prefetch"]["enabled"]
