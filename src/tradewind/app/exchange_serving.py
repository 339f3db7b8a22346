"""An exchange put together from a configuration: that of the paper session whose market and venue it is."""

from __future__ import annotations

import hashlib
import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tradewind.app.bootstrap import input_of
from tradewind.app.config import build_config
from tradewind.app.config.source import read_source
from tradewind.app.config.trading import MockData, PaperTrading, ReplayData
from tradewind.app.models import sim_models
from tradewind.domain.account import AccountKind, Balance
from tradewind.domain.errors import ConfigError
from tradewind.domain.ids import Asset
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_MS
from tradewind.engine.timeline import Timeline
from tradewind.exchange.account import Account
from tradewind.exchange.flow import Flow
from tradewind.exchange.history import Tape
from tradewind.exchange.kept_requests import KeptRequests
from tradewind.exchange.request_entry import FORMAT, Head
from tradewind.exchange.request_log import RequestLog
from tradewind.exchange.server import Exchange
from tradewind.exchange.shift import Shift
from tradewind.exchange.sides import short_sides
from tradewind.runtime.calendar import calendar_of
from tradewind.venues.mock.venue import MockBars
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tradewind.app.bootstrap import Input
    from tradewind.app.config import Config
    from tradewind.domain.market import MarketEvent
    from tradewind.venues.sim.settings import MatchOn

NO_STRATEGY = {"path": "none.py:Nobody"}
"""An exchange has no strategy, and its configuration may do without."""


def exchange_config(path: Path) -> Config:
    """Read the configuration of an exchange; raise `ConfigError` with every mistake."""
    source = read_source(path)
    source.data.setdefault("strategy", dict(NO_STRATEGY))
    if isinstance(source.data.get("engine"), dict):
        source.data["engine"].setdefault("data_output_path", "unused")
    return build_config(source)


@dataclass(frozen=True)
class Service:
    """What an exchange is to do besides playing its configuration; `binance` is a port, 0 for any that is free."""

    dead_seconds: float = 3.0
    with_faults: bool = False
    binance: int | None = None
    speed: float | None = None
    """How fast time runs, in the place of the configuration's."""
    with_limits: bool = True
    """Whether a dialect counts weights and orders, and refuses and bans for them."""
    keys: Path | None = None
    """A file of API keys for a dialect; without one, each account has a key that is made of its name."""
    admin_token: str = ""
    """Whoever has it may watch a dialect and press its buttons; drawn if it is empty."""
    state: Path | None = None
    """A file that its requests are kept in, and that it goes on from; with a dialect of real venues alone."""


def exchange_of(config: Config, catalog_root: Path, accounts: Sequence[str], service: Service) -> Exchange:
    """Build an exchange with these accounts, each with the models and the opening balances of `trading`."""
    if not isinstance(config.trading, PaperTrading) or config.trading.config.fill.model != "next":
        raise ConfigError("trading.provider_type: an exchange simulates its accounts: paper, with fill.model next")
    given = input_of(config, catalog_root, time.time_ns())
    speed = service.speed or _speed(config, given)
    paper = config.trading.config
    flow = None
    finest, events, history, start = given.finest, _events(given), given.history, given.trades_from
    log = None if service.state is None or service.binance is None else RequestLog(service.state)
    before = None if log is None else log.head
    if service.binance is not None:
        if speed is None:
            raise ConfigError(
                "a dialect of real venues needs a clock: give --speed, or a speed in market_data (mock: interval_ms)"
            )
        if finest == "bars":
            flow, finest = Flow(given.instruments, config.engine.seed), "book"
            events = _flowing(flow, events)
        shift = Shift.to_now(start, time.time_ns() if before is None else before.started, given.interval)
        events, history, start = shift.events(events), shift.history(history), shift.ahead(start)
    tape = Tape(given.instruments, given.interval.label, finest, given.described, start, events, history)
    with_shorts = service.binance is not None
    made = [_account(config, given, name, finest, with_shorts=with_shorts) for name in accounts]
    exchange = Exchange(
        tape, made, AccountKind(paper.account), speed=speed, dead_seconds=service.dead_seconds,
        with_faults=service.with_faults,
    )  # fmt: skip
    if service.binance is not None and speed is not None:
        from tradewind.app.exchange_dialects import speak_binance

        exchange.conductor.wall_ns = time.time_ns
        notetakers = speak_binance(exchange, tape, made, flow, service)
        if log is not None:
            mark = f"{config.engine.seed} {config.trading!r} {given.instruments!r} {given.interval.label}"
            mark = hashlib.sha256(mark.encode()).hexdigest()
            log.begin(Head(FORMAT, given.described, tuple(accounts), start, mark))
            log.pack()
            exchange.keep(KeptRequests(log, exchange.conductor, made, notetakers))
    return exchange


def _flowing(flow: Flow, events: Callable[[], Iterable[MarketEvent]]) -> Callable[[], Iterable[MarketEvent]]:
    return lambda: flow.play(events())


def _events(given: Input) -> Callable[[], Iterable[MarketEvent]]:
    """Return what is played; made-up bars may have no end here."""
    made = given.history
    if isinstance(made, MockBars) and given.rows is None:
        return lambda: (bar for number in itertools.count() for bar in made.at(number))
    return given.events


def _account(config: Config, given: Input, name: str, finest: MatchOn, *, with_shorts: bool) -> Account:
    assert isinstance(config.trading, PaperTrading)
    paper = config.trading.config
    timeline = Timeline()
    shorts = short_sides(given.instruments) if with_shorts else ()
    with money_context():
        venue = SimVenue(
            (*given.instruments, *shorts), sim_models(paper, config.engine.seed, finest), timeline,
            base=Asset(config.engine.base_currency),
            opening=tuple(Balance(Asset(asset), total) for asset, total in paper.balances.items()),
            calendar=calendar_of(given.instruments),
        )  # fmt: skip
    return Account(name, venue, timeline, given.instruments, shorts)


def _speed(config: Config, given: Input) -> float | None:
    """Return how much faster than the wall time runs; None if it waits for the clients."""
    match config.market_data:
        case ReplayData(config=settings):
            return settings.speed_factor
        case MockData(config=settings):
            if settings.error_rate:
                raise ConfigError("market_data.config.error_rate: an exchange has faults of its own (--faults)")
            pause_ns = settings.interval_ms * NS_PER_MS
            return given.interval.ns / pause_ns if pause_ns else None
        case other:
            raise ConfigError(f"market_data.provider_type: an exchange plays replay or mock, not {other.provider_type}")
