"""Order lists have the fields and kinds that Binance's documents show: in answers, and on the user stream."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.conformance.binance_wire import Wire
from tests.conformance.shapes import lacks
from tests.conformance.test_binance_shapes import SPOT, documented
from tests.conformance.venue import Venue, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.data]
PAIR = {
    "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.01", "aboveType": "LIMIT_MAKER", "abovePrice": "60000",
    "belowType": "STOP_LOSS_LIMIT", "belowStopPrice": "20000", "belowPrice": "19999", "belowTimeInForce": "GTC",
}  # fmt: skip
WORKING = {
    "symbol": "BTCUSDT", "workingType": "LIMIT", "workingSide": "BUY", "workingTimeInForce": "GTC",
    "workingQuantity": "0.01", "workingPrice": "20000", "pendingSide": "SELL", "pendingQuantity": "0.01",
}  # fmt: skip
LATER = {
    "pendingAboveType": "LIMIT_MAKER", "pendingAbovePrice": "60000", "pendingBelowType": "STOP_LOSS_LIMIT",
    "pendingBelowStopPrice": "19000", "pendingBelowPrice": "18999", "pendingBelowTimeInForce": "IOC",
}  # fmt: skip
ICEBERG = ".orderReports[0].icebergQty is missing"
"""The example's first order is an iceberg, and only those have it."""


@pytest.fixture(scope="module", autouse=True)
def payloads() -> None:
    if not SPOT.exists():
        pytest.skip(f"no payloads at {SPOT}: set TRADEWIND_DATA")


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    yield from serve(tmp_path_factory.mktemp("exchange"), "--speed", "1")


async def over_rest(wire: Wire) -> dict[str, Any]:
    """Return an answer of each kind, by the section of the documents that shows its like."""
    v3 = "/api/v3/orderList"
    pair = (await wire.signed("POST", f"{v3}/oco", **PAIR))[1]
    named = {"orderListId": pair["orderListId"]}
    return {
        "/ New Order list - OCO (TRADE)": pair,
        "/ Query Order list (USER_DATA)": (await wire.signed("GET", v3, **named))[1],
        "/ Query Open Order lists (USER_DATA)": (await wire.signed("GET", "/api/v3/openOrderList"))[1],
        "/ Query all Order lists (USER_DATA)": (await wire.signed("GET", "/api/v3/allOrderList"))[1],
        "/ Cancel Order list (TRADE)": (await wire.signed("DELETE", v3, symbol="BTCUSDT", **named))[1],
        "/ New Order list - OTO (TRADE)": (await wire.signed("POST", f"{v3}/oto", **WORKING, pendingType="MARKET"))[1],
        "/ New Order list - OTOCO (TRADE)": (await wire.signed("POST", f"{v3}/otoco", **WORKING, **LATER))[1],
    }


def test_answers_have_the_fields_of_the_documents(venue: Venue) -> None:
    async def run() -> dict[str, Any]:
        async with aiohttp.ClientSession() as session:
            return await over_rest(Wire(session, venue))

    for section, ours in asyncio.run(run()).items():
        assert [each for each in lacks(ours, documented("rest-api.jsonl", section)) if each != ICEBERG] == [], section


def test_a_list_over_the_socket_and_on_the_user_stream(venue: Venue) -> None:
    async def run() -> tuple[Any, list[Any]]:
        async with aiohttp.ClientSession() as session:
            wire = Wire(session, venue)
            async with session.ws_connect(f"{wire.sockets}/ws-api/v3") as socket:
                await socket.send_json(wire.request("userDataStream.subscribe.signature", 1))
                await socket.receive()
                await socket.send_json(wire.request("orderList.place.oco", 2, **PAIR))
                told: list[Any] = []
                while len(told) < 5:  # two reports, the list, balances, the answer
                    told.append(json.loads((await socket.receive()).data))
                answer = next(each for each in told if each.get("id") == 2)
                return answer, [each for each in told if "event" in each]

    answer, told = asyncio.run(run())
    example = documented("web-socket-api.jsonl", "/ Place new Order list - OCO (TRADE)", "See [`order.place`]")
    assert [each for each in lacks(answer["result"], example["result"]) if "iceberg" not in each] == []
    listed = next(each for each in told if each["event"]["e"] == "listStatus")
    assert lacks(listed, documented("user-data-stream.jsonl", "/ Order Reject Reason")) == []
    assert [each["event"]["e"] for each in told].count("executionReport") == 2
