"""From a file, variables and flags to one checked `Config`. Flags override the file; all mistakes come at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tradewind.app.config.errors import Mistake, dotted, mistake_of
from tradewind.app.config.model import Config
from tradewind.app.config.source import Source, read_source
from tradewind.app.config.variables import environment, fill_variables
from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


SIGNALS = "signals:"
"""How the path of a strategy begins that is a signal strategy of a program, and no file."""


def load_config(
    path: Path | str | None, overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Config:
    """Read a configuration file and apply the flags; raise `ConfigError` with every mistake."""
    source = read_source(Path(path)) if path is not None else Source("configuration", {}, {})
    return build_config(source, overrides, environ)


def load_account(path: Path | str) -> Config:
    """Read a configuration for who needs the account and no strategy: that of a signals exchange is enough.

    Such a file has no `strategy`, as a program defines the signals, and may leave out bars and data: they are a
    minute's, from where the orders go. Raises `ConfigError` with every mistake, and if it does not say where the
    sessions of the exchange lie: on spot they tell what the account had before.
    """
    source = read_source(Path(path))
    if "strategy" in source.data:
        return build_config(source)
    tree = dict(source.data)
    engine, trading = tree.get("engine") or {}, tree.get("trading") or {}
    if isinstance(engine, dict):
        if not engine.get("data_output_path"):
            why = "a configuration without a strategy is that of a signals exchange: name the folder of its sessions"
            raise ConfigError(f"{source.name}: engine.data_output_path: {why} (logs/venue/NAME)")
        tree["engine"] = {"interval": "1m", **engine}
    if isinstance(trading, dict) and "market_data" not in tree:
        there = str(trading.get("provider_type", "")).removesuffix("-paper").removesuffix("-live")
        tree["market_data"] = {"provider_type": there, "config": {}}
    tree["strategy"] = {"path": f"{SIGNALS}*"}
    return build_config(Source(source.name, tree, source.lines, source.repeated))


def build_config(
    source: Source, overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Config:
    """Check what a source says, with `overrides` (dotted path to value) over it."""
    filled, mistakes = fill_variables(source.data, environment() if environ is None else environ)
    mistakes += [Mistake(place, "stands here twice") for place in source.repeated]
    flags = {path: value for path, value in (overrides or {}).items() if value is not None}
    written = merge(source.data, flags)
    try:
        config = Config.model_validate(merge(filled, flags))
    except ValidationError as error:
        known = {mistake.place for mistake in mistakes}
        found = (mistake_of(entry, written) for entry in error.errors(include_url=False))
        mistakes += [mistake for mistake in found if mistake.place not in known]
    if mistakes:  # not chained: pydantic's error would carry the values, secrets too
        raise _error_of(source, mistakes, tuple(flags)) from None
    config.note_written(source, tuple(flags))
    return config


def merge(data: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return `data` with each override put at its dotted path; None overrides nothing."""
    merged = dict(data)
    for path, value in overrides.items():
        if value is None:
            continue
        *above, last = path.split(".")
        block = merged
        for key in above:
            inner = block.get(key) or {}
            if not isinstance(inner, dict):
                raise ConfigError(f"a flag sets {path}, but {key} is not a block there")
            block[key] = block = dict(inner)
        block[last] = value
    return merged


def read_parameters(path: Path | str, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Read a file of parameters (a strategy's, a venue's) with its variables filled in."""
    source = read_source(Path(path), "parameters are names with their values (fast: 20), and no list")
    filled, mistakes = fill_variables(source.data, environment() if environ is None else environ)
    if mistakes:
        raise _error_of(source, mistakes, ())
    return dict(filled)


def _error_of(source: Source, mistakes: list[Mistake], flags: tuple[str, ...]) -> ConfigError:
    """Make one error of all mistakes, in the order of the file; a value set by a flag is reported as the flag's."""

    def line(mistake: Mistake) -> int:
        return source.line(mistake.place) or 0

    def where(mistake: Mistake) -> str:
        path = dotted(mistake.place)
        if any(path == flag or path.startswith(f"{flag}.") for flag in flags):
            return "command line"
        return f"{source.name}:{line(mistake)}" if line(mistake) else source.name

    lines = tuple(
        f"{where(mistake)}: {dotted(mistake.place)}: {mistake.problem}" for mistake in sorted(mistakes, key=line)
    )
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    return ConfigError(f"{source.name}: {count} in the configuration", lines)
