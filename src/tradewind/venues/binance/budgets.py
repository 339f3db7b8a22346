"""Budgets that all processes of a machine share: request weight and silence per address, orders per account."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tradewind.venues.binance.weights import ORDERS, Budget

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tradewind.domain.time import TimeNs
    from tradewind.venues._net.shelf import Numbers, Shelf
    from tradewind.venues.binance.weights import Limit

SILENCE = "silent until"


class SharedBudget(Budget):
    """A budget whose windows lie on shelves, so that what one process spends no other has."""

    def __init__(self, limits: Iterable[Limit], by_address: Shelf, by_account: Shelf | None = None) -> None:
        super().__init__(limits)
        self._by_address = by_address
        self._by_account = by_account

    def take(self, now: TimeNs, weight: int, orders: int = 0, *, protective: bool = False) -> TimeNs:
        """Spend, alone, if it fits; return how long to wait otherwise, and 0 if it is spent."""
        with self._known():
            return super().take(now, weight, orders, protective=protective)

    def used(self, now: TimeNs, kind: str, length_ns: TimeNs, count: int) -> None:
        """Take what the venue has counted."""
        with self._known():
            super().used(now, kind, length_ns, count)

    def be_silent(self, until: TimeNs) -> None:
        """Send nothing until then, from any process."""
        with self._known():
            super().be_silent(until)

    @contextlib.contextmanager
    def _known(self) -> Iterator[None]:
        with contextlib.ExitStack() as shelves:
            address = shelves.enter_context(self._by_address.held())
            account = address if self._by_account is None else shelves.enter_context(self._by_account.held())
            self._load(address, account)
            yield
            address[SILENCE] = (self._silent_until,)
            for (kind, length), window in self._windows.items():
                numbers = account if kind == ORDERS else address
                numbers[f"{kind} {length}"] = (window.number, window.used)

    def _load(self, address: Numbers, account: Numbers) -> None:
        self._silent_until = max(self._silent_until, *address.get(SILENCE, (0,)))
        for (kind, length), window in self._windows.items():
            found = (account if kind == ORDERS else address).get(f"{kind} {length}", ())
            if len(found) == 2 and found[0] >= window.number:
                window.number, window.used = found
