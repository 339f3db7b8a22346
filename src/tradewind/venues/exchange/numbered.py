"""What comes numbered on a link: each once, in order, whatever was doubled, swapped or lost on the way. Pure."""

from __future__ import annotations

from typing import Generic, TypeVar

from tradewind.venues.exchange.protocol import UNKNOWN

T = TypeVar("T")


class Numbered(Generic[T]):
    """Puts what comes in order; `last` is the number of the last one that was handed on, `UNKNOWN` before any."""

    def __init__(self, last: int = UNKNOWN) -> None:
        self.last = last
        self._early: dict[int, T] = {}
        self._told = UNKNOWN

    def begin(self, after: int) -> None:
        """Begin a new link, on which the other side sends what comes after this number."""
        self.last = max(self.last, after)
        self._told = self.last
        self._early.clear()

    def is_known(self, after: int) -> bool:
        """Tell whether the other side has all that was handed on here: it goes on at this number."""
        return after >= self.last

    def take(self, number: int, item: T) -> list[T]:
        """Return what can be handed on now: nothing for what was there before or comes too early."""
        if number > self.last:
            self._early[number] = item
        ready = []
        while self.last + 1 in self._early:
            self.last += 1
            ready.append(self._early.pop(self.last))
        return ready

    def told(self, last: int) -> None:
        """Be told the last number that was sent."""
        self._told = max(self._told, last)

    @property
    def lacks(self) -> bool:
        """Whether something was sent that has not come."""
        return bool(self._early) or self._told > self.last
