"""How much a client may ask: weight by address and minute, orders by account; what is said in headers, and bans.

Windows are of the exchange's time. Who goes on after a 429 is banned, from two minutes on and twice as long each time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_DAY, NS_PER_MINUTE, NS_PER_MS, NS_PER_SECOND
from tradewind.exchange.binance.refusals import TEAPOT, TOO_MANY, WireError, too_many_orders

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs

WEIGHT_MAX = 6000
ORDERS_10S_MAX, ORDERS_DAY_MAX = 100, 200_000
RAW_MAX = 300_000
BAN_NS, BAN_NS_MAX = 2 * NS_PER_MINUTE, 3 * NS_PER_DAY
FORGIVEN = 10
"""So many requests after a 429 are answered with another; the next one is banned."""
_ADVICE = "Please use WebSocket Streams for live updates to avoid"


class Window:
    """A count within a window of time."""

    __slots__ = ("_length", "_place", "count")

    def __init__(self, length: TimeNs) -> None:
        self._length = length
        self._place = -1
        self.count = 0

    def at(self, now: TimeNs) -> int:
        """Return the count of the window that it is now."""
        place = now // self._length
        if place != self._place:
            self._place, self.count = place, 0
        return self.count

    def add(self, now: TimeNs, amount: int) -> int:
        """Count something; return the count."""
        self.at(now)
        self.count = max(self.count + amount, 0)
        return self.count

    def ends(self, now: TimeNs) -> TimeNs:
        """Return when the window ends."""
        return (now // self._length + 1) * self._length


class Address:
    """What one address has used."""

    def __init__(self) -> None:
        self.weight = Window(NS_PER_MINUTE)
        self.banned_until: TimeNs = 0
        self.refused = 0
        self.bans = 0


class Orders:
    """How many orders of an account have not filled."""

    def __init__(self) -> None:
        self.ten_seconds = Window(10 * NS_PER_SECOND)
        self.day = Window(NS_PER_DAY)


class Limits:
    """All counts of an exchange."""

    def __init__(
        self, *, weight_max: int = WEIGHT_MAX, orders_10s_max: int = ORDERS_10S_MAX,
        orders_day_max: int = ORDERS_DAY_MAX,
    ) -> None:  # fmt: skip
        self.weight_max = weight_max
        self.orders_10s_max, self.orders_day_max = orders_10s_max, orders_day_max
        self._addresses: dict[str, Address] = {}
        self._orders: dict[str, Orders] = {}

    def spend(self, address: str, weight: int, now: TimeNs) -> int:
        """Count a request; return the weight used in this minute, raise if it is too much."""
        used = self._addresses.setdefault(address, Address())
        if now < used.banned_until:
            raise self._banned(used, now)
        before = used.weight.at(now)
        if before == 0:
            used.refused = 0
        if before + weight <= self.weight_max:
            return used.weight.add(now, weight)
        used.refused += 1
        if used.refused > FORGIVEN:
            self.ban(address, now)
            raise self._banned(used, now)
        limit = f"current limit is {self.weight_max} request weight per 1 MINUTE"
        text = f"Too much request weight used; {limit}. {_ADVICE} polling the API."
        raise WireError(-1003, text, TOO_MANY, _retry(now, used.weight.ends(now)))

    def give_back(self, address: str, weight: int, now: TimeNs) -> None:
        """Take weight back: an order that is taken costs none."""
        self._addresses.setdefault(address, Address()).weight.add(now, -weight)

    def used(self, address: str, now: TimeNs) -> int:
        """Return the weight that an address has used in this minute."""
        return self._addresses.setdefault(address, Address()).weight.at(now)

    def ban(self, address: str, now: TimeNs, length: TimeNs | None = None) -> None:
        """Let nobody in from an address for a while."""
        used = self._addresses.setdefault(address, Address())
        used.banned_until = now + (min(BAN_NS << used.bans, BAN_NS_MAX) if length is None else length)
        used.bans += 1
        used.refused = 0

    def order(self, account: str, now: TimeNs) -> tuple[int, int]:
        """Count an order; return the counts, raise if there are too many."""
        orders = self._orders.setdefault(account, Orders())
        if orders.ten_seconds.at(now) >= self.orders_10s_max:
            raise too_many_orders(self.orders_10s_max, "10 SECOND")
        if orders.day.at(now) >= self.orders_day_max:
            raise too_many_orders(self.orders_day_max, "1 DAY")
        return orders.ten_seconds.add(now, 1), orders.day.add(now, 1)

    def filled(self, account: str, now: TimeNs) -> None:
        """Give an order back that has filled."""
        orders = self._orders.setdefault(account, Orders())
        orders.ten_seconds.add(now, -1)
        orders.day.add(now, -1)

    def counts(self, account: str, now: TimeNs) -> tuple[int, int]:
        """Return how many orders count in ten seconds and in the day."""
        orders = self._orders.setdefault(account, Orders())
        return orders.ten_seconds.at(now), orders.day.at(now)

    def listed(self) -> list[dict[str, object]]:
        """Return the limits as `exchangeInfo` lists them."""
        return [
            _limit("REQUEST_WEIGHT", "MINUTE", 1, self.weight_max), _limit("ORDERS", "SECOND", 10, self.orders_10s_max),
            _limit("ORDERS", "DAY", 1, self.orders_day_max), _limit("RAW_REQUESTS", "MINUTE", 5, RAW_MAX),
        ]  # fmt: skip

    def orders_listed(self, account: str, now: TimeNs) -> list[dict[str, object]]:
        """Return the limits of orders with their counts."""
        ten_seconds, day = self.counts(account, now)
        return [
            _limit("ORDERS", "SECOND", 10, self.orders_10s_max) | {"count": ten_seconds},
            _limit("ORDERS", "DAY", 1, self.orders_day_max) | {"count": day},
        ]

    def weight_listed(self, address: str, now: TimeNs) -> list[dict[str, object]]:
        """Return the limit of weight with its count."""
        return [_limit("REQUEST_WEIGHT", "MINUTE", 1, self.weight_max) | {"count": self.used(address, now)}]

    @staticmethod
    def _banned(used: Address, now: TimeNs) -> WireError:
        until = used.banned_until
        text = f"Way too much request weight used; IP banned until {until // NS_PER_MS}. {_ADVICE} bans."
        return WireError(-1003, text, TEAPOT, _retry(now, until))


def wait_ms(error: WireError, speed: float) -> int | None:
    """Return how long a client is to wait by its own clock, in milliseconds; None if it is not told to.

    What is limited is counted by the exchange's time, and `speed` seconds of that pass in one of the client's.
    """
    if error.data is None or "retryAfter" not in error.data:
        return None
    wait = int(str(error.data["retryAfter"])) - int(str(error.data["serverTime"]))
    return max(math.ceil(wait / speed), 1)


def _limit(kind: str, interval: str, number: int, limit: int) -> dict[str, object]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}


def _retry(now: TimeNs, until: TimeNs) -> dict[str, object]:
    return {"serverTime": now // NS_PER_MS, "retryAfter": until // NS_PER_MS}
