"""The strategy of a `LiveTradingEngine`: a file, a module path, source text, a class or an object."""

from __future__ import annotations

import ast
import hashlib
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradewind.domain.errors import StrategyLoadError
from tradewind.record.catalog_files import write_whole
from tradewind.strategy.base import Strategy, parameters_of
from tradewind.strategy.load import load, load_class

WASM_MAGIC = b"\0asm"

AnyStrategy = Strategy | type[Strategy] | Path | str | bytes


@dataclass(frozen=True)
class GivenStrategy:
    """A strategy as it was given, as far as it is known to be one; made when the engine runs."""

    what: Strategy | type[Strategy] | bytes
    name: str = ""

    def make(self, parameters: dict[str, Any], root: Path) -> Strategy:
        """Make the strategy; source text is kept below `root`, so that its session can be replayed."""
        if isinstance(self.what, bytes):
            path = root / "strategies" / f"{hashlib.sha256(self.what).hexdigest()[:12]}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = self.what
            write_whole(path, lambda aside: aside.write_bytes(text))
            return load(f"{path}:{self.name}" if self.name else str(path), parameters)
        return load(self.what, parameters)

    @property
    def place(self) -> str:
        """Say where the code is, as a configuration does."""
        if isinstance(self.what, bytes):
            return "strategy.py"
        kind = self.what if isinstance(self.what, type) else type(self.what)
        try:
            file = inspect.getsourcefile(kind)
        except (OSError, TypeError):
            file = None
        return f"{file or kind.__module__}:{kind.__qualname__}"

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that an object brings along, for the record."""
        if not isinstance(self.what, Strategy):
            return {}
        return {name: getattr(self.what, name) for name in parameters_of(type(self.what))}


def given_strategy(what: object, name: str = "") -> GivenStrategy:
    """Look at what was given; raise `StrategyLoadError` for what can be no strategy."""
    if isinstance(what, bytes):
        return GivenStrategy(_python(what), name)
    if isinstance(what, str | Path):
        return GivenStrategy(load_class(f"{what}:{name}" if name else str(what)))
    if isinstance(what, Strategy) or (isinstance(what, type) and issubclass(what, Strategy)):
        return GivenStrategy(what)
    raise StrategyLoadError(f"not a strategy: {what!r}; give a class derived from tradewind.Strategy, or where it is")


def _python(source: bytes) -> bytes:
    if source.startswith(WASM_MAGIC):
        raise StrategyLoadError("these bytes are WASM: this version runs Python strategies only")
    try:
        ast.parse(source, "strategy.py")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise StrategyLoadError(f"strategy.py{f':{line}' if line else ''}: {error}") from error
    return source
