"""The strategy of a `LiveTradingEngine`: a file, a module path, its content, a class or an object."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import StrategyLoadError
from tradewind.record.files import write_whole
from tradewind.strategy.base import Strategy
from tradewind.strategy.load import WASM_MAGIC, find, load
from tradewind.strategy.load_found import Found
from tradewind.strategy.parameters import in_use

if TYPE_CHECKING:
    from collections.abc import Mapping

AnyStrategy = Strategy | type[Strategy] | Path | str | bytes


@dataclass(frozen=True)
class GivenStrategy:
    """A strategy as it was given, as far as it is known to be one; made when the engine runs."""

    what: Found | bytes
    name: str = ""
    parameters: dict[str, Any] | None = None
    """The parameters that an object brings along, for the record; None for what is made with some."""

    def make(self, parameters: dict[str, Any], root: Path, guest: Mapping[str, Any] | None = None) -> Strategy:
        """Make the strategy; content is kept below `root` under its hash, so that its session can be replayed."""
        if isinstance(self.what, Found):
            is_guest = self.what.origin.style == "wasm"
            return (find(self.what.origin.spec, guest=guest) if is_guest else self.what).make(parameters)
        path = root / "strategies" / f"{hashlib.sha256(self.what).hexdigest()[:12]}{_suffix(self.what)}"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = self.what
        write_whole(path, lambda aside: aside.write_bytes(content))
        return load(path, parameters, self.name, guest)

    @property
    def place(self) -> str:
        """Say where the code is, as a configuration does."""
        if isinstance(self.what, bytes):
            return f"strategy{_suffix(self.what)}"
        return self.what.origin.spec or self.what.name


def given_strategy(what: object, name: str = "") -> GivenStrategy:
    """Look at what was given; raise `StrategyLoadError` for what can be no strategy."""
    if isinstance(what, bytes):
        return GivenStrategy(what if what.startswith(WASM_MAGIC) else _python(what), name)
    found = find(what, name)  # type: ignore[arg-type] # it judges what is none
    return GivenStrategy(found, name, in_use(what) if isinstance(what, Strategy) else None)


def _suffix(content: bytes) -> str:
    return ".wasm" if content.startswith(WASM_MAGIC) else ".py"


def _python(source: bytes) -> bytes:
    try:
        ast.parse(source, "strategy.py")
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise StrategyLoadError(f"strategy.py{f':{line}' if line else ''}: {error}") from error
    return source
