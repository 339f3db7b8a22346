"""What was found, before it has its parameters: a class, an object, or what a module has in it."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import StrategyLoadError
from tradewind.strategy.base import Origin, Strategy
from tradewind.strategy.load_python import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

FUNCTIONS = ("initialize", "handle_data")
"""A module with one of them, and without a class, is an algorithm in Zipline's style."""


@dataclass(frozen=True)
class Found:
    """A strategy that is there, before it has its parameters."""

    name: str
    """What people call it."""
    version: str
    origin: Origin
    schema: Callable[[], dict[str, Any]]
    """Returns the JSON schema of its parameters."""
    maker: Callable[[dict[str, Any]], Strategy]
    facts: dict[str, Any] = field(default_factory=dict)
    """What else there is to say of it, as plain data."""

    def make(self, parameters: dict[str, Any] | None = None) -> Strategy:
        """Make it; raise `StrategyParameterError` for parameters that do not fit."""
        strategy = self.maker(dict(parameters or {}))
        strategy._origin = self.origin  # noqa: SLF001 - whoever loads it, sets it
        return strategy


def of_class(kind: type[Strategy], origin: Origin | None = None) -> Found:
    """Take a class as it was given, or as `origin` says where it came from."""
    origin = origin or origin_of_class(kind)
    return Found(kind.name or kind.__name__, kind.version, origin, kind.config_schema, lambda given: kind(**given))


def of_object(strategy: Strategy, origin: Origin | None = None) -> Found:
    """Take a strategy that somebody has made."""

    def made(parameters: dict[str, Any]) -> Strategy:
        if parameters:
            raise StrategyLoadError("a strategy object has its parameters already; give its class instead")
        return strategy

    name = strategy.name or type(strategy).__name__
    return Found(name, strategy.version, origin or origin_of(strategy), strategy.config_schema, made)


def of_module(module: ModuleType, name: str, shown: str, place: str, again: str = "") -> Found:
    """Choose what a module has: a class, an object, or functions in Zipline's style.

    `shown` is what messages call it; `place` and what was chosen load it again, unless `again` does.
    """
    sha256 = sha256_of(module)

    def origin(style: str, chosen: str) -> Origin:
        return Origin(again or (f"{place}:{chosen}" if place and chosen else place), sha256, style)

    classes = _classes(module)
    wanted = getattr(module, name, None) if name else None
    if isinstance(wanted, Strategy):
        return of_object(wanted, origin(_style_of(type(wanted)), name))
    if isinstance(wanted, type) and issubclass(wanted, Strategy):
        classes = {name: wanted}
    have = ", ".join(classes) or "no strategy"
    if not classes and "tradewind.strategy.signals.registry" in sys.modules:
        from tradewind.strategy.signals.found import has_signals, signal_class

        if has_signals(module):
            return of_class(signal_class(module, name, shown), origin("signal", name))
    if name and name not in classes:
        raise StrategyLoadError(f"{shown}: no strategy {name!r} there; there is: {have}")
    if not classes and any(callable(getattr(module, function, None)) for function in FUNCTIONS):
        return _of_functions(module, shown, origin("algorithm", ""))
    if not name and not classes:
        raise StrategyLoadError(f"{shown}: no strategy there: no subclass of Strategy, no {' or '.join(FUNCTIONS)}")
    if not name and len(classes) > 1:
        raise StrategyLoadError(f"{shown}: name one with `:Class`; there is: {have}")
    chosen = name or next(iter(classes))
    return of_class(classes[chosen], origin(_style_of(classes[chosen]), chosen))


def origin_of(strategy: Strategy) -> Origin:
    """Return what loads a strategy again, and the hash of it; of a class that was never loaded, the file it is in."""
    return strategy._origin or origin_of_class(type(strategy))  # noqa: SLF001 - as in `Found.make`


def origin_of_class(kind: type[Strategy]) -> Origin:
    """Return the file that a class is in; one from a notebook or a shell is in none."""
    try:
        file = inspect.getsourcefile(kind)
    except (OSError, TypeError):
        file = None
    if not file or not Path(file).is_file():
        return Origin(style=_style_of(kind))
    is_there = getattr(sys.modules.get(kind.__module__), kind.__name__, None) is kind
    spec = f"{file}:{kind.__name__}" if is_there else ""  # a class made in a function is found by nobody
    return Origin(spec, hashlib.sha256(Path(file).read_bytes()).hexdigest(), _style_of(kind))


def part(name: str, shown: str) -> Any:  # noqa: ANN401 - a module
    """Import what runs another style than classes: only who needs one pays for it."""
    try:
        return importlib.import_module(f"tradewind.strategy.{name}")
    except ModuleNotFoundError as error:
        raise StrategyLoadError(f"{shown}: this version does not run strategies of this style: {error}") from error


def _classes(module: ModuleType) -> dict[str, type[Strategy]]:
    """Return the strategies that a module defines; those that it imports are somebody else's."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Strategy) and value.__module__ == module.__name__
    }


def _of_functions(module: ModuleType, shown: str, origin: Origin) -> Found:
    return of_class(part("algorithm.algorithm", shown).algorithm_class(module), origin)


def _style_of(kind: type) -> str:
    algorithm = any(base.__module__ == "tradewind.strategy.algorithm.algorithm" for base in kind.__mro__)
    return "algorithm" if algorithm else "class"
