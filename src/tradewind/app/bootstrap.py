"""The one place where things are put together: a configuration goes in, something that can run comes out.

Nothing runs, opens or connects before it is asked to, except the files that the data come from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradewind.app.config import time_ns
from tradewind.app.config_trading import MockData as MockSource
from tradewind.app.config_trading import PaperTrading, ReplayData
from tradewind.app.models import limits_of, sim_models
from tradewind.app.sources import EARLIEST, Recorded, made_up, recorded
from tradewind.domain.account import AccountKind, Balance
from tradewind.domain.control import StopRequested
from tradewind.domain.errors import ConfigError
from tradewind.domain.events import SessionStarted
from tradewind.domain.ids import Asset
from tradewind.domain.time import NS_PER_DAY, NS_PER_SECOND, Interval, iso
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.engine.timeline import Timeline
from tradewind.runtime.calendar import calendar_of
from tradewind.venues.mock.venue import MockBars, MockData
from tradewind.venues.replay.venue import ReplayClock
from tradewind.venues.replay.venue import ReplayData as ReplayStream
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from tradewind.app.config import Config
    from tradewind.domain.ids import StrategyId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import MarketEvent
    from tradewind.ports import Clock, History, MarketData
    from tradewind.strategy.base import Strategy
    from tradewind.venues.registry.data_settings import MockSettings, ReplaySettings
    from tradewind.venues.sim.settings import MatchOn


@dataclass(frozen=True)
class Input:
    """Market data of a session: the instruments, what warms up, what comes after, and how much of it there is."""

    instruments: tuple[Instrument, ...]
    interval: Interval
    warmup: Callable[[], Iterable[MarketEvent]]
    events: Callable[[], Iterable[MarketEvent]]
    history: History
    start: int
    """The open of the first bar, of those that warm up if there are any."""
    trades_from: int
    """The open of the first bar that may be traded on: the session's day is its day."""
    rows: int | None
    described: str
    warms_up: bool
    source: Callable[[], tuple[MarketData, Clock]]
    finest: MatchOn = "bars"
    """The finest kind of data that there is: what a simulated venue matches on, unless told otherwise."""


@dataclass(frozen=True)
class World:
    """An engine and the simulated venue that it shares a timeline with. Make and run it in `money_context()`."""

    engine: Engine
    timeline: Timeline
    venue: SimVenue
    start: SessionStarted
    stop: StopRequested
    settle_ns: int


def input_of(config: Config, catalog_root: Path, now_ns: int) -> Input:
    """Find the market data of a session; raise `ConfigError` for a venue that this version cannot reach."""
    match config.market_data:
        case ReplayData(config=settings):
            return _replayed(config, settings, catalog_root, now_ns)
        case MockSource(config=settings):
            return _mocked(config, settings)
        case other:
            raise ConfigError(
                f"market_data.provider_type: this version has no connection to "
                f"{other.provider_type}; it replays recorded data (replay) and makes data up (mock)"
            )


def world_of(config: Config, given: Input, strategies: Mapping[StrategyId, Strategy], *, recording: bool) -> World:
    """Build the engine and its simulated venue."""
    if not isinstance(config.trading, PaperTrading):
        raise ConfigError(
            f"trading.provider_type: this version has no connection to {config.trading.provider_type}; "
            "orders can go to the simulated venue (paper)"
        )
    paper = config.trading.config
    opening = tuple(Balance(Asset(asset), total) for asset, total in paper.balances.items())
    models = sim_models(paper, config.engine.seed, given.finest)
    timeline, base = Timeline(), Asset(config.engine.base_currency)
    settings = EngineSettings(
        interval=config.engine.interval,
        base=base,
        account=AccountKind(paper.account),
        id_prefix=config.engine.session_prefix,
        limits=limits_of(config.risk),
        history_bars=config.engine.market_data_cache_size,
        data_interval=given.interval.label,
        halt_on_strategy_error=config.engine.on_strategy_error == "halt",
        keep_logs=config.engine.enable_logging,
        patience=config.reconciliation.patience(),
        reconciliation=config.reconciliation.rounds(),
        fills_at_once=models.current_bar_mid,
    )
    engine = Engine(given.instruments, strategies, settings, recording=recording)
    venue = SimVenue(
        given.instruments, models, timeline, base=base, opening=opening, calendar=calendar_of(given.instruments)
    )
    start = SessionStarted(given.start, given.instruments[0].venue, opening, given.warms_up)
    stop = StopRequested(0, config.shutdown.cancel, config.shutdown.flatten)
    settle_ns = int(config.shutdown.timeout_seconds * NS_PER_SECOND)
    return World(engine, timeline, venue, start, stop, settle_ns)


