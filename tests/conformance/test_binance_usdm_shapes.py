"""What we answer and tell of contracts has the fields and kinds of what recordings of Binance's futures show."""

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
from tests.conformance.venue import FUTURES, ROOT, Venue, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.data]
USDM = Path(os.environ.get("TRADEWIND_DATA", ROOT.parent / "shared" / "data")) / "payloads" / "binance_usdm"
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.02", "type": "MARKET", "newOrderRespType": "RESULT"}


@pytest.fixture(scope="module", autouse=True)
def payloads() -> None:
    if not USDM.exists():
        pytest.skip(f"no payloads at {USDM}: set TRADEWIND_DATA")


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Venue]:
    yield from serve(tmp_path_factory.mktemp("exchange"), "--speed", "1", config=FUTURES)


def example(name: str) -> Any:
    return json.loads((USDM / name).read_text())


def test_answers_have_the_fields_of_recordings(venue: Venue) -> None:
    symbol = {"symbol": "BTCUSDT"}

    async def run() -> dict[str, Any]:
        async with aiohttp.ClientSession() as session:
            wire = Wire(session, venue)
            told = {
                "nautilus_rs/http_json/order_response.json": (await wire.signed("POST", "/fapi/v1/order", **ORDER))[1]
            }
            stop = {"type": "STOP_MARKET", "algoType": "CONDITIONAL", "triggerPrice": "20000.0", "side": "SELL"}
            await wire.signed("POST", "/fapi/v1/algoOrder", **symbol, **stop, quantity="0.02")
            for name, path, params in (
                ("nautilus_rs/http_json/account_info_v2.json", "/fapi/v2/account", {}),
                ("nautilus_rs/http_json/balance.json", "/fapi/v2/balance", {}),
                ("nautilus_rs/http_json/open_algo_orders.json", "/fapi/v1/openAlgoOrders", {}),
                ("nautilus_rs/http_json/position_risk.json", "/fapi/v2/positionRisk", symbol),
                ("nautilus_py/http/http_futures_account_trades.json", "/fapi/v1/userTrades", symbol),
                ("nautilus_py/http/http_futures_account_position_side_dual.json", "/fapi/v1/positionSide/dual", {}),
                ("nautilus_py/http/http_futures_account_symbol_config.json", "/fapi/v1/symbolConfig", {}),
            ):
                told[name] = (await wire.signed("GET", path, **params))[1]
            for name in ("depth", "trades", "klines", "premium_index", "exchange_info"):
                path = {"premium_index": "premiumIndex", "exchange_info": "exchangeInfo"}.get(name, name)
                asked = symbol | ({"interval": "1m"} if name == "klines" else {})
                told[f"nautilus_py/http/http_futures_market_{name}.json"] = (
                    await wire.ask("GET", f"/fapi/v1/{path}", **asked)
                )[1]
        return told

    told = asyncio.run(run())
    wrong = {name: lacks(ours, example(name)) for name, ours in told.items()}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_an_order_that_ends_too_soon_is_refused(venue: Venue) -> None:
    limit = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.02", "type": "LIMIT", "price": "20000.0"}

    async def run() -> list[tuple[int, Any]]:
        async with aiohttp.ClientSession() as session:
            wire = Wire(session, venue)
            now = (await wire.ask("GET", "/fapi/v1/time"))[1]["serverTime"]
            wanted = (now + 600_000, now + 900_999, 253_402_300_799_000)
            good = {"timeInForce": "GTD", "newOrderRespType": "RESULT"}
            return [await wire.signed("POST", "/fapi/v1/order", **limit, **good, goodTillDate=end) for end in wanted]

    (soon, too_soon), (late, taken), (never, too_late) = asyncio.run(run())
    assert (soon, never, late) == (400, 400, 200)
    text = "The goodTillDate timestamp must be greater than the current time plus 600 seconds and smaller than"
    assert too_soon == too_late == {"code": -5040, "msg": f"{text} 253402300799000"}
    assert (taken["timeInForce"], taken["goodTillDate"] % 1_000) == ("GTD", 0), "to the second"


def test_streams_have_the_fields_of_recordings(venue: Venue) -> None:
    routes = {
        "market": ("markPrice@1s", "kline_1m", "aggTrade"),
        "public": ("depth@100ms", "bookTicker", "trade"),
    }

    async def run() -> dict[str, Any]:
        seen: dict[str, Any] = {}
        async with aiohttp.ClientSession() as session:
            for route, names in routes.items():
                streams = "/".join(f"btcusdt@{name}" for name in names)
                target = f"{Wire(session, venue).sockets}/{route}/stream?streams={streams}"
                wanted = set(names)
                async with session.ws_connect(target) as socket:
                    while not wanted <= set(seen):
                        told = json.loads((await socket.receive()).data)
                        seen[told["stream"].partition("@")[2]] = told["data"]
        return seen

    seen = asyncio.run(run())
    recorded: dict[str, Any] = {}
    with gzip.open(USDM / "recorded" / "ws_20210722.jsonl.gz", "rt") as lines:
        for line in lines:
            raw = json.loads(line).get("raw", "")
            if '"stream"' in raw:
                told = json.loads(raw)
                recorded[told["stream"].partition("@")[2]] = told["data"]
    compared = set(recorded) & set(seen)
    assert len(compared) >= 4
    for name in compared:
        assert lacks(seen[name], recorded[name]) == [], name


def test_the_user_stream_has_the_fields_of_recordings(venue: Venue) -> None:
    async def run() -> list[Any]:
        async with aiohttp.ClientSession() as session:
            wire = Wire(session, venue)
            _, answer = await wire.send("POST", "/fapi/v1/listenKey", key=venue.key)
            async with session.ws_connect(f"{wire.sockets}/private/ws/{answer['listenKey']}") as socket:
                await wire.signed("POST", "/fapi/v1/order", **ORDER)
                told: list[Any] = []
                while not told or told[-1]["e"] != "ACCOUNT_UPDATE":
                    told.append(json.loads((await socket.receive()).data))
                return told

    told = {each["e"]: each for each in asyncio.run(run())}
    folder = "nautilus_rs/user_data_json"
    missing = lacks(told["ORDER_TRADE_UPDATE"], example(f"{folder}/order_update_trade.json"))
    assert sorted(missing) == [".o.AP is missing", ".o.cr is missing"], "they are those of trailing stops alone"
    assert lacks(told["ACCOUNT_UPDATE"], example(f"{folder}/account_update.json")) == []
    assert lacks(told["TRADE_LITE"], example(f"{folder}/trade_lite.json")) == []
