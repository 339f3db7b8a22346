"""`LiveTradingEngine`: every way to put it together, each call that is missing by name, and a whole session."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tradewind import SMA, Bar, Strategy
from tradewind.app.backtesting import run_backtest
from tradewind.app.config import load_config
from tradewind.app.session.files import BacktestFiles
from tradewind.domain.ids import InstrumentId
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.live import (
    Callbacks,
    ConfigError,
    DataPortal,
    EngineSetupError,
    EngineStatus,
    LiveTradingEngine,
    LiveTradingEngineConfig,
    NoInterval,
    NoMarketData,
    NoStrategy,
    NoSymbols,
    NotInitialized,
    NoTrading,
    PaperBroker,
    PrefetchConfig,
    StrategyLoadError,
)
from tradewind.record.journal.reader import digest
from tradewind.record.market_data.catalog import Catalog
from tradewind.record.market_data.sample import write_sample
from tradewind.record.sessions.folders import read_session
from tradewind.record.stats.live import from_yaml
from tradewind.runtime.replay import verify
from tradewind.venues.replay.venue import ReplayClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

MOCK = {"bars": 400, "seed": 7}

CODE = b"""
from tradewind import SMA, Strategy

class Cross(Strategy):
    fast: int = 5

    def on_start(self, ctx):
        self.average = SMA(self.fast)

    def on_bar(self, ctx, bar):
        average = self.average.update(bar.close)
        if average is not None:
            ctx.target_fraction(0.5 if bar.close > average else 0.0)
"""


class Cross(Strategy):
    fast: int = 5

    def on_start(self, ctx: Any) -> None:
        self.average = SMA(self.fast)

    def on_bar(self, ctx: Any, bar: Bar) -> None:
        average = self.average.update(bar.close)
        if average is not None:
            ctx.target_fraction(0.5 if bar.close > average else 0.0)


@pytest.fixture
def engine(tmp_path: Path) -> LiveTradingEngine:
    """One that lacks nothing but a strategy."""
    block = {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(tmp_path / "sessions")}
    return LiveTradingEngine(block, market_data={"provider_type": "mock", "config": MOCK}, trading=PaperBroker())


def fills_of(folder: Path) -> int:
    import polars as pl

    return pl.read_parquet(folder / "trades.parquet").height


# --- what is missing ---------------------------------------------------------------------------------


def test_each_missing_call_is_named(tmp_path: Path) -> None:
    engine = LiveTradingEngine()
    steps: list[tuple[type[Exception], Callable[[], object]]] = [
        (NotInitialized, lambda: engine.initialize({"symbols": "BTCUSDT", "interval": "1m", "data_output_path": "x"})),
        (NoStrategy, lambda: engine.load_strategy(Cross)),
        (NoMarketData, lambda: engine.set_market_data("mock", MOCK)),
        (NoTrading, lambda: engine.initialize({"engine": {"symbols": ["B"], "interval": "1m", "data_output_path": 1}})),
    ]
    for error, take in steps:
        with pytest.raises(error):
            engine.run_sync()
        take()
    engine.set_trading("paper")
    with pytest.raises(ConfigError, match="data_output_path"):
        engine.run_sync()


def test_no_symbols_and_no_interval_are_told_at_once() -> None:
    with pytest.raises(NoSymbols):
        LiveTradingEngine({"symbols": [], "interval": "1m"})
    with pytest.raises(NoInterval):
        LiveTradingEngine("symbols: [BTCUSDT]\ndata_output_path: x\n")


def test_an_engine_runs_once(engine: LiveTradingEngine) -> None:
    engine.load_strategy(Cross).run_sync()
    with pytest.raises(EngineSetupError, match="once"):
        engine.run_sync()


def test_on_engine_stop_is_called_even_if_nothing_began() -> None:
    told: list[BaseException | None] = []
    with pytest.raises(NotInitialized):
        LiveTradingEngine().run_sync(Callbacks(on_engine_stop=told.append))
    assert isinstance(told[0], NotInitialized)


def test_a_provider_that_is_not_there_is_a_mistake_of_the_configuration(engine: LiveTradingEngine) -> None:
    with pytest.raises(ConfigError, match="no connection to polygon"):
        engine.load_strategy(Cross).set_market_data("polygon").run_sync()
    with pytest.raises(ConfigError, match="no connection to bybit-paper"):
        engine.set_market_data("mock", MOCK).set_trading("bybit-paper", {"api_key": "k"}).run_sync()
    with pytest.raises(ConfigError, match="nobody has allowed it"):
        engine.set_trading("binance-live", {"api_key": "k", "secret_key": "s"}).run_sync()


# --- the configuration -------------------------------------------------------------------------------

YAML = """
engine:
  symbols: [BTCUSDT]
  interval: 1m
  data_output_path: {out}
