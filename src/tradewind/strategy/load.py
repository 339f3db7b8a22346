"""Find a strategy of any style and make it: a file, a module, an installed name, bytes, a class or an object.

One of the two places in the core that may touch a file. Loading runs the author's code; what goes wrong
in it is told with its file and line. What is found is not made yet: it has its schema, and takes its
parameters (`load_found.py`).
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import StrategyLoadError
from tradewind.domain.ids import StrategyId
from tradewind.strategy import load_python as python
from tradewind.strategy.base import Strategy
from tradewind.strategy.load_found import Found, of_class, of_module, of_object, origin_of
from tradewind.strategy.load_installed import installed_as, not_installed
from tradewind.strategy.load_wasm import of_guest

if TYPE_CHECKING:
    from collections.abc import Mapping

Spec = str | Path | bytes | type[Strategy] | Strategy

WASM_MAGIC = b"\0asm"
ID_LENGTH_MAX = 32


def load(
    spec: Spec, parameters: dict[str, Any] | None = None, name: str = "", guest: Mapping[str, Any] | None = None
) -> Strategy:
    """Return a strategy, made with `parameters` unless it is an object already; `guest` as in `find`."""
    return find(spec, name, guest).make(parameters)


def find(spec: Spec, name: str = "", guest: Mapping[str, Any] | None = None) -> Found:
    """Find what `spec` names, `name` being one of several in it; raise `StrategyLoadError` saying what there is.

    `guest` are the settings that a WASM guest is run with; other styles have none.
    """
    if isinstance(spec, Strategy):
        return of_object(spec)
    if isinstance(spec, type) and issubclass(spec, Strategy):
        return of_class(spec)
    if isinstance(spec, bytes):
        return _of_bytes(spec, name, guest)
    if isinstance(spec, str | Path):
        place, named = _split(str(spec))
        return _of_place(place, name or named, guest)
    raise StrategyLoadError(f"not a strategy: {spec!r}; give a class derived from tradewind.Strategy, or where it is")


def source_hash(strategy: Strategy) -> str:
    """Return the SHA-256 of the content that a strategy comes from; empty if it comes from none."""
    return origin_of(strategy).sha256


def source_of(strategy: Strategy) -> str:
    """Return the spec from which the same strategy can be loaded again; empty if nothing loads it."""
    return origin_of(strategy).spec


def id_of(strategy: Strategy) -> StrategyId:
    """Return the name that a strategy's orders are booked under unless the configuration has another."""
    kind = type(strategy)
    own = not kind.__module__.startswith("tradewind.strategy.")  # ours only stand around what is no class
    return StrategyId(kind.__name__ if own else re.sub(r"[^A-Za-z0-9_-]+", "_", strategy.name)[:ID_LENGTH_MAX])


def _split(spec: str) -> tuple[str, str]:
    """Return place and name of `place:name`; a file has no name unless it is said."""
    place, _, name = spec.rpartition(":")
    if not place or place.isspace() or name.endswith((".py", ".wasm")):
        return spec.lstrip(":"), ""
    return place, name


def _of_place(place: str, name: str, guest: Mapping[str, Any] | None) -> Found:
    if place.endswith(".wasm"):
        return of_guest(Path(place), guest)
    if place.endswith(".py"):
        return of_module(python.module_of_file(Path(place)), name, place, str(Path(place).absolute()))
    if not name and (point := installed_as(place)) is not None:
        target, named = _split(point.target)
        return of_module(python.module_of_path(target), named, place, place, again=place)
    if not name and "." not in place and not _importable(place):
        raise not_installed(place)
    return of_module(python.module_of_path(place), name, place, place)


def _of_bytes(content: bytes, name: str, guest: Mapping[str, Any] | None) -> Found:
    """Take content without a place: it can be run, and nothing loads it again."""
    if content.startswith(WASM_MAGIC):
        return of_guest(content, guest)
    return of_module(python.module_of_text(content, "strategy.py"), name, "strategy.py", "")


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
