"""What the host remembers of a guest: its orders' statuses and names, its cache, its marks. It outlives instances."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.ids import ClientOrderId
from tradewind.strategy.wasm.enums import OrderStatus
from tradewind.strategy.wasm.messages_trading import OpenOrder, Reason

if TYPE_CHECKING:
    from tradewind.strategy.wasm.messages import GuestMark

ORDERS_MAX = 10_000
MARKS_MAX = 10_000
CACHE_MAX = 16 << 20
"""Bytes of keys and values that a strategy may keep."""


class OrderNote(msgspec.Struct):
    """What a guest said of an order, and what became of it."""

    symbol: str
    side: int
    position_type: int
    reason: str = ""
    message: str = ""
    strategy_name: str = ""
    status: int = OrderStatus.PENDING
    quantity_asked: float = 0.0
    alias: str = ""


def noted(order: OpenOrder, note: OrderNote) -> OpenOrder:
    """Return an order with what the guest had said of it."""
    order.side, order.position_type = note.side, note.position_type
    order.strategy_name = note.strategy_name or order.strategy_name
    if note.reason or note.message:
        order.reason = Reason(note.reason, note.message)
    return order


class OrderNotes:
    """Notes on the newest orders of a strategy, by the host's id or by the guest's own name for one."""

    def __init__(self) -> None:
        self._notes: dict[ClientOrderId, OrderNote] = {}
        self._aliases: dict[str, ClientOrderId] = {}

    def clear(self) -> None:
        """Forget all."""
        self._notes.clear()
        self._aliases.clear()

    def add(self, order: ClientOrderId, note: OrderNote) -> ClientOrderId | None:
        """Remember an order, and return one that is forgotten for it.

        A name that was used before means the newest order from now on.
        """
        self._notes[order] = note
        if note.alias:
            self._aliases[note.alias] = order
        if len(self._notes) > ORDERS_MAX:
            oldest = next(iter(self._notes))
            forgotten = self._notes.pop(oldest)
            if self._aliases.get(forgotten.alias) == oldest:
                del self._aliases[forgotten.alias]
            return oldest
        return None

    def find(self, name: str) -> tuple[ClientOrderId, OrderNote] | None:
        """Return an order by id or by alias."""
        order = ClientOrderId(name) if name in self._notes else self._aliases.get(name)
        note = None if order is None else self._notes.get(order)
        return None if order is None or note is None else (order, note)

    def get(self, order: ClientOrderId) -> OrderNote | None:
        """Return the note on an order."""
        return self._notes.get(order)


class GuestRecord:
    """The cache and the marks of a guest."""

    def __init__(self) -> None:
        self.cache: dict[str, str] = {}
        self.cache_size = 0
        self.marks: deque[GuestMark] = deque(maxlen=MARKS_MAX)

    def store(self, key: str, value: str) -> None:
        """Write to the cache."""
        old = self.cache.get(key)
        self.cache_size += bytes_of(value) - (bytes_of(old) if old is not None else -bytes_of(key))
        self.cache[key] = value

    def restore(self, cache: dict[str, str]) -> None:
        """Begin with what an earlier session has kept."""
        self.cache = dict(cache)
        self.cache_size = sum(bytes_of(key) + bytes_of(value) for key, value in cache.items())


def bytes_of(text: str) -> int:
    """Return how long a text is as UTF-8."""
    return len(text) if text.isascii() else len(text.encode())
