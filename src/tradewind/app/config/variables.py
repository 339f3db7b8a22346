"""`${NAME}` and `${NAME:-default}` in a configuration, filled in from the environment.

The environment is read here and nowhere else.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

from tradewind.app.config.errors import Mistake
from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.app.config.source import Place

_VARIABLE = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


def environment() -> Mapping[str, str]:
    """Return the environment of the process; other modules are passed the variables that they need."""
    return os.environ


def filled_text(text: str, name: str, environ: Mapping[str, str] | None = None) -> str:
    """Return a text of the command line with its variables filled in; `name` is the option's."""
    filled, mistakes = fill_variables(text, environment() if environ is None else environ)
    if mistakes:
        raise ConfigError(f"{name}: {mistakes[0].problem}")
    return str(filled)


def fill_variables(data: Any, environ: Mapping[str, str], place: Place = ()) -> tuple[Any, list[Mistake]]:  # noqa: ANN401 -- plain data
    """Replace the variables in all texts; one that is unset or empty needs a default. Returns mistakes too."""
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
        filled[step], more = fill_variables(entry, environ, (*place, step))
        mistakes += more
    return (filled if isinstance(data, dict) else list(filled.values())), mistakes