def _replayed(config: Config, settings: ReplaySettings, catalog_root: Path, now_ns: int) -> Input:
    data: Recorded = recorded(config, settings, catalog_root, now_ns)
    first = max(data.start, data.first())
    begin, warm_from = _warm_range(config, first, has_earlier=data.start > EARLIEST)
    if begin > first and next(iter(data.stream(begin, data.end)), None) is None:
        raise ConfigError(
            f"engine.prefetch.days: {config.engine.prefetch.days} days of history leave nothing to trade on; the data "
            f"begin at {iso(first)} and end before {iso(begin)}"
        )

    def source() -> tuple[MarketData, Clock]:
        clock = ReplayClock(settings.speed_factor)
        return ReplayStream(data.stream(begin, data.end), clock), clock

    return Input(
        instruments=data.instruments,
        interval=data.interval or Interval.parse(config.engine.interval),
        warmup=lambda: data.stream(warm_from, begin),
        events=lambda: data.stream(begin, data.end),
        history=data,
        start=warm_from,
        trades_from=begin,
        rows=None if data.ticks else data.rows(begin, data.end),
        described=data.describe(),
        warms_up=warm_from < begin,
        source=source,
        finest=data.finest,
    )


def _mocked(config: Config, settings: MockSettings) -> Input:
    interval = Interval.parse(config.engine.interval)
    instruments = made_up(config)
    bars = MockBars(
        instruments, interval, pattern=settings.pattern, seed=settings.seed, start=time_ns(settings.start),
        start_price=float(settings.start_price), volatility=settings.volatility,
    )  # fmt: skip
    first = interval.floor(time_ns(settings.start))
    begin, warm_from = _warm_range(config, first, has_earlier=True)

    def source() -> tuple[MarketData, Clock]:
        pause = settings.interval_ms / 1000
        stream = MockData(
            bars, count=settings.bars, interval_seconds=pause, error_rate=settings.error_rate, seed=settings.seed
        )
        return stream, ReplayClock(None)

    return Input(
        instruments=instruments,
        interval=interval,
        warmup=lambda: (bar for n in range((warm_from - first) // interval.ns, 0) for bar in bars.at(n)),
        events=lambda: (bar for n in _count(settings.bars) for bar in bars.at(n)),
        history=bars,
        start=warm_from,
        trades_from=begin,
        rows=None if settings.bars is None else settings.bars * len(instruments),
        described=f"mock {settings.pattern} seed {settings.seed}",
        warms_up=warm_from < begin,
        source=source,
    )


def _warm_range(config: Config, first: int, *, has_earlier: bool) -> tuple[int, int]:
    """Return (first bar to trade on, first bar to warm up with); history before the start, or its first days."""
    prefetch = config.engine.prefetch
    if not prefetch.enabled:
        return first, first
    if prefetch.start_time_type == "date" and prefetch.start_time is not None:
        warm_from = time_ns(prefetch.start_time)
        return first, min(warm_from, first)
    length = (prefetch.days or 0) * NS_PER_DAY
    return (first, first - length) if has_earlier else (first + length, first)


def _count(count: int | None) -> Iterable[int]:
    if count is None:
        raise ConfigError("market_data.config.bars: a backtest needs an end; say how many bars")
    return range(count)
