"""Find a strategy: `file.py:Class`, a module path `package.module:Class`, a class or an object.

One of the two places in the core that may touch a file. Loading runs the author's code; what goes wrong
in it is told with its file and line.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import StrategyLoadError
from tradewind.strategy.base import Strategy

if TYPE_CHECKING:
    from types import ModuleType


def load_class(spec: str) -> type[Strategy]:
    """Return the strategy class that `spec` names; raise `StrategyLoadError` saying what there is instead."""
    place, _, name = spec.rpartition(":")
    if not place or place.isspace():
        place, name = name, ""
    if place.endswith(".wasm"):
        raise StrategyLoadError(f"{place}: this version runs Python strategies only, no WASM guests")
    module = _from_file(Path(place)) if place.endswith(".py") else _from_path(place)
    return _choose(module, name, spec)


def load(spec: str | type[Strategy] | Strategy, parameters: dict[str, Any] | None = None) -> Strategy:
    """Return a strategy, made with `parameters` unless it is an object already."""
    if isinstance(spec, Strategy):
        if parameters:
            raise StrategyLoadError("a strategy object has its parameters already; give its class instead")
        return spec
    kind = load_class(spec) if isinstance(spec, str) else spec
    return kind(**(parameters or {}))


def source_hash(strategy: Strategy) -> str:
    """Return the SHA-256 of the file that a strategy comes from; empty if it comes from none."""
    try:
        file = inspect.getsourcefile(type(strategy))
    except TypeError:
        return ""
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file and Path(file).is_file() else ""


def source_of(strategy: Strategy) -> str:
    """Return `file.py:Class`, from which the same strategy can be loaded again; empty if it comes from no file."""
    try:
        file = inspect.getsourcefile(type(strategy))
    except TypeError:
        return ""
    return f"{file}:{type(strategy).__name__}" if file and Path(file).is_file() else ""


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise StrategyLoadError(f"{path}: no such file")
    name = f"tradewind_strategy_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    found = importlib.util.spec_from_file_location(name, path)
    if found is None or found.loader is None:
        raise StrategyLoadError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(found)
    sys.modules[name] = module  # so that annotations and pickles find it
    try:
        found.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise StrategyLoadError(_told(path, error)) from error
    return module


def _from_path(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise StrategyLoadError(f"{name}: {error}; give file.py:Class or package.module:Class") from error
    except Exception as error:
        raise StrategyLoadError(_told(name, error)) from error


def _told(place: object, error: Exception) -> str:
    """Say what the author's file raised, and on which of its lines."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno}: {error.msg}"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "importlib" not in f.filename]
    line = f":{frames[-1].lineno}" if frames else ""
    return f"{frames[-1].filename if frames else place}{line}: {type(error).__name__}: {error}"


def _choose(module: ModuleType, name: str, spec: str) -> type[Strategy]:
    classes = {
        key: value
        for key, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, Strategy) and value.__module__ == module.__name__
    }
    if name in classes:
        return classes[name]
    have = ", ".join(classes) or "no strategy"
    if name:
        raise StrategyLoadError(f"{spec}: no strategy {name!r} there; there is: {have}")
    if len(classes) != 1:
        raise StrategyLoadError(f"{spec}: name one with `:Class`; there is: {have}")
    return next(iter(classes.values()))
