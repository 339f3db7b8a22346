"""An account over sockets that follow a script: effects leave, answers come back, connections are opened anew."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.venues.binance.bench import ASK, BTC, CANCEL, ID, PLACE, T0, Bench, order
from tradewind.domain import events as ev
from tradewind.domain.errors import VenueUnavailable
from tradewind.domain.time import NS_PER_MS
from tradewind.venues._net import socket as net
from tradewind.venues.binance.policy import Patience
from tradewind.venues.binance.venue import BinanceVenue

if TYPE_CHECKING:
    from collections.abc import Callable

    Say = Callable[[dict[str, Any]], Any]


class Exchange:
    """A server on the other end: answers each request by its method, until it is told to hang up."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = {
            "time": {"serverTime": T0 // NS_PER_MS},
            "userDataStream.subscribe.signature": {"subscriptionId": 0},
        } | answers
        self.requests: list[str] = []
        self.connections = 0
        self.refuses = 0

    async def connect(self, url: str) -> Any:
        assert url == "ws://here/ws-api/v3"
        self.connections += 1
        if self.refuses:
            self.refuses -= 1
            raise VenueUnavailable("cannot be reached: ConnectionRefusedError")
        return _Link(self)


class _Link:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._said: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.silent_seconds = 0.0

    def send(self, frame: bytes) -> None:
        request = json.loads(frame)
        self._exchange.requests.append(request["method"])
        answer = self._exchange.answers.get(request["method"])
        if answer == "hang up":
            self._said.put_nowait(None)
        elif answer is not None:
            told = {"id": request["id"], "status": 200, "result": answer}
            self._said.put_nowait(json.dumps(told).encode())

    async def receive(self) -> bytes:
        frame = await self._said.get()
        if frame is None:
            raise VenueUnavailable("the connection was closed (1006)")
        return frame

    def abort(self, why: str) -> None:
        self._said.put_nowait(None)

    async def close(self) -> None:
        pass


async def _talk(exchange: Exchange, wishes: list[Any], until: int, **patience: Any) -> list[Any]:
    bench = Bench(opened=False)
    times: dict[str, Any] = {"wait_seconds": 60.0, "backoff_seconds": (0.0,)} | patience
    venue = BinanceVenue(bench.desk, "ws://here/ws-api/v3", bench.clock, Patience(**times))
    found: list[Any] = []

    async def hear() -> None:
        async for event in venue.events():
            found.append(event)
            if len(found) == until:
                return

    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        hearing = tasks.create_task(hear())
        for wish in wishes:
            await venue.execute(wish)
        await hearing
    return found


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    def run(exchange: Exchange, *wishes: Any, until: int, **patience: Any) -> list[Any]:
        monkeypatch.setattr(net, "connect", exchange.connect)
        return asyncio.run(_talk(exchange, list(wishes), until, **patience))

    return run


def test_an_order_waits_for_the_account_to_be_open_and_leaves(talk: Any) -> None:
    exchange = Exchange({"order.place": order()})
    (accepted,) = talk(exchange, PLACE, until=1)
    assert isinstance(accepted, ev.OrderAccepted)
    assert exchange.requests == ["time", "userDataStream.subscribe.signature", "order.place"]


def test_without_a_connection_an_order_never_left(talk: Any) -> None:
    exchange = Exchange({})
    exchange.refuses = 10**9
    found = talk(exchange, PLACE, until=2, wait_seconds=0.0, backoff_seconds=(60.0,))
    assert {type(event) for event in found} == {ev.OrderRejected, ev.LinkChanged}
    rejected = next(event for event in found if isinstance(event, ev.OrderRejected))
    assert "never sent" in rejected.reason


def test_a_connection_that_breaks_leaves_a_doubt_and_comes_back(talk: Any) -> None:
    exchange = Exchange({"order.place": "hang up"})
    doubt, down, up = talk(exchange, PLACE, until=3)
    assert isinstance(doubt, ev.OutcomeUnknown)
    assert (down.link, down.up) == ("private", False)
    assert (up.link, up.up) == ("private", True)
    assert exchange.connections == 2
    assert exchange.requests.count("order.place") == 1, "nothing is sent twice"


def test_a_connection_that_cannot_be_opened_is_tried_for_ever(talk: Any) -> None:
    exchange = Exchange({"order.cancel": order(status="CANCELED", origClientOrderId=ID)})
    exchange.refuses = 5
    found = talk(exchange, CANCEL, until=3)
    assert [type(event).__name__ for event in found] == ["LinkChanged", "LinkChanged", "OrderCancelled"]
    assert exchange.connections == 6


def test_questions_are_answered_over_the_same_connection(talk: Any) -> None:
    accepted, found = talk(Exchange({"order.status": order()}), ASK, until=2)
    assert isinstance(accepted, ev.OrderAccepted)
    assert isinstance(found, ev.OrderFound)
    assert ASK.instrument == BTC
