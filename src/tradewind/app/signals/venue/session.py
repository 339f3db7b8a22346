"""The live session that runs the keys of an exchange: which strategies it has, and how it is put together.

It is the session that `tradewind live` runs. It has all strategies that are defined and may trade there, so that a
signal that is open is looked after, whichever keys were started; who was not started asks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.app.config import resolved
from tradewind.app.session.live_run import prepare
from tradewind.app.signals.venue.configured import check_names, config_of, has_shorts
from tradewind.domain.errors import ConfigError
from tradewind.domain.ids import StrategyId
from tradewind.domain.time import NS_PER_SECOND
from tradewind.strategy.signals.registry import STRATEGIES
from tradewind.strategy.signals.setting import Setting
from tradewind.strategy.signals.strategy import SignalStrategy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tradewind.app.config import Config
    from tradewind.app.session.live_run import LiveRun
    from tradewind.domain.commands import AskAdvice
    from tradewind.domain.ids import InstrumentId
    from tradewind.strategy.signals.definition import ExchangeDefinition

CATALOG = Path("data/catalog")
"""Where recorded market data would lie; those of a venue come from the venue."""


@dataclass(frozen=True)
class VenueSession:
    """A session that is ready to run, its strategies, and the instruments by their symbols."""

    live: LiveRun
    strategies: Mapping[StrategyId, SignalStrategy]
    instruments: Mapping[str, InstrumentId]


def opened(exchange: ExchangeDefinition, wanted: Iterable[str], advise: Callable[[AskAdvice], None]) -> VenueSession:
    """Put the session of an exchange together, resumed where the one before it stopped.

    `wanted` are the strategies whose keys were started. Raises `ConfigError` for what is configured wrongly, and
    whatever keeps a session from beginning: `LeaseHeld`, `VenueUnavailable`, `StateRestoreError`.
    """
    check_names(sorted(set(wanted)))
    config = _config(exchange, set(wanted))
    names = [str(entry.id) for entry in config.strategy]
    strategies = strategies_of(exchange, names, config.engine.symbols, shorts=has_shorts(resolved(config)))
    live = prepare(
        config, CATALOG, strategies=dict(strategies), handle_signals=False, real=config.trading.is_real,
        any_strategies=True, advise=advise,
    )  # fmt: skip
    instruments = {each.symbol: each.id for each in live.given.instruments}
    return VenueSession(live, strategies, instruments)


def strategies_of(
    exchange: ExchangeDefinition, names: Iterable[str], symbols: Iterable[str], *, shorts: bool
) -> dict[StrategyId, SignalStrategy]:
    """Return strategies as a session at a venue runs them, each on those of the symbols that it is for."""
    made = {}
    for name in names:
        definition = STRATEGIES.get(name)
        own = tuple(each for each in symbols if not definition.symbols or each in definition.symbols)
        setting = Setting(
            mode="live", keeps=True, waits=True, shorts=shorts,
            late_ns=int(exchange.late_candle_grace * NS_PER_SECOND),
        )  # fmt: skip
        made[StrategyId(name)] = SignalStrategy(replace(definition, symbols=own), exchange, setting)
    return made


def _config(exchange: ExchangeDefinition, wanted: set[str]) -> Config:
    """Return the configuration with all strategies that may trade there; those that are wanted are among them."""
    able = [name for name in STRATEGIES.names() if name in wanted or _may_trade(exchange, name)]
    config = config_of(exchange, able)
    symbols = set(config.engine.symbols)
    fits = [name for name in able if name in wanted or symbols & set(STRATEGIES.get(name).symbols or symbols)]
    return config if fits == able else config_of(exchange, fits)


def _may_trade(exchange: ExchangeDefinition, name: str) -> bool:
    try:
        check_names((name,))
    except ConfigError:
        return False
    return not STRATEGIES.get(name).against(exchange)
