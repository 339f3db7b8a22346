"""What requests cost, and what is left to spend: request weight per address, orders per account.

Pure: time is given. https://developers.binance.com/docs/binance-spot-api-docs/rest-api/limits. The figures here are
where one starts; `exchangeInfo.rateLimits` and the headers of each answer are the truth. A tenth is kept for orders
that protect: cancels and reduce-only orders may spend what entries may not touch. After a 429 or a 418 nothing at
all is sent until the time that came with it is over: who goes on after a 429 is banned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND
from tradewind.venues.binance.product import Product

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tradewind.domain.time import TimeNs

RESERVE = 10
"""One part in so many is for orders that protect."""
WEIGHT, ORDERS, RAW = "REQUEST_WEIGHT", "ORDERS", "RAW_REQUESTS"

UNIT_NS = {"SECOND": NS_PER_SECOND, "MINUTE": NS_PER_MINUTE, "HOUR": NS_PER_HOUR, "DAY": NS_PER_DAY}
LETTERS = {"S": "SECOND", "M": "MINUTE", "H": "HOUR", "D": "DAY"}


class Limit(NamedTuple):
    """So much of one kind in so many nanoseconds; windows begin at whole multiples of their length."""

    kind: str
    length_ns: TimeNs
    most: int


SPOT_LIMITS = (
    Limit(WEIGHT, NS_PER_MINUTE, 6_000),
    Limit(ORDERS, 10 * NS_PER_SECOND, 50),
    Limit(ORDERS, NS_PER_DAY, 160_000),
    Limit(RAW, 5 * NS_PER_MINUTE, 300_000),
)
USDM_LIMITS = (
    Limit(WEIGHT, NS_PER_MINUTE, 2_400),
    Limit(ORDERS, 10 * NS_PER_SECOND, 300),
    Limit(ORDERS, NS_PER_MINUTE, 1_200),
)
LIMITS = {Product.SPOT: SPOT_LIMITS, Product.USDM: USDM_LIMITS}


class Window:
    """One limit, and what was spent of it in the window of now."""

    __slots__ = ("limit", "number", "used")

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.number = -1
        self.used = 0

    def at(self, now: TimeNs) -> int:
        """Return what was spent in the window that `now` lies in.

        A clock that steps back a little stays in the later window. One that was far ahead is not believed any more:
        what was spent counts as spent now, or all who share the budget would wait for that window.
        """
        number = now // self.limit.length_ns
        if number > self.number:
            self.number, self.used = number, 0
        elif number < self.number - 1:
            self.number = number
        return self.used

    def left(self, *, protective: bool) -> int:
        """Return what may yet be spent."""
        most = self.limit.most
        return (most if protective else most - most // RESERVE) - self.used

    def begins_anew(self) -> TimeNs:
        """Return when the next window begins."""
        return (self.number + 1) * self.limit.length_ns


class Budget:
    """What may be sent, over all connections of an address and an account in this process."""

    def __init__(self, limits: Iterable[Limit]) -> None:
        self._windows = {(limit.kind, limit.length_ns): Window(limit) for limit in limits}
        self._silent_until: TimeNs = 0

    @property
    def silent_until(self) -> TimeNs:
        """Until when nothing is sent at all."""
        return self._silent_until

    def silence(self, now: TimeNs) -> TimeNs:
        """Return how much longer nothing may be sent at all."""
        return max(self._silent_until - now, 0)

    def hush(self, now: TimeNs) -> TimeNs:
        """Return the same, as all know it that share the budget."""
        return self.silence(now)

    def learn(self, limits: Iterable[Limit]) -> None:
        """Take the venue's own figures; what was spent stays spent."""
        for limit in limits:
            window = self._windows.setdefault((limit.kind, limit.length_ns), Window(limit))
            window.limit = limit

    def wait_ns(self, now: TimeNs, weight: int, orders: int = 0, *, protective: bool = False) -> TimeNs:
        """Return how long to wait before this may be sent, 0 for not at all; nothing is spent yet."""
        wait = self.silence(now)
        for window in self._windows.values():
            window.at(now)
            cost = self._cost(window, weight, orders)
            if cost and window.left(protective=protective) < cost:
                wait = max(wait, window.begins_anew() - now)
        return wait

    def take(self, now: TimeNs, weight: int, orders: int = 0, *, protective: bool = False) -> TimeNs:
        """Spend if it fits; return how long to wait otherwise, and 0 if it is spent."""
        if now < self._silent_until and self.silence(now):
            return self.wait_ns(now, weight, orders, protective=protective)
        costs = []
        for window in self._windows.values():
            kind, length, most = window.limit
            cost = weight if kind == WEIGHT else orders if kind == ORDERS else 1
            if not cost:
                continue
            if now // length != window.number:
                window.at(now)
            if window.used + cost > (most if protective else most - most // RESERVE):
                return self.wait_ns(now, weight, orders, protective=protective)
            costs.append((window, cost))
        for window, cost in costs:
            window.used += cost
        return 0

    def used(self, now: TimeNs, kind: str, length_ns: TimeNs, count: int) -> None:
        """Take what the venue has counted: others may share the address, and what was under way is in our count."""
        window = self._windows.get((kind, length_ns))
        if window is None:
            return
        window.used = max(window.at(now), count) if kind != ORDERS else count
        # fills give orders back, so there the venue's smaller figure is the better one

    def shares(self, now: TimeNs) -> list[tuple[str, int, int]]:
        """Return (name, used, limit) of each limit in the windows of `now`, as `REQUEST_WEIGHT in 60 s`."""
        return [
            (f"{kind} in {length // NS_PER_SECOND} s", window.at(now), window.limit.most)
            for (kind, length), window in self._windows.items()
        ]

    def be_silent(self, until: TimeNs, now: TimeNs) -> None:  # noqa: ARG002 - of those that share it
        """Send nothing until then: the venue said so, at `now`."""
        self._silent_until = max(self._silent_until, until)

    @staticmethod
    def _cost(window: Window, weight: int, orders: int) -> int:
        kind = window.limit.kind
        return weight if kind == WEIGHT else orders if kind == ORDERS else 1


def header_counts(headers: Mapping[str, str]) -> list[tuple[str, TimeNs, int]]:
    """Return (kind, window, count) for each header that tells what was spent; names are in lower case."""
    found = []
    for prefix, kind in (("x-mbx-used-weight-", WEIGHT), ("x-mbx-order-count-", ORDERS)):
        for name, value in headers.items():
            if name.startswith(prefix) and value.isdecimal():
                window = name.removeprefix(prefix)
                unit = LETTERS.get(window[-1:].upper())
                if unit and window[:-1].isdecimal():
                    found.append((kind, int(window[:-1]) * UNIT_NS[unit], int(value)))
    return found
