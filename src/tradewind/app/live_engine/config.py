"""The configuration of a `LiveTradingEngine` in any form that a program may have it in, as one source of blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.app.config import Config, resolved
from tradewind.app.config.source import Source, parse_source, read_source
from tradewind.domain.errors import ConfigError, NoInterval, NoSymbols

if TYPE_CHECKING:
    from datetime import datetime

FILES = (".yaml", ".yml", ".json", ".toml")


@dataclass(frozen=True)
class PrefetchConfig:
    """History that is fetched before the session; `start_time_type` is `date` or `days`."""

    enabled: bool = False
    start_time_type: str = "days"
    start_time: datetime | str | None = None
    days: int | None = None


@dataclass(frozen=True)
class LiveTradingEngineConfig:
    """The block `engine` of a configuration; checked when an engine is given it."""

    symbols: list[str]
    interval: str = "1m"
    data_output_path: str = "./data/sessions"
    market_data_cache_size: int = 1000
    enable_logging: bool = True
    prefetch: PrefetchConfig = field(default_factory=PrefetchConfig)


AnyConfig = Config | LiveTradingEngineConfig | Mapping[str, Any] | Path | str


def source_of_config(given: AnyConfig) -> Source:
    """Read a configuration: an object, a mapping, a file, or YAML or JSON text; the block `engine` alone will do."""
    source = _read(given)
    if "engine" not in source.data:
        lines = {("engine", *place): line for place, line in source.lines.items()}
        source = msgspec.structs.replace(source, data={"engine": dict(source.data)}, lines=lines)
    engine = source.data["engine"]
    if not isinstance(engine, Mapping):
        raise ConfigError(f"{source.name}: engine is not a block of keys")
    if not engine.get("symbols"):
        raise NoSymbols("no symbols: name at least one in engine.symbols")
    if not engine.get("interval"):
        raise NoInterval("no interval: name one in engine.interval, such as 1m")
    return source


def parameters_in(given: Mapping[str, Any] | str) -> Source:
    """Read the parameters of a strategy: a mapping, or YAML or JSON text."""
    name = "strategy config"
    return Source(name, dict(given), {}) if isinstance(given, Mapping) else _parsed(given, name)


def _read(given: AnyConfig) -> Source:
    if isinstance(given, Config):
        return Source("configuration", resolved(given, mask=False), {})
    if is_dataclass(given):
        return Source("configuration", asdict(given), {})
    if isinstance(given, Mapping):
        return Source("configuration", dict(given), {})
    if isinstance(given, Path) or (given.endswith(FILES) and "\n" not in given):
        return read_source(Path(given))
    return _parsed(given, "configuration")


def _parsed(text: str, name: str) -> Source:
    return parse_source(text, ".json" if text.lstrip().startswith("{") else ".yaml", name)
