"""The wire itself: errors with their codes and texts in their order, headers, signatures, streams, sessions."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.conformance.binance_wire import Wire, now_ms
from tests.conformance.venue import Venue, serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
LIMIT = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "20000",
}


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    yield from serve(tmp_path_factory.mktemp("exchange"), "--speed", "1", "--account", "main", "--account", "other")


def on_the_wire(venue: Venue, script: Callable[[Wire, aiohttp.ClientSession], Awaitable[None]]) -> None:
    async def run() -> None:
        async with aiohttp.ClientSession() as session:
            await script(Wire(session, venue), session)

    asyncio.run(run())


async def told(socket: aiohttp.ClientWebSocketResponse) -> Any:
    return json.loads((await socket.receive()).data)


REFUSED: list[tuple[str, dict[str, str | None], int, str]] = [
    ("nothing sent", {"symbol": None}, -1102,
     "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
    ("a symbol that is none", {"symbol": "NOTHERE"}, -1121, "Invalid symbol."),
    ("a side that is none", {"side": "HOLD"}, -1117, "Invalid side."),
    ("a type that is none", {"type": "WISH"}, -1116, "Invalid orderType."),
    ("a time in force that is none", {"timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
    ("no time in force", {"timeInForce": None}, -1102,
     "Mandatory parameter 'timeInForce' was not sent, was empty/null, or malformed."),
    ("a price that is no number", {"price": "abc"}, -1100,
     "Illegal characters found in parameter 'price'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'."),
    ("a price that may not be", {"type": "MARKET", "timeInForce": None}, -1106,
     "Parameter 'price' sent when not required."),
    ("more than is read", {"colour": "green"}, -1104,
     "Not all sent parameters were read; read '9' parameter(s) but was sent '10'."),
    ("too many digits", {"quantity": "0.0000000001"}, -1111, "Parameter 'quantity' has too much precision."),
    ("off the tick", {"price": "20000.001"}, -1013, "Filter failure: PRICE_FILTER"),
    ("far from the market", {"price": "1.00"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    ("off the step", {"quantity": "0.010001"}, -1013, "Filter failure: LOT_SIZE"),
    ("more than there is", {"quantity": "100"}, -2010, "Account has insufficient balance for requested action."),
    ("a stop that is reached", {"type": "STOP_LOSS_LIMIT", "stopPrice": "20000"}, -2010,
     "Order would trigger immediately."),
    ("a maker that would take", {"type": "LIMIT_MAKER", "timeInForce": None, "price": "40000"}, -2010,
     "Order would immediately match and take."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "text"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_an_order_is_refused_with_code_and_text(
    venue: Venue, change: dict[str, str | None], code: int, text: str
) -> None:
    sent = {name: value for name, value in (LIMIT | change).items() if value is not None}

    async def script(wire: Wire, _: aiohttp.ClientSession) -> None:
        status, body = await wire.signed("POST", "/api/v3/order", **sent)
        assert (status, body) == (400, {"code": code, "msg": text})

    on_the_wire(venue, script)


def test_keys_times_and_signatures_are_checked_in_this_order(venue: Venue) -> None:
    async def script(wire: Wire, _: aiohttp.ClientSession) -> None:
        send, path = wire.send, "/api/v3/account"
        assert (await send("GET", path))[1]["code"] == -2014
        assert await send("GET", path, key="no key") == (401, {"code": -2014, "msg": "API-key format invalid."})
        strange = await send("GET", path, key="k" * 64)
        assert strange == (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."})
        assert (await send("GET", path, key=venue.key))[1]["code"] == -1102
        old, early = f"timestamp={now_ms() - 6000}", f"timestamp={now_ms() + 600_000}"
        late = await send("GET", f"{path}?{old}&signature=0", key=venue.key)
        assert late[1] == {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}
        ahead = await send("GET", f"{path}?{early}&signature=0", key=venue.key)
        text = "Timestamp for this request was 1000ms ahead of the server's time."
        assert ahead[1] == {"code": -1021, "msg": text}
        wide = await send("GET", f"{path}?timestamp={now_ms()}&recvWindow=60001&signature=0", key=venue.key)
        assert wide[1]["code"] == -1131
        bad = await send("GET", f"{path}?timestamp={now_ms()}&recvWindow=60000&signature=0", key=venue.key)
        assert bad == (400, {"code": -1022, "msg": "Signature for this request is not valid."})

    on_the_wire(venue, script)


def test_a_signature_is_over_query_and_body_as_they_were_sent(venue: Venue) -> None:
    async def script(wire: Wire, _: aiohttp.ClientSession) -> None:
        query, body = (
            "symbol=BTCUSDT&side=BUY&type=LIMIT",
            f"timeInForce=GTC&quantity=0.01&price=20000&recvWindow=60000&timestamp={now_ms()}",
        )
        signature = wire.signature(query + body)
        status, answer = await wire.send(
            "POST", f"/api/v3/order/test?{query}", f"{body}&signature={signature}", venue.key
        )
        assert (status, answer) == (200, {})

    on_the_wire(venue, script)


def test_answers_carry_what_was_used(venue: Venue) -> None:
    async def script(wire: Wire, _: aiohttp.ClientSession) -> None:
        await wire.ask("GET", "/api/v3/ping")
        before = int(wire.headers["x-mbx-used-weight-1m"])
        await wire.ask("GET", "/api/v3/exchangeInfo")
        assert int(wire.headers["x-mbx-used-weight-1m"]) in (before + 20, 20)
        status, placed = await wire.signed("POST", "/api/v3/order", **LIMIT)
        assert status == 200
        assert int(wire.headers["x-mbx-order-count-10s"]) >= 1
        assert int(wire.headers["x-mbx-order-count-1d"]) >= 1
        await wire.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=placed["orderId"])

    on_the_wire(venue, script)


def test_what_there_is_not_is_not_found_and_what_there_was_is_gone(venue: Venue) -> None:
    async def script(wire: Wire, _: aiohttp.ClientSession) -> None:
        assert (await wire.ask("GET", "/api/v3/nothing"))[0] == 404
        assert (await wire.ask("POST", "/api/v3/userDataStream"))[0] == 410

    on_the_wire(venue, script)


def test_the_depth_stream_and_a_snapshot_make_the_book(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(f"{wire.sockets}/ws/btcusdt@depth@100ms") as socket:
            changes = [await told(socket)]
            _, book = await wire.ask("GET", "/api/v3/depth", symbol="BTCUSDT", limit=5000)
            sides = {"b": dict(book["bids"]), "a": dict(book["asks"])}
            while changes[-1]["u"] < book["lastUpdateId"] + 1:
                changes.append(await told(socket))
            changes += [await told(socket) for _ in range(2)]
        numbers = [(each["U"], each["u"]) for each in changes]
        assert all(after[0] == before[1] + 1 for before, after in itertools.pairwise(numbers))
        for change in changes:
            if change["u"] > book["lastUpdateId"]:
                for side, levels in sides.items():
                    for price, size in change[side]:
                        levels.pop(price, None)
                        if float(size):
                            levels[price] = size
        assert max(map(float, sides["b"])) < min(map(float, sides["a"]))

    on_the_wire(venue, script)


def test_streams_are_subscribed_listed_and_left(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(f"{wire.sockets}/stream?streams=btcusdt@kline_1h") as socket:
            await socket.send_json({"method": "SUBSCRIBE", "params": ["ethusdt@kline_1h"], "id": "one"})
            while "stream" in (answer := await told(socket)):
                pass
            assert answer == {"result": None, "id": "one"}
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": None})
            while "result" not in (answer := await told(socket)):
                pass
            assert answer == {"result": ["btcusdt@kline_1h", "ethusdt@kline_1h"], "id": None}
            await socket.send_str("{")
            while "code" not in (answer := await told(socket)):
                pass
            assert answer["code"] == 3
            await socket.send_json({"method": "WISH", "id": 4})
            while "code" not in (answer := await told(socket)):
                pass
            assert (answer["code"], answer["id"]) == (2, 4)

    on_the_wire(venue, script)


def test_who_talks_too_much_on_a_stream_is_cut_off(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(f"{wire.sockets}/ws") as socket:
            for number in range(200):
                await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": number})
            while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            assert message.type is aiohttp.WSMsgType.CLOSE
            assert message.data == 1008

    on_the_wire(venue, script)


def test_the_user_stream_of_an_account_is_its_own(venue: Venue) -> None:
    async def script(wire: Wire, session: aiohttp.ClientSession) -> None:
        async with session.ws_connect(f"{wire.sockets}/ws-api/v3") as socket:
            await socket.send_json(wire.request("userDataStream.subscribe.signature", 1))
            assert (await told(socket))["result"] == {"subscriptionId": 0}
            await socket.send_json(wire.request("userDataStream.subscribe.signature", 2))
            assert (await told(socket))["error"]["code"] == -2035
            await socket.send_json(wire.request("order.place", 3, **LIMIT, newClientOrderId="mine"))
            said = [await told(socket) for _ in range(3)]
            kinds = [each.get("event", {}).get("e") for each in said]
            assert sorted(filter(None, kinds)) == ["executionReport", "outboundAccountPosition"]
            assert kinds.index("executionReport") < kinds.index("outboundAccountPosition")
            placed = next(each for each in said if each.get("id") == 3)
            assert {row["rateLimitType"] for row in placed["rateLimits"]} == {"ORDERS", "REQUEST_WEIGHT"}
            await socket.send_json(wire.request("order.cancel", 4, symbol="BTCUSDT", origClientOrderId="mine"))
            said = [await told(socket) for _ in range(3)]
            report = next(each["event"] for each in said if each.get("event", {}).get("e") == "executionReport")
            assert (report["x"], report["C"]) == ("CANCELED", "mine")
            await socket.send_json({"id": 5, "method": "userDataStream.unsubscribe", "params": {"subscriptionId": 0}})
            assert (await told(socket))["event"]["e"] == "eventStreamTerminated"
            assert (await told(socket))["result"] == {}

    on_the_wire(venue, script)
