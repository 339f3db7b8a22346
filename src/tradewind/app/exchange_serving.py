"""An exchange put together from a configuration: that of the paper session whose market and venue it is."""

from __future__ import annotations

import itertools
import time
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
from tradewind.exchange.history import Tape
from tradewind.exchange.server import Exchange
from tradewind.runtime.calendar import calendar_of
from tradewind.venues.mock.venue import MockBars
from tradewind.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tradewind.app.bootstrap import Input
    from tradewind.app.config import Config
    from tradewind.domain.market import MarketEvent

NO_STRATEGY = {"path": "none.py:Nobody"}
"""An exchange has no strategy, and its configuration may do without."""


def exchange_config(path: Path) -> Config:
    """Read the configuration of an exchange; raise `ConfigError` with every mistake."""
    source = read_source(path)
    source.data.setdefault("strategy", dict(NO_STRATEGY))
    if isinstance(source.data.get("engine"), dict):
        source.data["engine"].setdefault("data_output_path", "unused")
    return build_config(source)


def exchange_of(
    config: Config, catalog_root: Path, accounts: Sequence[str], *, dead_seconds: float, with_faults: bool
) -> Exchange:
    """Build an exchange with these accounts, each with the models and the opening balances of `trading`."""
    if not isinstance(config.trading, PaperTrading) or config.trading.config.fill.model != "next":
        raise ConfigError("trading.provider_type: an exchange simulates its accounts: paper, with fill.model next")
    given = input_of(config, catalog_root, time.time_ns())
    speed = _speed(config, given)
    paper = config.trading.config
    tape = Tape(
        given.instruments, given.interval.label, given.finest, given.described, given.trades_from, _events(given),
        given.history,
    )  # fmt: skip
    made = [_account(config, given, name) for name in accounts]
    return Exchange(
        tape, made, AccountKind(paper.account), speed=speed, dead_seconds=dead_seconds, with_faults=with_faults
    )


def _events(given: Input) -> Callable[[], Iterable[MarketEvent]]:
    """Return what is played; made-up bars may have no end here."""
    made = given.history
    if isinstance(made, MockBars) and given.rows is None:
        return lambda: (bar for number in itertools.count() for bar in made.at(number))
    return given.events


def _account(config: Config, given: Input, name: str) -> Account:
    assert isinstance(config.trading, PaperTrading)
    paper = config.trading.config
    timeline = Timeline()
    with money_context():
        venue = SimVenue(
            given.instruments, sim_models(paper, config.engine.seed, given.finest), timeline,
            base=Asset(config.engine.base_currency),
            opening=tuple(Balance(Asset(asset), total) for asset, total in paper.balances.items()),
            calendar=calendar_of(given.instruments),
        )  # fmt: skip
    return Account(name, venue, timeline, given.instruments)


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
