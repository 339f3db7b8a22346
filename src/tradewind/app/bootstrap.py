"""The one place where things are put together: a configuration goes in, something that can run comes out.

Nothing runs, opens or connects before it is asked to, except the files that the data come from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tradewind.app.breaker_rules import breakers_of
from tradewind.app.config import time_ns
from tradewind.app.config.binance import BinanceData, BinanceTrading
from tradewind.app.config.trading import ExchangeData, ExchangeTrading, PaperTrading, ReplayData
from tradewind.app.config.trading import MockData as MockSource
from tradewind.app.models import sim_models
from tradewind.app.positions import with_exits
from tradewind.app.risk_limits import limits_of, with_confirmation
from tradewind.app.session.lease import id_prefix_of
from tradewind.app.sources import EARLIEST, Recorded, made_up, recorded
from tradewind.app.strategy_parameters import parameters_of
from tradewind.domain.account import AccountKind, Balance
from tradewind.domain.control import StopRequested
from tradewind.domain.errors import ConfigError
from tradewind.domain.events import SessionStarted
from tradewind.domain.ids import Asset
from tradewind.domain.money import ZERO
from tradewind.domain.time import NEVER, NS_PER_DAY, NS_PER_SECOND, Interval, iso
from tradewind.engine.engine import Engine, EngineSettings
from tradewind.engine.timeline import Timeline
from tradewind.portfolio.ledger import Account
from tradewind.record.sessions.mask import secrets_in
from tradewind.runtime.calendar import calendar_of
from tradewind.runtime.recovery import take_up
from tradewind.venues.mock.venue import MockBars, MockData
from tradewind.venues.replay.venue import ReplayClock
from tradewind.venues.replay.venue import ReplayData as ReplayStream
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path

    from tradewind.app.config import Config
    from tradewind.app.session.resume_point import ResumePoint
    from tradewind.domain.breakers import BreakersState
    from tradewind.domain.checkpoint import EngineState
    from tradewind.domain.ids import StrategyId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Clock, History, MarketData, Venue
    from tradewind.strategy.base import Strategy
    from tradewind.venues.mock.venue import Only
    from tradewind.venues.registry.data_settings import MockSettings, ReplaySettings
    from tradewind.venues.registry.paper_settings import PaperSettings
    from tradewind.venues.sim.settings import MatchOn


@dataclass(frozen=True)
class AccountThere:
    """An account at a venue outside, as it was when the session was put together."""

    name: str
    kind: AccountKind
    balances: tuple[Balance, ...]


WALLET = Account.WALLET.value


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
    go_on: Callable[[ResumePoint], Input]
    """Returns the same data for a session that goes on: up to where it stopped they warm up, the rest comes after."""
    finest: MatchOn = "bars"
    """The finest kind of data that there is: what a simulated venue matches on, unless told otherwise."""
    account: AccountThere | None = None
    """Where orders go if they leave this process: to the source itself, which is a venue then."""
    way_out: Callable[[MarketData, Mapping[Asset, Decimal]], Venue] | None = None
    """Makes the venue of orders where that is not the source; told the source, and what was owned before."""


@dataclass(frozen=True)
class World:
    """An engine and the simulated venue that it shares a timeline with, None if its venue is outside.

    Make and run it in `money_context()`.
    """

    engine: Engine
    timeline: Timeline
    venue: SimVenue | None
    start: SessionStarted
    stop: StopRequested
    settle_ns: int


def input_of(config: Config, catalog_root: Path, now_ns: int, *, live: bool = False) -> Input:
    """Find the market data of a session; raise `ConfigError` for a venue that this version cannot reach.

    What another process tells as it goes can only be had `live`.
    """
    match config.market_data:
        case ReplayData(config=settings):
            return _replayed(config, settings, catalog_root, now_ns)
        case MockSource(config=settings):
            return _mocked(config, settings)
        case ExchangeData(config=settings) if live:
            from tradewind.app.exchange_input import at_exchange

            return at_exchange(config, settings)
        case BinanceData() as data if live:
            from tradewind.app.binance_input import at_binance

            return at_binance(config, data)
        case ExchangeData() | BinanceData():
            raise ConfigError(
                "market_data.provider_type: what an exchange tells is heard once, live; to run over the past, take the "
                "data of its own configuration (replay or mock)"
            )
        case other:
            raise ConfigError(
                f"market_data.provider_type: this version has no connection to "
                f"{other.provider_type}; `tradewind venues` lists those that it has"
            )


def world_of(  # noqa: PLR0913 - what a world is made from
    config: Config,
    given: Input,
    strategies: Mapping[StrategyId, Strategy],
    *,
    recording: bool,
    restored: EngineState | None = None,
    token: int = 0,
    breakers: BreakersState | None = None,
    attended: bool = False,
) -> World:
    """Build the engine and its venue: the simulated one beside it, or none if orders go to another process.

    `restored` is where the session stood that this one resumes, `token` that of the account's lease, `breakers` what
    those of the account keep if it begins anew there.
    """
    kind, opening = _account_of(config, given)
    if restored is not None:
        opening = owned(restored)
    timeline = Timeline()
    prefix = id_prefix_of(config, token, restored)
    settings = _engine_settings(config, given, kind, id_prefix=prefix, keeps_state=recording)
    settings = with_exits(settings, config, tuple(strategies))
    settings = with_confirmation(settings, config.risk.confirm, tuple(strategies), attended=attended)
    engine = Engine(given.instruments, strategies, settings, recording=recording)
    for entry, (_, ctx) in zip(config.strategy, engine.roster.members.values(), strict=False):
        ctx.secrets = secrets_in(parameters_of(entry))
    venue = None
    if isinstance(config.trading, PaperTrading):
        venue = sim_venue(
            config.trading.config, timeline,
            seed=config.engine.seed, base=settings.base, instruments=given.instruments, finest=given.finest,
        )  # fmt: skip
    start = SessionStarted(given.start, given.instruments[0].venue, opening, given.warms_up, restored, breakers)
    if restored is not None and venue is not None:
        assert restored.venue is not None, "a paper session keeps its simulated venue"
        take_up(venue, restored.venue)
    stop = StopRequested(0, config.shutdown.cancel, config.shutdown.flatten)
    settle_ns = int(config.shutdown.timeout_seconds * NS_PER_SECOND)
    return World(engine, timeline, venue, start, stop, settle_ns)


def _account_of(config: Config, given: Input) -> tuple[AccountKind, tuple[Balance, ...]]:
    """Return the kind of the account and what it holds when it is opened, or held when we looked."""
    match config.trading:
        case PaperTrading(config=paper):
            return AccountKind(paper.account), opening_of(paper)
        case ExchangeTrading() | BinanceTrading() if given.account is not None:
            return given.account.kind, given.account.balances
        case BinanceTrading():
            raise ConfigError(
                "trading.provider_type: an account at Binance trades on Binance's market, live; "
                "set market_data.provider_type to binance as well"
            )
        case ExchangeTrading():
            raise ConfigError(
                "trading.provider_type: an account at an exchange trades on the market of that exchange, live; "
                "set market_data.provider_type to exchange as well"
            )
        case other:
            raise ConfigError(
                f"trading.provider_type: this version has no connection to {other.provider_type}; `tradewind venues` "
                "lists those that it has"
            )


def _engine_settings(
    config: Config, given: Input, kind: AccountKind, *, id_prefix: str, keeps_state: bool
) -> EngineSettings:
    at_once = isinstance(config.trading, PaperTrading) and config.trading.config.fill.model == "current_bar_mid"
    return EngineSettings(
        interval=config.engine.interval,
        base=Asset(config.engine.base_currency),
        account=kind,
        id_prefix=id_prefix,
        limits=limits_of(config.risk),
        history_bars=config.engine.market_data_cache_size,
        data_interval=given.interval.label,
        halt_on_strategy_error=config.engine.on_strategy_error == "halt",
        keep_logs=config.engine.enable_logging,
        patience=config.reconciliation.patience(),
        reconciliation=config.reconciliation.rounds(outside=not isinstance(config.trading, PaperTrading)),
        fills_at_once=at_once,
        keeps_state=keeps_state,
        breakers=breakers_of(config),
        exits_here=isinstance(config.trading, BinanceTrading),
    )


def owned(state: EngineState) -> tuple[Balance, ...]:
    """Return what the account of a session that is gone on from owned."""
    books = state.portfolio.books
    return tuple(Balance(book.asset, amount) for book in books for name, amount in book.accounts if name == WALLET)


def owned_apart(state: EngineState, instruments: Sequence[Instrument]) -> dict[Asset, Decimal]:
    """Return what of each asset the account of a session owned beside its positions: it was there before, or is quote.

    It is read from the state alone: an engine that is to go on from it has taken nothing up before it begins.
    """
    apart = {balance.asset: balance.total for balance in owned(state)}
    held = {total.instrument: total.quantity for total in state.portfolio.totals}
    for each in instruments:
        apart[each.base] = apart.get(each.base, ZERO) - held.get(each.id, ZERO)
    return apart


def sim_venue(  # noqa: PLR0913 - what a simulated venue is made of
    paper: PaperSettings,
    timeline: Timeline,
    *,
    seed: int,
    base: Asset,
    instruments: Sequence[Instrument],
    finest: MatchOn,
) -> SimVenue:
    """Build the simulated venue that a configuration describes, with its opening balances."""
    return SimVenue(
        instruments, sim_models(paper, seed, finest), timeline,
        base=base, opening=opening_of(paper), calendar=calendar_of(instruments),
    )  # fmt: skip


def opening_of(paper: PaperSettings) -> tuple[Balance, ...]:
    """Return what a paper account holds when it is opened."""
    return tuple(Balance(Asset(asset), total) for asset, total in paper.balances.items())


def _replayed(config: Config, settings: ReplaySettings, catalog_root: Path, now_ns: int) -> Input:
    data: Recorded = recorded(config, settings, catalog_root, now_ns)
    first = max(data.start, data.first())
    begin, warm_from = _warm_range(config, first, has_earlier=data.start > EARLIEST)
    if begin > first and next(iter(data.stream(begin, data.end)), None) is None:
        raise ConfigError(
            f"engine.prefetch.days: {config.engine.prefetch.days} days of history leave nothing to trade on; the data "
            f"begin at {iso(first)} and end before {iso(begin)}"
        )

    def played(events: Iterable[MarketEvent]) -> tuple[MarketData, Clock]:
        clock = ReplayClock(settings.speed_factor)
        return ReplayStream(events, clock), clock

    def go_on(stop: ResumePoint) -> Input:
        return replace(
            given,
            warmup=lambda: stop.before(data.stream, warm_from, begin, data.end),
            events=lambda: stop.after(data.stream, begin, data.end),
            source=lambda: played(stop.after(data.stream, begin, data.end)),
            start=min(stop.since(warm_from), stop.ts),
            trades_from=max(begin, stop.ts),
            rows=None,
            warms_up=True,
        )

    given = Input(
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
        source=lambda: played(data.stream(begin, data.end)),
        go_on=go_on,
        finest=data.finest,
    )
    return given


def _mocked(config: Config, settings: MockSettings) -> Input:
    interval = Interval.parse(config.engine.interval)
    instruments = made_up(config)
    bars = MockBars(
        instruments, interval, pattern=settings.pattern, seed=settings.seed, start=time_ns(settings.start),
        start_price=float(settings.start_price), volatility=settings.volatility,
    )  # fmt: skip
    first = interval.floor(time_ns(settings.start))
    begin, warm_from = _warm_range(config, first, has_earlier=True)
    end = NEVER if settings.bars is None else first + settings.bars * interval.ns

    def stream(start: int, until: int) -> Iterator[MarketEvent]:
        numbers = range((start - first) // interval.ns, (min(until, end) - first) // interval.ns)
        return (bar for number in numbers for bar in bars.at(number))

    def played(at: int, only: Only | None) -> tuple[MarketData, Clock]:
        return MockData(
            bars, first=at, count=settings.bars, interval_seconds=settings.interval_ms / 1000,
            error_rate=settings.error_rate, seed=settings.seed, only=only,
        ), ReplayClock(None)  # fmt: skip

    def go_on(stop: ResumePoint) -> Input:
        earliest = stop.places.earliest()
        at = 0 if earliest is None else max(0, (earliest - first) // interval.ns)
        return replace(
            given,
            warmup=lambda: stop.before(stream, warm_from, begin, end),
            events=lambda: stop.after(stream, begin, end),
            source=lambda: played(at, stop.places.new),
            start=min(stop.since(warm_from), stop.ts),
            trades_from=max(begin, stop.ts),
            rows=None,
            warms_up=True,
        )

    given = Input(
        instruments=instruments,
        interval=interval,
        warmup=lambda: stream(warm_from, begin),
        events=lambda: (bar for n in _count(settings.bars) for bar in bars.at(n)),
        history=bars,
        start=warm_from,
        trades_from=begin,
        rows=None if settings.bars is None else settings.bars * len(instruments),
        described=f"mock {settings.pattern} seed {settings.seed}",
        warms_up=warm_from < begin,
        source=lambda: played(0, None),
        go_on=go_on,
    )
    return given


def history_start(config: Config, begin: TimeNs) -> TimeNs:
    """Return the open of the first bar to warm up with; `begin` if there is none."""
    prefetch = config.engine.prefetch
    if not prefetch.enabled:
        return begin
    if prefetch.start_time_type == "date" and prefetch.start_time is not None:
        return min(time_ns(prefetch.start_time), begin)
    return begin - (prefetch.days or 0) * NS_PER_DAY


def _warm_range(config: Config, first: TimeNs, *, has_earlier: bool) -> tuple[TimeNs, TimeNs]:
    """Return (first bar to trade on, first bar to warm up with); history before the start, or its first days."""
    prefetch = config.engine.prefetch
    if not has_earlier and prefetch.enabled and prefetch.start_time_type == "days":
        return first + (prefetch.days or 0) * NS_PER_DAY, first
    return first, history_start(config, first)


def _count(count: int | None) -> Iterable[int]:
    if count is None:
        raise ConfigError("market_data.config.bars: a backtest needs an end; say how many bars")
    return range(count)
