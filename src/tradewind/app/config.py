"""The configuration: from a file, the environment and flags to one checked `Config`.

The environment is read here and nowhere else. Flags win over the file. All mistakes come at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretStr, ValidationError

from tradewind.app.config_errors import Mistake, dotted, mistake_of
from tradewind.app.config_model import Config
from tradewind.app.config_schema import config_schema
from tradewind.app.config_source import Source, read_source
from tradewind.domain.errors import ConfigError
from tradewind.domain.money import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.app.config_source import Place
    from tradewind.domain.time import TimeNs

__all__ = [
    "Config",
    "build_config",
    "config_hash",
    "config_schema",
    "environment",
    "filled_text",
    "load_config",
    "merge",
    "read_parameters",
    "resolved",
    "time_ns",
]

MASK = "***"
_VARIABLE = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def environment() -> Mapping[str, str]:
    """Return the environment of the process; whoever else needs a variable is given it."""
    return os.environ


def load_config(
    path: Path | str | None, overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Config:
    """Read a configuration file and lay the flags over it; raise `ConfigError` with every mistake."""
    source = read_source(Path(path)) if path is not None else Source("configuration", {}, {})
    return build_config(source, overrides, environ)


def build_config(
    source: Source, overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> Config:
    """Check what a source says, with `overrides` (dotted path to value) over it."""
    filled, mistakes = _filled(source.data, environment() if environ is None else environ)
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
        raise _told(source, mistakes, tuple(flags)) from None
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
    filled, mistakes = _filled(source.data, environment() if environ is None else environ)
    if mistakes:
        raise _told(source, mistakes, ())
    return dict(filled)


def filled_text(text: str, name: str, environ: Mapping[str, str] | None = None) -> str:
    """Return a text of the command line with its variables filled in; `name` is the option's."""
    filled, mistakes = _filled(text, environment() if environ is None else environ)
    if mistakes:
        raise ConfigError(f"{name}: {mistakes[0].problem}")
    return str(filled)


def resolved(config: BaseModel, *, mask: bool = True) -> dict[str, Any]:
    """Return the whole configuration, defaults included, as plain data that prints and reads back."""
    return {key: _rendered(value, MASK if mask else None) for key, value in config.model_dump().items()}


def config_hash(config: BaseModel) -> str:
    """Return the SHA-256 of the configuration; secrets do not count, so a new key is not a new setup."""
    text = json.dumps(resolved(config), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def time_ns(instant: datetime) -> TimeNs:
    """Turn a configured time into nanoseconds since the epoch, exactly."""
    past = instant - _EPOCH
    return ((past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds) * 1000


def _rendered(value: object, mask: str | None) -> object:
    match value:
        case SecretStr():
            return value.get_secret_value() if mask is None else mask
        case Decimal():
            return plain(value)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case dict():
            return {str(key): _rendered(entry, mask) for key, entry in value.items()}
        case list() | tuple():
            return [_rendered(entry, mask) for entry in value]
    return value


def _filled(data: Any, environ: Mapping[str, str], place: Place = ()) -> tuple[Any, list[Mistake]]:  # noqa: ANN401 -- plain data
    """Fill `${NAME}` and `${NAME:-default}` in; a variable that is unset or empty needs a default."""
    mistakes: list[Mistake] = []

    def fill(found: re.Match[str]) -> str:
        name, default = found[1], found[2]
        if name is None:
            return "${"
        if not environ.get(name) and default is None:
            mistakes.append(Mistake(place, f"the environment variable {name} is not set"))
        return environ.get(name) or default or ""

    if isinstance(data, str):
        return _VARIABLE.sub(fill, data), mistakes
    if not isinstance(data, dict | list):
        return data, mistakes
    entries = data.items() if isinstance(data, dict) else enumerate(data)
    filled = {}
    for key, entry in entries:
        step = key if isinstance(data, list) else str(key)
        filled[step], more = _filled(entry, environ, (*place, step))
        mistakes += more
    return (filled if isinstance(data, dict) else list(filled.values())), mistakes


def _told(source: Source, mistakes: list[Mistake], flags: tuple[str, ...]) -> ConfigError:
    """Make the error of all mistakes, in the order of the file; what a flag set is told as a flag's."""

    def line(mistake: Mistake) -> int:
        return source.line(mistake.place) or 0

    def where(mistake: Mistake) -> str:
        path = dotted(mistake.place)
        if any(path == flag or path.startswith(f"{flag}.") for flag in flags):
            return "command line"
        return f"{source.name}:{line(mistake)}" if line(mistake) else source.name

    told = tuple(
        f"{where(mistake)}: {dotted(mistake.place)}: {mistake.problem}" for mistake in sorted(mistakes, key=line)
    )
    count = "1 mistake" if len(told) == 1 else f"{len(told)} mistakes"
    return ConfigError(f"{source.name}: {count} in the configuration", told)