market_data: {{provider_type: mock, config: {{bars: 50}}}}
trading: {{provider_type: paper}}
"""


def test_every_form_of_a_configuration(tmp_path: Path) -> None:
    text = YAML.format(out=tmp_path)
    file = tmp_path / "session.yaml"
    file.write_text(text, encoding="utf-8")
    block = LiveTradingEngineConfig(["BTCUSDT"], "1m", str(tmp_path), prefetch=PrefetchConfig())
    whole = {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(tmp_path)},
        "market_data": {"provider_type": "mock", "config": {"bars": 50}},
        "trading": {"provider_type": "paper"},
    }
    checked = load_config(file, {"strategy.path": "x.py"})
    folders = [
        LiveTradingEngine(form, strategy=Cross).run_sync()
        for form in (text, json.dumps(whole), file, str(file), whole, checked)
    ]
    folders.append(
        LiveTradingEngine(block, strategy=Cross).set_market_data("mock", {"bars": 50}).set_trading("paper").run_sync()
    )
    assert len({digest(folder / "journal.sqlite") for folder in folders}) == 1


def test_mistakes_keep_their_lines(tmp_path: Path) -> None:
    text = "symbols: [BTCUSDT]\ninterval: 1m\ndata_output_path: x\nenable_loging: true\n"
    engine = LiveTradingEngine(text, strategy=Cross, market_data={"provider_type": "mock"}, trading=PaperBroker())
    with pytest.raises(ConfigError, match=r"configuration:4: engine.enable_loging: .*'enable_logging'"):
        engine.run_sync()


def test_the_schema_is_json_and_knows_the_engine() -> None:
    schema = json.loads(LiveTradingEngine().config_schema())
    assert {"engine", "market_data", "trading", "strategy"} <= schema["properties"].keys()


# --- the strategy ------------------------------------------------------------------------------------


def test_every_form_of_a_strategy_decides_the_same(tmp_path: Path) -> None:
    file = tmp_path / "cross.py"
    file.write_bytes(CODE)

    def run(strategy: Any) -> Path:
        block = {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(tmp_path / "sessions")}
        engine = LiveTradingEngine(block, strategy=strategy, market_data={"provider_type": "mock", "config": MOCK})
        return engine.set_trading("paper").run_sync()

    folders = [run(form) for form in (Cross, Cross(), file, f"{file}:Cross", CODE)]
    assert len({digest(folder / "journal.sqlite") for folder in folders}) == 1
    for folder in folders:
        assert fills_of(folder) > 10
        assert verify(folder / "journal.sqlite").steps > MOCK["bars"]


def test_parameters_come_as_mapping_or_text(engine: LiveTradingEngine) -> None:
    folder = engine.load_strategy(Cross).set_strategy_config("fast: 9").run_sync()
    assert read_session(folder)["config"]["strategy"][0]["config"] == {"fast": 9}
    with pytest.raises(StrategyLoadError, match="fast"):
        _again(engine).load_strategy(Cross).set_strategy_config({"fsat": 9}).run_sync()


def test_an_object_brings_its_parameters_into_the_record(engine: LiveTradingEngine) -> None:
    folder = engine.load_strategy(Cross(fast=11)).run_sync()
    assert read_session(folder)["config"]["strategy"][0]["config"] == {"fast": 11}
    with pytest.raises(StrategyLoadError, match="has its parameters already"):
        _again(engine).load_strategy(Cross(fast=11)).set_strategy_config({"fast": 3}).run_sync()


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (b"\0asm\1\0\0\0", "exports no memory"),
        (b"class (:\n", r"strategy\.py:1"),
        (b"x = 1\n", "no strategy"),
        ("nowhere.py", "no such file"),
        ("guest.wasm", "guest.wasm: No such file"),
        (object(), "not a strategy"),
    ],
)
def test_what_is_no_strategy_is_refused(engine: LiveTradingEngine, what: Any, words: str) -> None:
    with pytest.raises(StrategyLoadError, match=words):
        engine.load_strategy(what).run_sync()


# --- market data of the program's own ----------------------------------------------------------------


def bars(count: int = 300, venue: str = "mine") -> Iterator[Bar]:
    for n in range(count):
        price = 100.0 + (n % 40) * (1 if n // 40 % 2 else -1)
        ts = n * NS_PER_MINUTE
        yield Bar(
            InstrumentId(f"{venue}:BTCUSDT"), "1m", ts, ts + NS_PER_MINUTE, ts + NS_PER_MINUTE,
            price, price + 1, price - 1, price, 50.0,
        )  # fmt: skip


class Stream:
    """Of another time than now, so it has a clock of its own."""

    venue = "mine"

    def __init__(self) -> None:
        self.clock = ReplayClock(None)

    async def stream(self) -> AsyncIterator[Bar]:
        for bar in bars():
            self.clock.arrive(bar.ts_recv)
            yield bar


def test_bars_and_streams_are_market_data(engine: LiveTradingEngine) -> None:
    assert fills_of(engine.load_strategy(Cross).set_market_data(bars()).run_sync()) > 5
    assert fills_of(_again(engine).load_strategy(Cross).set_market_data(Stream()).run_sync()) > 5


def test_a_portal_is_replayed_and_gives_the_backtest(engine: LiveTradingEngine, tmp_path: Path) -> None:
    write_sample(Catalog(tmp_path / "catalog"), symbols=["BTCUSDT"], days=1)
    portal = DataPortal(tmp_path / "catalog")
    folder = engine.load_strategy(Cross).set_market_data(portal).run_sync()
    config = load_config(
        None,
        {
            **{f"engine.{key}": value for key, value in read_session(folder)["config"]["engine"].items()},
            "market_data.provider_type": "replay",
            "market_data.config.path": [str(portal.root)],
            "trading": PaperBroker().block("USDT"),
            "strategy.path": f"{__file__}:Cross",
        },
    )
    outcome = run_backtest(config, tmp_path, keep=BacktestFiles)
    assert outcome.folder is not None
    assert digest(folder / "journal.sqlite") == digest(outcome.folder / "journal.sqlite")


# --- running -----------------------------------------------------------------------------------------


def test_callbacks_hear_everything(engine: LiveTradingEngine) -> None:
    heard: list[str] = []

    async def placed(_: Any) -> None:
        heard.append("placed")

    folder = engine.load_strategy(Cross).run_sync(
        Callbacks(
            on_engine_start=lambda symbols, interval, path: heard.append(f"start {symbols} {interval} {bool(path)}"),
            on_engine_stop=lambda error: heard.append(f"stop {error}"),
            on_market_data=lambda _: heard.append("bar"),
            on_order_placed=placed,
            on_order_filled=lambda *_: heard.append("filled"),
            on_stats_update=lambda stats: heard.append(f"stats {stats.trade_result.number_of_trades}"),
            on_status_update=lambda status: heard.append(status.value),
        )
    )
    assert heard[0] == "start ['BTCUSDT'] 1m True"
    assert "stop None" in heard
    assert heard.count("bar") == MOCK["bars"]
    assert heard.count("filled") == fills_of(folder)
    assert "placed" in heard
    assert any(word.startswith("stats") and word != "stats 0" for word in heard)
    assert [word for word in heard if word in {s.value for s in EngineStatus}][-2:] == ["stopping", "stopped"]


def test_stop_ends_it_in_order_from_any_thread(engine: LiveTradingEngine) -> None:
    engine.set_market_data("mock", {"seed": 7}).load_strategy(Cross)  # never ends by itself
    heard: list[BaseException | None] = []

    asker = threading.Thread(target=engine.stop)

    def asked(_: Any) -> None:
        if asker.ident is None:
            asker.start()

    folder = engine.run_sync(Callbacks(on_market_data=asked, on_engine_stop=heard.append))
    assert heard == [None]
    assert read_session(folder)["finished"]


def test_it_runs_beside_others_on_a_loop_and_in_a_thread(engine: LiveTradingEngine) -> None:
    async def both() -> list[Path]:
        return list(await asyncio.gather(engine.load_strategy(Cross).run(), _again(engine).load_strategy(Cross).run()))

    found: list[list[Path]] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(both())))
    thread.start()
    thread.join()
    assert len(set(found[0])) == 2


def _again(engine: LiveTradingEngine) -> LiveTradingEngine:
    fresh = LiveTradingEngine(market_data={"provider_type": "mock", "config": MOCK}, trading=PaperBroker())
    assert engine._source is not None
    return fresh.initialize({**engine._source.data, "lease": {"account": "another"}})


def test_statistics_are_told_one_after_the_other_and_the_newest_last(engine: LiveTradingEngine) -> None:
    told: list[Any] = []
    at_once = most = 0

    async def slow(stats: Any) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.001)
        told.append(stats)
        at_once -= 1

    folder = engine.load_strategy(Cross).run_sync(Callbacks(on_stats_update=slow))
    assert most == 1
    assert len(told) > 5
    turnovers = [each.cumulative.turnover for each in told]
    assert turnovers == sorted(turnovers)
    assert told[-1] == from_yaml((folder / "stats.yaml").read_text())
