"""The configuration of the session that runs an exchange's keys at its venue. What is wrong is told, not mended."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.app.config import build_config, environment, filled_text
from tradewind.app.config.source import Source, read_source
from tradewind.app.safety import trading_mode
from tradewind.app.signals.setup import SETUP
from tradewind.app.signals.world import encoded
from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.app.config import Config
    from tradewind.strategy.signals.definition import ExchangeDefinition

PROVIDERS = {
    "exchange": ("exchange", "exchange"),
    "binance": ("binance", "binance-paper"),
    "binance-live": ("binance", "binance-live"),
}
"""The provider of market data and that of orders, by the name of a venue."""
ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
"""What the name of a strategy may be that has a book of its own at a venue."""
MINUTE = "1m"
HISTORY = {"enabled": True, "start_time_type": "days", "days": 1}
CANDLES_KEPT = 3_000


def config_of(exchange: ExchangeDefinition, strategies: Iterable[str]) -> Config:
    """Return the configuration of a session with these strategies; raise `ConfigError` with every mistake.

    What it leaves out is what signals need: bars of a minute, a day of history, shorts where the venue has them, and
    a stop that leaves orders where they are.
    """
    source, name = _source(exchange), exchange.exchange_name
    tree = dict(source.data)
    _refuse(exchange, tree)
    market, orders = PROVIDERS[exchange.venue]
    engine = _block(tree, "engine")
    tree["engine"] = {
        "interval": MINUTE, "data_output_path": str(root_of(name)), "prefetch": HISTORY,
        "on_strategy_error": "continue", "market_data_cache_size": CANDLES_KEPT, **engine,
    }  # fmt: skip
    tree["market_data"] = {"provider_type": market, "config": {}, **_block(tree, "market_data")}
    tree["trading"] = {"provider_type": orders, "config": {}, **_block(tree, "trading")}
    tree["risk"] = {"allow_short": not _is_spot(tree), **_block(tree, "risk")}
    tree["shutdown"] = {"cancel": "none", **_block(tree, "shutdown")}
    tree["strategy"] = [{"path": f"signals:{each}", "id": each} for each in strategies]
    config = build_config(Source(source.name, tree, source.lines, source.repeated))
    if config.engine.interval != MINUTE:
        raise ConfigError(f"{source.name}: engine.interval: signals are watched minute by minute: 1m, or leave it out")
    _check_money(exchange, config)
    return config


def root_of(exchange_name: str) -> Path:
    """Return the folder of the sessions of an exchange, unless its configuration names another."""
    return SETUP.root.parent / "venue" / encoded(exchange_name)


def sessions_of(exchange: ExchangeDefinition) -> Path:
    """Return the folder of the sessions of an exchange."""
    told = _block(_source(exchange).data, "engine").get("data_output_path")
    if not told:
        return root_of(exchange.exchange_name)
    return Path(filled_text(str(told), f"exchange {exchange.exchange_name!r}: engine.data_output_path"))


def has_shorts(tree: dict[str, Any]) -> bool:
    """Tell whether a configuration, as plain data, lets something be sold that is not owned."""
    return bool(_block(tree, "risk").get("allow_short")) and not _is_spot(tree)


def _is_spot(tree: dict[str, Any]) -> bool:
    """Tell whether it is Binance's spot market, where nothing can be sold short."""
    trading = _block(tree, "trading")
    market = _block(trading, "config").get("market", "spot")
    return str(trading.get("provider_type")).startswith("binance") and market == "spot"


def check_names(names: Iterable[str]) -> None:
    """Raise `ConfigError` for names of strategies that no book at a venue can have."""
    wrong = [repr(name) for name in names if not ID.fullmatch(name)]
    if wrong:
        raise ConfigError(
            f"strategy_name: {', '.join(wrong)}: at a venue it is the name of a book, of at most 32 letters, digits, "
            "- and _"
        )


def _source(exchange: ExchangeDefinition) -> Source:
    given, name = exchange.config, exchange.exchange_name
    if isinstance(given, str | Path):
        return read_source(Path(given))
    if given is None:
        raise ConfigError(
            f"exchange {name!r}: venue {exchange.venue!r} needs config: the path of a session's configuration, or a "
            "mapping, with engine.symbols and what the venue needs (docs/signals.md)"
        )
    return Source(f"config of exchange {name!r}", dict(given), {})


def _refuse(exchange: ExchangeDefinition, tree: dict[str, Any]) -> None:
    wrong = []
    if "strategy" in tree:
        wrong.append("strategy: leave it out; what runs is what add_strategy has defined")
    for block, provider in zip(("market_data", "trading"), PROVIDERS[exchange.venue], strict=True):
        told = _block(tree, block).get("provider_type", provider)
        if told != provider:
            wrong.append(
                f"{block}.provider_type: {told}, but the venue is {exchange.venue}: {provider}, or leave it out"
            )
    wrong += [
        f"{name}: is for paper; at a venue limits and breakers stand in the configuration (risk, breakers)"
        for name in ("limits", "breakers", "faults")
        if getattr(exchange, name)
    ]
    if wrong:
        raise ConfigError(f"exchange {exchange.exchange_name!r} cannot be used at its venue:", tuple(wrong))


def _check_money(exchange: ExchangeDefinition, config: Config) -> None:
    """Raise `ConfigError` for real money that was not allowed twice, and for a permission where none is real."""
    mode = trading_mode(
        live_trading=exchange.live_trading, understood=exchange.i_understand_the_risks,
        venue_is_real=config.trading.is_real, environ_mode=environment().get("TRADING_MODE"),
    )  # fmt: skip
    if config.trading.is_real and not mode.real:
        raise ConfigError(
            f"exchange {exchange.exchange_name!r}: {config.trading.provider_type} trades real money, and nobody has "
            "allowed it: add_exchange(..., live_trading=True, i_understand_the_risks=True), both of them, does"
        )


def _block(tree: dict[str, Any], name: str) -> dict[str, Any]:
    found = tree.get(name)
    return dict(found) if isinstance(found, dict) else {}
