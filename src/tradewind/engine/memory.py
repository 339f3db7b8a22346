"""What is kept of the strategies, as the steps of a session tell it: the same for who wrote them and who reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.checkpoint import StrategyState
from tradewind.domain.step import CacheWritten, StateKept

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tradewind.domain.ids import StrategyId


class Remembered:
    """What is kept of one strategy, packed."""

    __slots__ = ("cache", "saved", "state")

    def __init__(self) -> None:
        self.state: dict[str, bytes | None] = {}
        self.saved: bytes | None = None
        self.cache: dict[str, str] = {}


class Memory:
    """What is kept of each strategy."""

    def __init__(self) -> None:
        self._of: dict[StrategyId, Remembered] = {}

    def of(self, strategy: StrategyId) -> Remembered:
        """Return what is kept of a strategy."""
        known = self._of.get(strategy)
        if known is None:
            known = self._of[strategy] = Remembered()
        return known

    def hear(self, notice: StateKept | CacheWritten) -> None:
        """Take what a step says of it."""
        known = self.of(notice.strategy)
        if isinstance(notice, CacheWritten):
            known.cache[notice.key] = notice.value
        elif notice.is_saved:
            known.saved = notice.value
        else:
            if notice.value is None or known.state.get(notice.key) is None:
                known.state.pop(notice.key, None)  # what comes anew comes last, as in the dict itself
            if notice.value is not None or notice.is_default:
                known.state[notice.key] = notice.value

    def forget(self, strategy: StrategyId) -> None:
        """Forget what is kept of a strategy: another takes its place."""
        self._of.pop(strategy, None)

    def state(self, held: Collection[StrategyId]) -> tuple[StrategyState, ...]:
        """Return it as plain data, by name; strategies of which there is nothing to tell are left out."""
        for strategy in held:
            self.of(strategy)
        return tuple(
            StrategyState(
                name, name in held, tuple(known.state.items()), known.saved, tuple(sorted(known.cache.items()))
            )
            for name, known in sorted(self._of.items())
            if name in held or known.state or known.saved or known.cache
        )

    def restore(self, states: Iterable[StrategyState]) -> None:
        """Take over what `state` wrote down."""
        for state in states:
            known = self.of(state.strategy)
            known.state, known.saved, known.cache = dict(state.state), state.saved, dict(state.cache)
