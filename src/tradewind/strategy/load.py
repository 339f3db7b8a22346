"""Find a strategy of any style and make it: a file, a module, an installed name, bytes, a class or an object.

One of the two places in the core that may touch a file. Loading runs the author's code; what goes wrong
in it is told with its file and line. What is found is not made yet: it has its schema, and takes its
parameters (`load_found.py`).
"""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

from tradewind.domain.errors import StrategyLoadError
from tradewind.domain.ids import StrategyId
from tradewind.strategy import load_python as python
from tradewind.strategy.base import Origin, Strategy
from tradewind.strategy.load_found import Found, of_class, of_module, of_object, origin_of
from tradewind.strategy.load_installed import installed_as, not_installed

Spec = str | Path | bytes | type[Strategy] | Strategy

WASM_MAGIC = b"\0asm"
ID_LENGTH_MAX = 32


def load(spec: Spec, parameters: dict[str, Any] | None = None, name: str = "") -> Strategy:
    """Return a strategy, made with `parameters` unless it is an object already."""
    return find(spec, name).make(parameters)


def find(spec: Spec, name: str = "") -> Found:
    """Find what `spec` names, `name` being one of several in it; raise `StrategyLoadError` saying what there is."""
    if isinstance(spec, Strategy):
        return of_object(spec)
    if isinstance(spec, type) and issubclass(spec, Strategy):
        return of_class(spec)
    if isinstance(spec, bytes):
        return _of_bytes(spec, name)
    if isinstance(spec, str | Path):
        place, named = _split(str(spec))
        return _of_place(place, name or named)
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


def _of_place(place: str, name: str) -> Found:
    if place.endswith(".wasm"):
        return _of_wasm(Path(place))
    if place.endswith(".py"):
        return of_module(python.module_of_file(Path(place)), name, place, str(Path(place).absolute()))
    if not name and (point := installed_as(place)) is not None:
        target, named = _split(point.target)
        return of_module(python.module_of_path(target), named, place, place, again=place)
    if not name and "." not in place and not _importable(place):
        raise not_installed(place)
    return of_module(python.module_of_path(place), name, place, place)


def _of_bytes(content: bytes, name: str) -> Found:
    """Take content without a place: it can be run, and nothing loads it again."""
    if content.startswith(WASM_MAGIC):
        return _of_wasm(content)
    return of_module(python.module_of_text(content, "strategy.py"), name, "strategy.py", "")


def _of_wasm(source: Path | bytes) -> Found:
    """Look at a guest; what it needs to run, wasmtime, is an extra."""
    from tradewind.strategy.wasm.loading import inspect_guest, wasm_strategy

    info = inspect_guest(source)
    origin = Origin(str(source.absolute()) if isinstance(source, Path) else "", info.sha256, "wasm")

    def make(parameters: dict[str, Any]) -> Strategy:
        return wasm_strategy(source, json.dumps(parameters) if parameters else "")

    return Found(info.name, info.engine_version or "0", origin, lambda: _schema_of(info.schema), make)


def _schema_of(text: str) -> dict[str, Any]:
    """Return the schema that a guest gives; one that is no JSON object says nothing."""
    try:
        schema = json.loads(text) if text else {}
    except ValueError:
        return {}
    return schema if isinstance(schema, dict) else {}


def _importable(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
