"""Budgets that all processes of a machine share: request weight and silence per address, orders per account."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tradewind.venues.binance.weights import ORDERS, Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tradewind.domain.time import TimeNs
    from tradewind.venues._net.shelf import Shelf
    from tradewind.venues.binance.weights import Limit, Window

SILENCE, SILENCE_HERE = "silent until", "silent until, by the wall"
USED_BITS = 32
USED_MASK = (1 << USED_BITS) - 1
"""A number on a shelf is a window's number, and below it what was spent in that window: one store writes both."""


class SharedBudget(Budget):
    """A budget whose windows lie on shelves, so that what one process spends no other has."""

    def __init__(
        self,
        limits: Iterable[Limit],
        by_address: Shelf,
        by_account: Shelf | None = None,
        *,
        wall: Callable[[], TimeNs] = time.time_ns,
    ) -> None:
        super().__init__(limits)
        self._wall = wall
        self._silent_here: TimeNs = 0
        """The end of the silence by the clock on the wall: a process that begins knows no other."""
        self._by_address = by_address
        self._by_account = by_address if by_account is None else by_account
        self._kept = self._places()

    def learn(self, limits: Iterable[Limit]) -> None:
        """Take the venue's own figures; what was spent stays spent."""
        super().learn(limits)
        self._kept = self._places()

    def take(self, now: TimeNs, weight: int, orders: int = 0, *, protective: bool = False) -> TimeNs:
        """Spend, alone, if it fits; return how long to wait otherwise, and 0 if it is spent."""
        with self._by_address, self._by_account:
            self._load()
            wait = super().take(now, weight, orders, protective=protective)
            self._store_windows()
        return wait

    def used(self, now: TimeNs, kind: str, length_ns: TimeNs, count: int) -> None:
        """Take what the venue has counted."""
        with self._by_address, self._by_account:
            self._load()
            super().used(now, kind, length_ns, count)
            self._store()

    def be_silent(self, until: TimeNs, now: TimeNs) -> None:
        """Send nothing until then, from any process."""
        with self._by_address, self._by_account:
            self._load()
            super().be_silent(until, now)
            self._silent_here = max(self._silent_here, self._wall() + until - now)
            self._store()

    def hush(self, now: TimeNs) -> TimeNs:
        """Return how much longer all are silent."""
        with self._by_address, self._by_account:
            self._load()
        return self.silence(now)

    def silence(self, now: TimeNs) -> TimeNs:
        """Return how much longer nothing may be sent: none if one of the two clocks says that it is over."""
        return min(super().silence(now), max(self._silent_here - self._wall(), 0))

    def _places(self) -> list[tuple[memoryview, int, Window]]:
        """Return where each window lies: looked up once, as an order waits for it."""
        found = []
        with self._by_address, self._by_account:
            self._silences = self._by_address.place(SILENCE), self._by_address.place(SILENCE_HERE)
            for (kind, length), window in self._windows.items():
                shelf = self._by_account if kind == ORDERS else self._by_address
                found.append((shelf.numbers, shelf.place(f"{kind} {length}"), window))
        return found

    def _load(self) -> None:
        until, here = self._silences
        numbers = self._by_address.numbers
        self._silent_until = max(self._silent_until, numbers[until])
        self._silent_here = max(self._silent_here, numbers[here])
        for numbers, place, window in self._kept:
            found = numbers[place]
            number = found >> USED_BITS
            if number >= window.number:
                window.number, window.used = number, found & USED_MASK

    def _store(self) -> None:
        self._by_address[SILENCE] = self._silent_until
        self._by_address[SILENCE_HERE] = self._silent_here
        self._store_windows()

    def _store_windows(self) -> None:
        for numbers, place, window in self._kept:
            if window.number >= 0:
                numbers[place] = window.number << USED_BITS | window.used
