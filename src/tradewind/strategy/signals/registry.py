"""The definitions of this process, by name. Filled by `add_strategy` and its like, also while a file is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from tradewind.domain.errors import DuplicateName, UnknownName

if TYPE_CHECKING:
    from tradewind.strategy.signals.definition import ExchangeDefinition, FrameDefinition, StrategyDefinition

Definition = TypeVar("Definition")


class Registry(Generic[Definition]):
    """Definitions of one kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._known: dict[str, Definition] = {}

    def add(self, name: str, definition: Definition, *, replace: bool = False) -> None:
        """Take a definition; raise `DuplicateName` unless it may replace the one of its name."""
        if name in self._known and not replace:
            raise DuplicateName(f"there is a {self.kind} {name!r}: choose another name, or say replace=True")
        self._known[name] = definition

    def get(self, name: str) -> Definition:
        """Return a definition; raise `UnknownName` with those that there are."""
        if name not in self._known:
            have = ", ".join(sorted(self._known)) or "none"
            raise UnknownName(f"no {self.kind} {name!r}; there is: {have}")
        return self._known[name]

    def names(self) -> tuple[str, ...]:
        """Return the names in the order in which they were added."""
        return tuple(self._known)

    def clear(self) -> None:
        """Forget all."""
        self._known.clear()


STRATEGIES: Registry[StrategyDefinition] = Registry("strategy")
EXCHANGES: Registry[ExchangeDefinition] = Registry("exchange")
FRAMES: Registry[FrameDefinition] = Registry("frame")
