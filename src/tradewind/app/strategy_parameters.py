"""A configured strategy with its parameters, and where each mistake in them was written: file, line and key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.app.config import read_parameters
from tradewind.app.config.errors import dotted
from tradewind.app.config.source import Place, Source, read_source
from tradewind.app.config.trading import plain_numbers
from tradewind.domain.errors import ConfigError, StrategyParameterError
from tradewind.domain.ids import EXTERNAL, StrategyId
from tradewind.strategy.load import id_of, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.config.model import Config, StrategySettings
    from tradewind.strategy.base import Strategy


def parameters_of(entry: StrategySettings) -> dict[str, Any]:
    """Return the parameters of a configured strategy: those of its file, with its own over them."""
    return _of_file(entry) | entry.config


def strategy_of(config: Config, index: int = 0) -> Strategy:
    """Load a configured strategy; raise `StrategyParameterError` that tells where its parameters were written."""
    entry = config.strategy[index]
    try:
        return load(entry.path or entry.wasm_path or "", parameters_of(entry), guest=entry.wasm.model_dump())
    except StrategyParameterError as error:
        raise located(error, lambda place: _where(config, index, place)) from error


def strategies_of(config: Config) -> dict[StrategyId, Strategy]:
    """Load the strategies of a session with their parameters, by the name that they are booked under."""
    strategies: dict[StrategyId, Strategy] = {}
    for index, entry in enumerate(config.strategy):
        strategy = strategy_of(config, index)
        name = StrategyId(entry.id or id_of(strategy))
        if name == EXTERNAL:
            raise ConfigError(
                f"strategy[{index}].id: {name!r} is the owner of what others do at the account; give another"
            )
        strategies[name] = strategy
    return strategies


def located(error: StrategyParameterError, where: Callable[[Place], str]) -> StrategyParameterError:
    """Return the same error with a line for each mistake, which says where it was written."""
    lines = tuple(f"{where(place)}: {dotted(place) + ': ' if place else ''}{problem}" for place, problem in error.found)
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    names = ", ".join(error.context["parameters"]) or "none"
    head = f"{error.context['strategy']}: {count} in its parameters, which are: {names}"
    placed = StrategyParameterError(head, error.found, lines)
    placed.context |= error.context
    return placed


def in_source(source: Source, block: Place = ()) -> Callable[[Place], str]:
    """Return who says where in a source a place below `block` is."""

    def where(place: Place) -> str:
        line = source.line((*block, *place)) or source.line(block)
        return f"{source.name}:{line}" if line else source.name

    return where


def _where(config: Config, index: int, place: Place) -> str:
    """Say where a parameter was written: in the strategy's file, on the command line, or in the configuration."""
    entry = config.strategy[index]
    if entry.config_path and place and place[0] in (given := _of_file(entry)):
        key = str(place[0])
        if key not in entry.config or entry.config[key] == given[key]:
            return in_source(read_source(Path(entry.config_path)))(place)
    source, flags = config.written.source, config.written.flags
    path = f"strategy.config.{dotted(place)}"
    if any(path == flag or path.startswith((f"{flag}.", f"{flag}[")) for flag in flags if flag.startswith("strategy.")):
        return "command line"
    if source is None:
        return "configuration"
    block = ("strategy", index) if isinstance(source.data.get("strategy"), list) else ("strategy",)
    return in_source(source, (*block, "config"))(place)


def _of_file(entry: StrategySettings) -> dict[str, Any]:
    return dict(plain_numbers(read_parameters(entry.config_path))) if entry.config_path else {}
