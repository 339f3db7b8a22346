"""Run a file, a text or a module of Python that has a strategy in it; tell what it raises by file and line."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

from tradewind.domain.errors import StrategyLoadError


def module_of_file(path: Path) -> ModuleType:
    """Run a file; what runs is what is hashed, never a stale `__pycache__`."""
    if not path.is_file():
        raise StrategyLoadError(f"{path}: no such file")
    return _run(path.read_bytes(), str(path.absolute()), shown=str(path))


def module_of_text(source: bytes, place: str) -> ModuleType:
    """Run the text of a file; `place` is what its errors call it."""
    return _run(source, place, shown=place)


def module_of_path(name: str) -> ModuleType:
    """Import a module by its dotted name."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise StrategyLoadError(f"{name}: {error}; give file.py:Name or package.module:Name") from error
    except (Exception, SystemExit) as error:
        raise StrategyLoadError(told(name, error)) from error


def sha256_of(module: ModuleType) -> str:
    """Return the SHA-256 of a module's own text; empty if it has none."""
    known = getattr(module, "__tradewind_sha256__", "")
    if known:
        return str(known)
    file = getattr(module, "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file and Path(file).is_file() else ""


def told(place: str, error: BaseException) -> str:
    """Say what the author's code raised, and on which of its lines."""
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{error.filename}:{error.lineno}: {error.msg}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_foreign(frame.filename)]
    own = [frame for frame in frames if frame.filename.endswith(place)]
    where = place
    for frame in own or frames:
        where = f"{place if own else frame.filename}:{frame.lineno}"
    told = f"{where}: {type(error).__name__}: {error}"
    if isinstance(error, ModuleNotFoundError) and error.name == "zipline":
        return f"{told}; its functions are those of tradewind.api here"
    return told


def _run(source: bytes, file: str, *, shown: str) -> ModuleType:
    # By text as well as by file: what another text has defined under the same name is not of this one.
    name = f"tradewind_strategy_{hashlib.sha256(file.encode() + source).hexdigest()[:12]}"
    module = ModuleType(name)
    module.__file__ = file
    module.__dict__["__tradewind_sha256__"] = hashlib.sha256(source).hexdigest()
    before = sys.modules.get(name)
    sys.modules[name] = module  # so that annotations and pickles find it
    try:
        exec(compile(source, file, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - loading is running
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before
        raise StrategyLoadError(told(shown, error)) from error
    return module


def _is_foreign(file: str) -> bool:
    return file != __file__ and "importlib" not in file
