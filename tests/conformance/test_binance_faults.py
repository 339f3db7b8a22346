"""Every button of the dialect does what it says, to requests and on sockets."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.conformance.binance_wire import Wire
from tests.conformance.venue import Venue, serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
LIMIT = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "20000",
}  # fmt: skip


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    yield from serve(tmp_path_factory.mktemp("exchange"), "--speed", "1", "--faults")


def on_the_wire(venue: Venue, script: Callable[[Wire, aiohttp.ClientSession], Awaitable[None]]) -> None:
    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            await script(Wire(session, venue), session)

    asyncio.run(run())


async def press(session: aiohttp.ClientSession, wire: Wire, kind: str, **more: Any) -> None:
    async with session.post(f"{wire.base}/__sim/fault", json={"kind": kind, **more}) as answer:
        assert answer.status == 200, await answer.text()


async def place(wire: Wire, name: str) -> tuple[int, Any]:
    return await wire.signed("POST", "/api/v3/order", **LIMIT, newClientOrderId=name)


async def exists(wire: Wire, name: str) -> bool:
    status, _ = await wire.signed("GET", "/api/v3/order", symbol="BTCUSDT", origClientOrderId=name)
    return status == 200


@pytest.mark.parametrize(("kind", "placed", "status", "code"), [
    ("timeout", True, 504, -1007), ("lost", False, 504, -1007), ("reject", False, 400, -2010),
    ("overloaded", False, 503, -1008), ("clock", False, 400, -1021), ("limit", False, 429, -1003),
])  # fmt: skip
def test_an_order_is_answered_otherwise(venue: Venue, kind: str, placed: bool, status: int, code: int) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        await press(session, wire, kind, seconds=3.0)
        got, body = await place(wire, f"after-{kind}")
        assert (got, body["code"]) == (status, code)
        if kind == "limit":
            assert wire.headers["retry-after"] == "3"
        assert await exists(wire, f"after-{kind}") is placed

    on_the_wire(venue, script)


def test_a_page_comes_instead_of_an_answer(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        await press(session, wire, "bad_gateway")
        async with session.get(f"{wire.base}/api/v3/time") as answer:
            assert (answer.status, answer.content_type) == (502, "text/html")

    on_the_wire(venue, script)


def test_an_order_is_placed_and_nobody_says_so(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        await press(session, wire, "drop_reply")
        with pytest.raises(aiohttp.ClientError):
            await place(wire, "unheard")
        assert await exists(wire, "unheard")

    on_the_wire(venue, script)


def test_events_of_the_user_stream_are_lost_and_doubled_while_requests_are_answered(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(f"{wire.sockets}/ws-api/v3") as socket:
            await socket.send_json(wire.request("userDataStream.subscribe.signature", 1))
            await socket.receive()
            await press(session, wire, "drop", link="private")
            await place(wire, "first")
            told = json.loads((await socket.receive()).data)
            assert told["event"]["e"] == "outboundAccountPosition", "the report was lost"
            await press(session, wire, "duplicate", link="private")
            await place(wire, "second")
            reports = [json.loads((await socket.receive()).data)["event"] for _ in range(2)]
            assert reports[0] == reports[1]
            assert reports[0]["c"] == "second"

    on_the_wire(venue, script)


def test_sockets_are_cut_and_let_in_again(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(f"{wire.sockets}/ws/btcusdt@trade") as socket:
            await press(session, wire, "disconnect", seconds=60.0, link="market")
            while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"{wire.sockets}/ws/btcusdt@trade")
        await press(session, wire, "disconnect", seconds=0.0, link="market")
        async with session.ws_connect(f"{wire.sockets}/ws/btcusdt@kline_1m") as socket:
            assert json.loads((await socket.receive()).data)["e"] == "kline"

    on_the_wire(venue, script)


def test_who_is_banned_is_not_let_in(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        await press(session, wire, "ban", seconds=60.0)
        status, body = await wire.ask("GET", "/api/v3/time")
        assert (status, body["code"]) == (418, -1003)
        assert 1 <= int(wire.headers["retry-after"]) <= 60
        await press(session, wire, "ban", seconds=0.0)
        await press(session, wire, "maintenance", seconds=60.0)
        assert (await wire.ask("GET", "/api/v3/time"))[0] == 503
        await press(session, wire, "maintenance", seconds=0.0)
        assert (await wire.ask("GET", "/api/v3/time"))[0] == 200

    on_the_wire(venue, script)


def test_no_button_without_faults(tmp_path_factory: pytest.TempPathFactory) -> None:
    for plain in serve(tmp_path_factory.mktemp("plain"), "--speed", "1"):

        async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
            async with session.post(f"{wire.base}/__sim/fault", json={"kind": "ban"}) as answer:
                assert answer.status == 403

        on_the_wire(plain, script)
