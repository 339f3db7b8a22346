"""What was told, numbered from 1 and kept, so that it can be told again."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

KEPT_MAX = 10_000
"""So many are kept beyond those that nobody has taken yet."""


class Log(Generic[T]):
    """Items by number; the oldest are let go."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self.last = 0
        """The number of the newest, 0 before any."""

    def kept(self) -> tuple[T, ...]:
        """Return what is kept, the newest last."""
        return tuple(self._items)

    def restore(self, items: Iterable[T], last: int) -> None:
        """Go on where another log was."""
        self._items, self.last = deque(items), last

    def append(self, item: T) -> int:
        """Keep an item; return its number."""
        self._items.append(item)
        self.last += 1
        return self.last

    @property
    def first(self) -> int:
        """Return the number of the oldest that is kept."""
        return self.last - len(self._items) + 1

    def __getitem__(self, number: int) -> T:
        return self._items[number - self.first]

    def trim(self, taken: int) -> None:
        """Let go of old items, of those up to `taken` alone."""
        while len(self._items) > KEPT_MAX and self.first <= taken:
            self._items.popleft()
