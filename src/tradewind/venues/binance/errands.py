"""Requests of an account: signed, counted, matched with their answers by id. Pure: time is given, the venue's.

They leave over the WebSocket API; what that does not have, and all while it is away, leaves over REST. What has left
on one way is never sent on another. What does not fit into the budgets waits here, what protects before all else, and
is given up as never sent if it waits too long. A request whose time was off (-1021) is signed anew, once, after the
clocks were compared.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tradewind.domain.time import NS_PER_MS, NS_PER_SECOND
from tradewind.venues.binance.calls import CALLS, OF_CONNECTION, ORDERS, Asks, Call
from tradewind.venues.binance.costs import weight_of
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.sign import query_payload, signed_params, signed_query
from tradewind.venues.binance.weights import LIMITS, UNIT_NS, Budget

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.calls import Frame
    from tradewind.venues.binance.requests import Params
    from tradewind.venues.binance.sign import Signer
    from tradewind.venues.binance.wire_rest import RateLimit

_encode = msgspec.json.Encoder().encode


class Errand(NamedTuple):
    """One request, and what it is for."""

    method: str
    params: Params
    purpose: Any
    protective: bool = False
    tries: int = 0
    since: TimeNs = 0
    """When it was wished for."""
    sent: TimeNs = 0


class Keys(NamedTuple):
    """Who asks."""

    api_key: str
    signer: Signer

    def __repr__(self) -> str:
        return "<Keys>"


class Errands:
    """The requests of one account."""

    def __init__(
        self,
        keys: Keys,
        budget: Budget | None = None,
        *,
        recv_window_ms: int,
        patience_ns: TimeNs,
        product: Product = Product.SPOT,
    ) -> None:
        self.budget = Budget(LIMITS[product]) if budget is None else budget
        self.has_api = False
        """Whether the WebSocket API can be had; else what is asked for leaves over REST."""
        self._product = product
        self._ways = CALLS[product]
        self._costs = {
            name: (weight_of(product, self._ways[name].cost, {"symbol": ""}), count)
            for name, count in ORDERS.items()
            if name in self._ways
        }
        """Weight and count of what places orders: whatever its parameters, it costs the same."""
        self.logged_on = False
        """Whether this connection has a session, so that nothing on it needs a key or a signature."""
        self._keys = keys
        self._recv_window_ms = recv_window_ms
        self._patience_ns = patience_ns
        self._count = 0
        self._sent: dict[str, Errand] = {}
        self._by_rest: set[str] = set()
        """Which of them have left over REST: no connection takes them with it."""
        self._held: deque[Errand] = deque()

    def ask(self, errand: Errand, now: TimeNs) -> list[Frame]:
        """Return the frame to send now, or none if it has to wait."""
        weight, orders = self._costs.get(errand.method) or self._cost(errand)
        since = errand.since or now
        if self.budget.take(now, weight, orders, protective=errand.protective):
            self._held.append(errand._replace(since=since))
            return []
        return [self._frame(errand._replace(since=since, sent=now), now)]

    def answered(self, name: int | str | None) -> Errand | None:
        """Return what an answer is for; None for one that nobody waits for."""
        self._by_rest.discard(str(name))
        return self._sent.pop(str(name), None)

    def due(self) -> TimeNs | None:
        """Return when there is something to do if nothing comes; None if nothing is under way."""
        times = [errand.sent + self._patience_ns for errand in self._sent.values()]
        if self._held:
            times.append(self._held[0].since)  # at once, and then on every look
        return min(times, default=None)

    def overdue(self, now: TimeNs) -> list[Errand]:
        """Take what was sent and has waited too long for its answer."""
        late = [name for name, errand in self._sent.items() if now - errand.sent >= self._patience_ns]
        return [errand for name in late if (errand := self.answered(name)) is not None]

    def move_on(self, now: TimeNs) -> tuple[list[Frame], list[Errand]]:
        """Send what has waited for the budgets and fits now; return the frames, and what has waited too long."""
        frames: list[Frame] = []
        waiting = sorted(self._held, key=lambda errand: not errand.protective)
        self._held.clear()
        given_up = []
        for errand in waiting:
            if now - errand.since >= self._patience_ns and not errand.protective:
                given_up.append(errand)
            else:
                frames += self.ask(errand, now)
        return frames, given_up

    def lost(self) -> tuple[list[Errand], list[Errand]]:
        """Take what the connection had, as it is gone: what had left over it, and what had not left."""
        left = [self._sent.pop(name) for name in list(self._sent) if name not in self._by_rest]
        held = list(self._held)
        self._held.clear()
        self.logged_on = False
        return left, held

    def learn(self, limits: tuple[RateLimit, ...], now: TimeNs) -> None:
        """Take what an answer tells of what was spent."""
        for limit in limits:
            if limit.count is not None:
                length = UNIT_NS.get(limit.interval, NS_PER_SECOND) * limit.interval_num
                self.budget.used(now, limit.rate_limit_type, length, limit.count)

    def _cost(self, errand: Errand) -> tuple[int, int]:
        return weight_of(self._product, self._ways[errand.method].cost, errand.params), 0

    def _frame(self, errand: Errand, now: TimeNs) -> Frame:
        self._count += 1
        name = str(self._count)
        self._sent[name] = errand
        way = self._ways[errand.method]
        if not way.over_api or not (self.has_api or errand.method in OF_CONNECTION):
            self._by_rest.add(name)
            return self._call(name, errand, now)
        request: dict[str, Any] = {"id": name, "method": errand.method}
        params = self._signed(errand, now)
        if params:
            request["params"] = params
        return _encode(request)

    def _signed(self, errand: Errand, now: TimeNs) -> Params:
        if self._ways[errand.method].asks is Asks.NOTHING:
            return errand.params
        time = {"timestamp": now // NS_PER_MS, "recvWindow": self._recv_window_ms}
        if self.logged_on:
            return errand.params | time
        if errand.method == "userDataStream.subscribe.signature":
            time = {"timestamp": time["timestamp"]}
        return signed_params(errand.params | time | {"apiKey": self._keys.api_key}, self._keys.signer)

    def _call(self, name: str, errand: Errand, now: TimeNs) -> Call:
        way = self._ways[errand.method]
        query, headers = query_payload(errand.params), {}
        if way.asks is not Asks.NOTHING:
            headers = {"X-MBX-APIKEY": self._keys.api_key}
        if way.asks is Asks.SIGNATURE:
            time = {"timestamp": now // NS_PER_MS, "recvWindow": self._recv_window_ms}
            query = signed_query(errand.params | time, self._keys.signer)
        return Call(name, way.verb, f"{way.path}?{query}" if query else way.path, headers)
