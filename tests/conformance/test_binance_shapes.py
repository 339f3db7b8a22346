"""What we answer and tell has the fields and kinds of what Binance's documents and recordings show, field by field."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from tests.conformance.binance_wire import Wire
from tests.conformance.shapes import lacks
from tests.conformance.venue import ROOT, Venue, serve
from tradewind.exchange.binance import refusals

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.data]
SPOT = Path(os.environ.get("TRADEWIND_DATA", ROOT.parent / "shared" / "data")) / "payloads" / "binance_spot"
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.01"}
RESTING = ORDER | {"type": "LIMIT", "timeInForce": "GTC", "price": "20000"}

PREVENTED = ".event.v is missing"
"""The example shows an order of which a match was prevented, and only those have its number."""


@pytest.fixture(scope="module", autouse=True)
def payloads() -> None:
    if not SPOT.exists():
        pytest.skip(f"no payloads at {SPOT}: set TRADEWIND_DATA")


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    yield from serve(tmp_path_factory.mktemp("exchange"), "--speed", "1")


def documented(file: str, section: str, label: str = "") -> Any:
    """Return the first example of a section whose label begins so."""
    for line in (SPOT / "docs_examples" / file).read_text().splitlines():
        entry = json.loads(line)
        found = entry["section"] if not section.startswith("/") else entry["section"][-len(section) :]
        if found == section and entry["label"].startswith(label):
            return entry["example"]
    raise AssertionError(f"nothing in {file} for {section} {label}")


async def ask_everything(wire: Wire) -> dict[str, Any]:
    """Return an answer of each kind, by the section of the documents that shows its like."""
    symbol = {"symbol": "BTCUSDT"}
    await wire.signed("POST", "/api/v3/order", **ORDER, type="MARKET")
    told: dict[str, Any] = {}
    for section, path, params in (
        ("/ Exchange information", "exchangeInfo", {}),
        ("/ Check server time", "time", {}),
        ("/ Order book", "depth", symbol),
        ("/ Recent trades list", "trades", symbol),
        ("/ Old trade lookup", "historicalTrades", symbol),
        ("/ Compressed/Aggregate trades list", "aggTrades", symbol),
        ("/ Kline/Candlestick data", "klines", symbol | {"interval": "1m"}),
        ("/ Current average price", "avgPrice", symbol),
        ("/ 24hr ticker price change statistics", "ticker/24hr", symbol),
        ("/ Symbol price ticker", "ticker/price", symbol),
        ("/ Symbol order book ticker", "ticker/bookTicker", symbol),
    ):
        told[section] = (await wire.ask("GET", f"/api/v3/{path}", **params))[1]
    placed = (await wire.signed("POST", "/api/v3/order", **RESTING))[1]
    await wire.signed("POST", "/api/v3/order", **RESTING)
    for section, path, params in (
        ("/ Account information (USER_DATA)", "account", {}),
        ("/ Query order (USER_DATA)", "order", symbol | {"orderId": placed["orderId"]}),
        ("/ Current open orders (USER_DATA)", "openOrders", symbol),
        ("/ All orders (USER_DATA)", "allOrders", symbol),
        ("/ Account trade list (USER_DATA)", "myTrades", symbol),
        ("/ Query Unfilled Order Count (USER_DATA)", "rateLimit/order", {}),
        ("/ Query Commission Rates (USER_DATA)", "account/commission", symbol),
    ):
        told[section] = (await wire.signed("GET", f"/api/v3/{path}", **params))[1]
    told["/ Cancel order (TRADE)"] = (
        await wire.signed("DELETE", "/api/v3/order", **symbol, orderId=placed["orderId"])
    )[1]
    told["/ Cancel All Open Orders on a Symbol (TRADE)"] = (
        await wire.signed("DELETE", "/api/v3/openOrders", **symbol)
    )[1][:1]
    return told


def test_answers_have_the_fields_of_the_documents(venue: Venue) -> None:
    async def run() -> dict[str, Any]:
        async with aiohttp.ClientSession() as session:
            return await ask_everything(Wire(session, venue))

    told = asyncio.run(run())
    wrong = {section: lacks(ours, documented("rest-api.jsonl", section)) for section, ours in told.items()}
    assert {section: found for section, found in wrong.items() if found} == {}


def test_placed_orders_have_the_fields_of_the_documents(venue: Venue) -> None:
    async def run() -> dict[str, Any]:
        async with aiohttp.ClientSession() as session:
            wire = Wire(session, venue)
            market = ORDER | {"type": "MARKET"}
            return {
                label: (await wire.signed("POST", "/api/v3/order", **market, newOrderRespType=label.split()[-1]))[1]
                for label in ("Response - ACK", "Response - RESULT", "Response - FULL")
            }

    told = asyncio.run(run())
    for label, ours in told.items():
        assert lacks(ours, documented("rest-api.jsonl", "/ New order (TRADE)", label)) == [], label


def test_streams_have_the_fields_of_the_documents_and_of_recordings(venue: Venue) -> None:
    names = {
        "trade": "Trade Streams", "aggTrade": "Aggregate Trade Streams",
        "kline_1m": "Kline/Candlestick Streams for UTC",
        "depth@100ms": "Diff. Depth Stream", "bookTicker": "Individual Symbol Book Ticker Streams",
        "miniTicker": "Individual Symbol Mini Ticker Stream", "ticker": "Individual Symbol Ticker Streams",
        "avgPrice": "Average Price", "depth5": "Partial Book Depth Streams",
    }  # fmt: skip

    async def run() -> dict[str, Any]:
        seen: dict[str, Any] = {}
        async with aiohttp.ClientSession() as session:
            wire = Wire(session, venue)
            streams = "/".join(f"btcusdt@{name}" for name in names)
            async with session.ws_connect(f"{wire.sockets}/stream?streams={streams}") as socket:
                while len(seen) < len(names):
                    told = json.loads((await socket.receive()).data)
                    empty = told["data"].get("b") == [] or told["data"].get("a") == []
                    if not empty:
                        seen[told["stream"].partition("@")[2]] = told["data"]
        return seen

    seen = asyncio.run(run())
    for name, section in names.items():
        example = documented("web-socket-streams.jsonl", section)
        assert lacks(seen[name], example) == [], name
    recorded = {}
    with gzip.open(SPOT / "recorded" / "ws_20211012_depth_bookticker_kline_aggtrade.jsonl.gz", "rt") as lines:
        for line in lines:
            raw = json.loads(line).get("raw", "")
            if '"stream"' in raw:
                told = json.loads(raw)
                recorded[told["stream"].partition("@")[2]] = told["data"]
    assert {"aggTrade", "kline_1m", "bookTicker"} <= set(recorded)
    for name, theirs in recorded.items():
        assert lacks(seen[name], theirs) == [], name


def test_the_user_stream_has_the_fields_of_the_documents(venue: Venue) -> None:
    async def run() -> list[Any]:
        async with aiohttp.ClientSession() as session:
            wire = Wire(session, venue)
            async with session.ws_connect(f"{wire.sockets}/ws-api/v3") as socket:
                await socket.send_json(wire.request("userDataStream.subscribe.signature", 1))
                await socket.receive()
                await socket.send_json(wire.request("order.place", 2, **ORDER, type="MARKET"))
                told: list[Any] = []
                while not told or told[-1].get("event", {}).get("e") != "outboundAccountPosition":
                    told.append(json.loads((await socket.receive()).data))
                return [each for each in told if "event" in each]

    told = asyncio.run(run())
    events = "user-data-stream.jsonl"
    for each in told[:-1]:
        assert lacks(each, documented(events, "/ Order Update")) == [PREVENTED]
    assert lacks(told[-1], documented(events, "/ Account Update")) == []
    trade = json.loads((SPOT / "nautilus_rs" / "user_data_json" / "execution_report_trade.json").read_text())
    assert lacks(told[1]["event"], trade) == []


def test_texts_are_those_of_the_documents() -> None:
    known = {entry["code"]: entry["messages"] for entry in json.loads((SPOT / "errors.json").read_text())}
    for error in (
        refusals.no_answer(), refusals.clock_behind(), refusals.bad_signature(), refusals.duplicated(),
        refusals.bad_tif(), refusals.bad_type(), refusals.bad_side(), refusals.bad_interval(), refusals.bad_symbol(),
        refusals.bad_key_format(), refusals.bad_key(), refusals.no_such_order(),
    ):  # fmt: skip
        assert error.msg in known[error.code], (error.code, error.msg, known[error.code])
    rejects = {entry["message"] for entry in json.loads((SPOT / "order_reject_and_filter_messages.json").read_text())}
    for text in (
        refusals.INSUFFICIENT, refusals.DUPLICATE, refusals.WOULD_TAKE, refusals.WOULD_TRIGGER, refusals.MARKET_CLOSED,
        "Unknown order sent.",
    ):  # fmt: skip
        assert text in rejects, text
