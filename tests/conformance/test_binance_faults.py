"""Every button of the dialect does what it says, to requests and on sockets."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.conformance.binance_wire import Wire
from tests.conformance.venue import ROOT, Venue, serve
from tradewind.exchange.binance.buttons import BUTTONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
TOKEN = "of-the-test"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
LIMIT = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "20000",
}  # fmt: skip


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    yield from serve(tmp_path_factory.mktemp("exchange"), "--speed", "1", "--faults", "--admin-token", TOKEN)


def on_the_wire(venue: Venue, script: Callable[[Wire, aiohttp.ClientSession], Awaitable[None]]) -> None:
    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            await script(Wire(session, venue), session)

    asyncio.run(run())


async def press(session: aiohttp.ClientSession, wire: Wire, kind: str, **more: Any) -> None:
    async with session.post(f"{wire.base}/__sim/fault", json={"kind": kind, **more}, headers=ADMIN) as answer:
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


def test_half_of_an_order_is_executed_and_the_rest_taken_back(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "newOrderRespType": "FULL"}
        async with session.ws_connect(f"{wire.sockets}/ws-api/v3") as socket:
            await socket.send_json(wire.request("userDataStream.subscribe.signature", 1))
            await socket.receive()
            await press(session, wire, "partial")
            await wire.signed("POST", "/api/v3/order", **order, quantity="0.02", newClientOrderId="half")
            told: list[tuple[str, str, str]] = []
            while len(told) < 3:
                event = json.loads((await socket.receive()).data)["event"]
                if event["e"] == "executionReport":
                    told.append((event["x"], event["X"], event["z"]))
        assert told == [
            ("NEW", "NEW", "0.00000000"), ("TRADE", "PARTIALLY_FILLED", "0.01000000"),
            ("EXPIRED", "EXPIRED", "0.01000000"),
        ]  # fmt: skip
        _, found = await wire.signed("GET", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="half")
        assert (found["status"], found["origQty"], found["executedQty"]) == ("EXPIRED", "0.02000000", "0.01000000")
        _, after = await wire.signed("POST", "/api/v3/order", **order, quantity="0.02")
        assert after["status"] == "FILLED", "one, and no more"

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
        assert 1 <= (seconds := int(wire.headers["retry-after"])) <= 60
        until = re.search(r"IP banned until (\d{13})\.", body["msg"])
        assert until is not None
        async with session.ws_connect(f"{wire.sockets}/ws-api/v3") as socket:
            await socket.send_json({"id": 1, "method": "time"})
            told = json.loads((await socket.receive()).data)
        assert (told["status"], told["error"]["code"]) == (418, -1003)
        span = told["error"]["data"]
        assert 0 < span["retryAfter"] - span["serverTime"] <= seconds * 1_000, "in the client's time, as the header"
        assert span["serverTime"] < int(until[1]), "a time of the exchange's"
        await press(session, wire, "ban", seconds=0.0)
        await press(session, wire, "maintenance", seconds=60.0)
        assert (await wire.ask("GET", "/api/v3/time"))[0] == 503
        await press(session, wire, "maintenance", seconds=0.0)
        assert (await wire.ask("GET", "/api/v3/time"))[0] == 200

    on_the_wire(venue, script)


def test_no_button_without_faults(tmp_path_factory: pytest.TempPathFactory) -> None:
    for plain in serve(tmp_path_factory.mktemp("plain"), "--speed", "1", "--admin-token", TOKEN):

        async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
            async with session.post(f"{wire.base}/__sim/fault", json={"kind": "ban"}, headers=ADMIN) as answer:
                assert answer.status == 403

        on_the_wire(plain, script)


def test_a_tick_grows_and_new_orders_are_held_to_it(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        await press(session, wire, "tick_size", symbol="ETHUSDT")
        info = (await wire.ask("GET", "/api/v3/exchangeInfo", symbol="ETHUSDT"))[1]["symbols"][0]
        assert info["filters"][0]["tickSize"] == "0.10000000"
        price = float((await wire.ask("GET", "/api/v3/ticker/price", symbol="ETHUSDT"))[1]["price"])
        asked = LIMIT | {"symbol": "ETHUSDT"}
        status, body = await wire.signed("POST", "/api/v3/order", **(asked | {"price": f"{price * 0.8:.1f}1"}))
        assert (status, body) == (400, {"code": -1013, "msg": "Filter failure: PRICE_FILTER"})
        assert (await wire.signed("POST", "/api/v3/order", **(asked | {"price": f"{price * 0.8:.1f}"})))[0] == 200
        await press(session, wire, "tick_size", symbol="ETHUSDT", value="0.01")
        assert (await wire.signed("POST", "/api/v3/order", **(asked | {"price": f"{price * 0.8:.1f}1"})))[0] == 200

    on_the_wire(venue, script)


def test_a_symbol_that_is_halted_takes_no_order_and_lets_go_of_those_it_has(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        await place(wire, "before-halt")
        await press(session, wire, "halt", symbol="BTCUSDT", seconds=60.0)
        info = (await wire.ask("GET", "/api/v3/exchangeInfo", symbol="BTCUSDT"))[1]["symbols"][0]
        assert info["status"] == "BREAK"
        assert (await place(wire, "in-halt"))[1] == {"code": -2010, "msg": "Market is closed."}
        gone = await wire.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="before-halt")
        assert gone[1]["status"] == "CANCELED"
        await press(session, wire, "halt", symbol="BTCUSDT", seconds=0.0)
        assert (await place(wire, "after-halt"))[0] == 200

    on_the_wire(venue, script)


@pytest.mark.parametrize(("path", "link", "told"), [
    ("/ws/btcusdt@trade", "market", {"e": "serverShutdown"}),
    ("/stream?streams=btcusdt@trade", "market", {"stream": "!serverShutdown"}),
    ("/ws-api/v3", "private", {"event": {"e": "serverShutdown"}}),
])  # fmt: skip
def test_a_server_that_goes_down_says_so_and_closes(venue: Venue, path: str, link: str, told: dict[str, Any]) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(wire.sockets + path) as socket:
            await press(session, wire, "shutdown", seconds=0.1, link=link)
            seen = []
            while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                seen.append(json.loads(message.data))
            assert message.type is aiohttp.WSMsgType.CLOSE
            assert message.data == 1001
            last = next(each for each in seen if "serverShutdown" in json.dumps(each))
            assert last.items() >= told.items() or last["event"]["e"] == told["event"]["e"]

    on_the_wire(venue, script)


def test_the_page_is_for_who_has_the_token(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        async with session.get(f"{wire.base}/__sim/") as answer:
            page = await answer.text()
            assert (answer.status, TOKEN in page) == (200, False)
        for headers, status in (({}, 401), ({"Authorization": "Bearer other"}, 401), (ADMIN, 200)):
            async with session.get(f"{wire.base}/__sim/state", headers=headers) as answer:
                assert answer.status == status
        async with session.get(f"{wire.base}/__sim/state", headers=ADMIN | {"Host": "evil.example"}) as answer:
            assert answer.status == 421
        await place(wire, "on-the-page")
        async with session.get(f"{wire.base}/__sim/state", headers=ADMIN) as answer:
            state = await answer.json()
        assert {button["kind"] for button in state["buttons"]} == set(BUTTONS)
        spot = state["products"][0]
        assert [market["symbol"] for market in spot["markets"]] == ["BTCUSDT", "ETHUSDT"]
        assert len(spot["markets"][0]["bids"]) == 10
        assert any(row[1] == "on-the-page" for row in spot["accounts"][0]["orders"])
        async with session.post(f"{wire.base}/__sim/fault", json={"kind": "nothing"}, headers=ADMIN) as answer:
            assert answer.status == 400

    on_the_wire(venue, script)


def test_every_button_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8")
    assert [kind for kind in BUTTONS if f"`{kind}`" not in guide] == []


async def names_told(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[str]:
    """Return the client ids of so many reports of orders, as they came."""
    found: list[str] = []
    while len(found) < count:
        event = json.loads((await socket.receive()).data).get("event", {})
        if event.get("e") == "executionReport":
            found.append(event["c"])
    return found


def test_the_user_stream_is_dead_while_market_data_live(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        async with (
            session.ws_connect(f"{wire.sockets}/ws-api/v3") as user,
            session.ws_connect(f"{wire.sockets}/ws/btcusdt@depth@100ms") as market,
        ):
            await user.send_json(wire.request("userDataStream.subscribe.signature", 1))
            await user.receive()
            await press(session, wire, "stale", link="private", seconds=60.0)
            await place(wire, "unheard-of")
            assert json.loads((await market.receive()).data)["e"] == "depthUpdate"
            await press(session, wire, "stale", link="private", seconds=0.0)
            await place(wire, "heard-of")
            assert await names_told(user, 1) == ["heard-of"]

    on_the_wire(venue, script)


def test_events_come_late_and_out_of_order(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(f"{wire.sockets}/ws-api/v3") as user:
            await user.send_json(wire.request("userDataStream.subscribe.signature", 1))
            await user.receive()
            await press(session, wire, "reorder", link="private")
            await place(wire, "swapped")
            told = [json.loads((await user.receive()).data)["event"]["e"] for _ in range(2)]
            assert told == ["outboundAccountPosition", "executionReport"]
            await press(session, wire, "delay", link="private", seconds=0.3)
            await place(wire, "late")
            told = [json.loads((await user.receive()).data)["event"]["e"] for _ in range(2)]
            assert told == ["outboundAccountPosition", "executionReport"]

    on_the_wire(venue, script)


def test_in_silence_nothing_comes_and_what_waited_comes_then(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(f"{wire.sockets}/ws-api/v3") as socket:
            await press(session, wire, "silence", link="private", seconds=0.5)
            began = asyncio.get_running_loop().time()
            await socket.send_json({"id": 1, "method": "ping"})
            assert json.loads((await socket.receive()).data)["status"] == 200
            assert asyncio.get_running_loop().time() - began > 0.4

    on_the_wire(venue, script)
