"""`LiveTradingEngine`: a live session for programs, put together call by call or by keywords, and run once.

It holds what it was given and hands it to `live_run`, which is behind `tradewind live` as well. Building it
opens nothing. It sends no order for real money: only `tradewind live` and signals do, each with both permissions.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.app.config import build_config, config_schema, merge
from tradewind.app.live_engine.breaker import CircuitBreaker, CircuitBreakerConfig
from tradewind.app.live_engine.config import parameters_in, source_of_config
from tradewind.app.live_engine.paper import PaperBroker
from tradewind.app.live_engine.portal import DataPortal
from tradewind.app.live_engine.strategy import given_strategy
from tradewind.app.live_engine.sync import Synchronisation
from tradewind.app.strategy_parameters import in_source, located
from tradewind.domain.errors import (
    EngineSetupError,
    NoMarketData,
    NoStrategy,
    NotInitialized,
    NoTrading,
    StrategyParameterError,
)
from tradewind.monitor.counts import Counts
from tradewind.runtime.callbacks import Announcer, Callbacks
from tradewind.strategy.load import id_of

if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Mapping
    from typing import Self

    from tradewind.app.config import Config
    from tradewind.app.config.source import Source
    from tradewind.app.live_engine.config import AnyConfig
    from tradewind.app.live_engine.strategy import AnyStrategy, GivenStrategy
    from tradewind.app.session.live_run import LiveRun
    from tradewind.domain.ids import StrategyId
    from tradewind.record.stats.live import LiveTradeStats
    from tradewind.runtime.health_status import HealthStatus
    from tradewind.strategy.base import Strategy

CATALOG = Path("data/catalog")
RESUME_WORDS = ("", "auto", "always", "never")
UPDATES_MAX = 256
"""Statistics that wait for a slow callback; then the oldest go, as newer ones say more."""


class LiveTradingEngine(Synchronisation):
    """Set it up in any order, then run it; `run` says by name what is missing."""

    def __init__(  # noqa: PLR0913 - the parts of a session, each of which has a call of its own
        self,
        config: AnyConfig | None = None,
        *,
        strategy: AnyStrategy | None = None,
        strategy_config: Mapping[str, Any] | str | None = None,
        market_data: Any = None,  # noqa: ANN401 - see `set_market_data`
        trading: Any = None,  # noqa: ANN401 - see `set_trading`
        catalog: Path | str = CATALOG,
        resume: str = "",
        circuit_breaker: CircuitBreaker | CircuitBreakerConfig | None = None,
    ) -> None:
        """`resume` is `auto`, `always` or `never`, in the place of `recovery.resume`, or the session to go on from."""
        super().__init__()
        self._catalog = Path(catalog)
        self._resume = resume
        given = circuit_breaker
        self._breaker = CircuitBreaker(given) if isinstance(given, CircuitBreakerConfig) else given
        self._source: Source | None = None
        self._strategy: GivenStrategy | None = None
        self._parameters: Source | None = None
        self._data: Any = None
        self._trading: PaperBroker | dict[str, Any] | None = None
        if config is not None:
            self.initialize(config)
        if strategy is not None:
            self.load_strategy(strategy)
        if strategy_config is not None:
            self.set_strategy_config(strategy_config)
        if market_data is not None:
            self.set_market_data(market_data)
        if trading is not None:
            self.set_trading(trading)

    def initialize(self, config: AnyConfig) -> Self:
        """Take a configuration, whole or its block `engine`: an object, a mapping, a file, or YAML or JSON text."""
        self._source = source_of_config(config)
        return self

    def load_strategy(self, strategy: AnyStrategy, name: str = "") -> Self:
        """Take a strategy: where it is (a file, a module, an installed name), its bytes, a class or an object."""
        self._strategy = given_strategy(strategy, name)
        return self

    def load_strategy_from_file(self, path: Path | str, name: str = "") -> Self:
        """Take a strategy from a file, Python or WASM; with several in it, say which."""
        return self.load_strategy(Path(path), name)

    def load_strategy_from_bytes(self, source: bytes, name: str = "") -> Self:
        """Take a strategy from the content of a file, Python or WASM."""
        return self.load_strategy(source, name)

    def set_strategy_config(self, parameters: Mapping[str, Any] | str) -> Self:
        """Take the parameters of the strategy: a mapping, or YAML or JSON text."""
        self._parameters = parameters_in(parameters)
        return self

    def set_market_data(self, provider: Any, config: Mapping[str, Any] | None = None) -> Self:  # noqa: ANN401
        """Take market data: a provider's name and settings, a `DataPortal`, an object with `stream()`, or bars."""
        self._data = _block(provider, config)
        return self

    def set_trading(
        self, provider: str | Mapping[str, Any] | PaperBroker, config: Mapping[str, Any] | None = None
    ) -> Self:
        """Say where orders go: a provider's name and settings, or a `PaperBroker`."""
        self._trading = _block(provider, config)
        return self

    def config_schema(self) -> str:
        """Return the JSON schema of a whole configuration."""
        return json.dumps(config_schema(), indent=2)

    async def run(self, callbacks: Callbacks | None = None) -> Path:
        """Run until the market data end, `stop` is called or a signal comes; return the session's folder.

        Raises what ended the session otherwise. `on_engine_stop` is called in every case.
        """
        told = callbacks or Callbacks()
        try:
            self._loop = asyncio.get_running_loop()
            updates = _Updates(told, self._loop)
            run = self._run = self._put_together(told, updates)
            run.session.watch(self._answers)
            if self._breaker is not None:
                self._breaker.bind(run, self._loop)
            self._counts, self._began = Counts(run.session.clock.now, time.monotonic), time.monotonic()
            run.session.watch(self._counts)
        except BaseException as error:
            await Announcer(told, lambda _: None).safely(told.on_engine_stop, error)
            raise
        try:
            return await run.run()
        finally:
            await updates.told()

    def run_sync(self, callbacks: Callbacks | None = None) -> Path:
        """Do the same from a program without a loop of its own."""
        return asyncio.run(self.run(callbacks))

    def stop(self) -> None:
        """Ask a running engine for an orderly end, from any thread; a second call ends it at once."""
        if self._run is not None and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._run.session.stop, "asked by the program")

    def get_health_status(self) -> HealthStatus:
        """Return how the session stands, with the reasons and facts. Raise `EngineSetupError` before `run`."""
        return self._running().session.health()

    def _put_together(self, callbacks: Callbacks, updates: _Updates) -> LiveRun:
        from tradewind.app.live_engine.data import input_from  # what reads data is heavy, and only a run needs it
        from tradewind.app.session.live_run import prepare

        if self._run is not None:
            raise EngineSetupError("an engine runs once: make another")
        config = self._config()
        return prepare(
            config,
            self._catalog,
            callbacks=callbacks,
            strategies=self._strategies(config),
            given=None if isinstance(self._data, dict | None) else input_from(self._data, config),
            on_stats=updates.take if callbacks.on_stats_update is not None else None,
            handle_signals=threading.current_thread() is threading.main_thread(),
            resume="" if self._resume in RESUME_WORDS else self._resume,
        )

    def _config(self) -> Config:
        if self._source is None:
            raise NotInitialized("call initialize(config) before run")
        data = self._source.data
        if self._strategy is None and "strategy" not in data:
            raise NoStrategy("call load_strategy(…) before run, or name one in the configuration")
        if self._data is None and "market_data" not in data:
            raise NoMarketData("call set_market_data(…) before run, or name a provider in the configuration")
        if self._trading is None and "trading" not in data:
            raise NoTrading("call set_trading(…) before run, or name a provider in the configuration")
        return build_config(msgspec.structs.replace(self._source, data=merge(data, self._blocks(data))))

    def _blocks(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was given by calls, as blocks that lie over those of the configuration."""
        blocks: dict[str, Any] = {}
        if self._strategy is not None:
            parameters = self._given_parameters or self._strategy.parameters or {}
            blocks["strategy"] = {"path": self._strategy.place, "config": parameters, **_guest_block(data)}
        elif self._given_parameters:
            blocks["strategy.config"] = self._given_parameters
        if isinstance(self._data, dict):
            blocks["market_data"] = self._data
        elif self._data is not None:
            blocks["market_data"] = _block("replay", {"path": [f"given by the program: {type(self._data).__name__}"]})
        if self._resume in RESUME_WORDS and self._resume:
            blocks["recovery.resume"] = self._resume
        if isinstance(self._trading, PaperBroker):
            blocks["trading"] = self._trading.block(data["engine"].get("base_currency", "USDT"))
        elif self._trading is not None:
            blocks["trading"] = self._trading
        return blocks | ({} if self._breaker is None else self._breaker.config.blocks())

    def _strategies(self, config: Config) -> dict[StrategyId, Strategy] | None:
        if self._strategy is None:
            return None
        is_made = self._strategy.parameters is not None
        parameters = {} if is_made and not self._given_parameters else config.strategy[0].config
        try:
            guest = config.strategy[0].wasm.model_dump()
            strategy = self._strategy.make(parameters, Path(config.engine.data_output_path), guest)
        except StrategyParameterError as error:
            if self._parameters is None:
                raise
            raise located(error, in_source(self._parameters)) from error
        return {id_of(strategy): strategy}

    @property
    def _given_parameters(self) -> dict[str, Any]:
        return {} if self._parameters is None else dict(self._parameters.data)


class _Updates:
    """Carries statistics from the recorder to a callback on the loop, one after the other."""

    def __init__(self, callbacks: Callbacks, loop: asyncio.AbstractEventLoop) -> None:
        self._announcer = Announcer(callbacks, lambda _: None)
        self._callback = callbacks.on_stats_update
        self._loop = loop
        self._waiting: deque[LiveTradeStats] = deque(maxlen=UPDATES_MAX)
        self._telling = asyncio.Lock()
        self._latest: concurrent.futures.Future[None] | None = None

    def take(self, stats: LiveTradeStats) -> None:
        self._waiting.append(stats)
        self._latest = asyncio.run_coroutine_threadsafe(self._tell(), self._loop)

    async def told(self) -> None:
        """Wait until the last one has been told."""
        if self._latest is not None:
            await asyncio.wrap_future(self._latest)
        async with self._telling:
            return

    async def _tell(self) -> None:
        if self._telling.locked():
            return  # whoever tells will come to it
        async with self._telling:
            while self._waiting:
                await self._announcer.safely(self._callback, self._waiting.popleft())


def _guest_block(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a configuration wants guests to be run: that is not the strategy's own affair."""
    strategy = data.get("strategy")
    return {"wasm": strategy["wasm"]} if isinstance(strategy, dict) and "wasm" in strategy else {}


def _block(provider: Any, config: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - a block, or what takes its place
    """Return the block of a provider; what is no name and no block stands for itself."""
    if isinstance(provider, str):
        return {"provider_type": provider, "config": dict(config or {})}
    if isinstance(provider, DataPortal):
        return {"provider_type": "replay", "config": {"path": [str(provider.root)], **(config or {})}}
    if isinstance(provider, dict):
        return dict(provider)
    return provider
