"""Every recorded payload of Binance's is read, field by field: nothing of it is unknown, nothing is misread.

A field of a payload is either in the wire struct, with the payload's own value, or on the list of those that we pass
over on purpose. So a field that Binance adds, or that was forgotten, shows here.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import Bar, BookDelta, FormingBar, Quote, Trade
from tradewind.venues.binance.answers import answer_of, snapshot
from tradewind.venues.binance.heard import Heard
from tradewind.venues.binance.parse_account import read_account
from tradewind.venues.binance.parse_market import MarketParser
from tradewind.venues.binance.parse_rest import instrument_of, told_of
from tradewind.venues.binance.parse_usdm import UsdmAccount
from tradewind.venues.binance.product import Product, our_id
from tradewind.venues.binance.rules import unknown_in
from tradewind.venues.binance.usdm_memory import Memory
from tradewind.venues.binance.wire_account import (
    AccountPosition,
    BalanceUpdate,
    ExecutionReport,
    ExternalLock,
    ListStatus,
    StreamEnded,
)
from tradewind.venues.binance.wire_algo import AlgoUpdate
from tradewind.venues.binance.wire_api import Incoming
from tradewind.venues.binance.wire_book import BookTickerEvent, DepthEvent, PartialDepth
from tradewind.venues.binance.wire_market import AggTradeEvent, KlineEvent, MarkPriceEvent, TradeEvent
from tradewind.venues.binance.wire_rest import (
    Account,
    ErrorBody,
    ExchangeInfo,
    KlineRow,
    MyTrade,
    Order,
    ServerTime,
)
from tradewind.venues.binance.wire_usdm import AccountUpdate, OrderTradeUpdate, TradeLite
from tradewind.venues.binance.wire_usdm_rest import AlgoOrder, PositionMode, PositionRisk, Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.data
TS = 1_719_360_000_050_000_000

PASSED_OVER: dict[type, set[str]] = {
    KlineEvent: {"e"},
    TradeEvent: {"e", "M", "b", "a"},
    AggTradeEvent: {"e", "M", "nq"},
    BookTickerEvent: {"e", "st", "ps"},
    DepthEvent: {"e", "st", "ps"},
    PartialDepth: {"T"},
    MarkPriceEvent: {"e", "ap"},
    ExecutionReport: {
        "e", "M", "D", "j", "J", "v", "B", "u", "U", "Cs", "pl", "pL", "pY", "b", "a", "k", "uS", "gP", "gOT", "gOV",
        "gp", "pm",
    },
    AccountPosition: {"e", "m", "t", "T", "U"},
    BalanceUpdate: {"e"},
    ExternalLock: {"e"},
    ListStatus: {"e"},
    StreamEnded: {"e"},
    OrderTradeUpdate: {"e", "fs", "i"},
    AccountUpdate: {"e", "fs", "i"},
    AlgoUpdate: {"e"},
    TradeLite: {"e"},
}  # fmt: skip
NESTED_PASSED_OVER = {
    "k": {"B"},
    "o": {"b", "a", "si", "ss", "pP", "di", "ot", "wt", "pm", "V", "st", "sm", "cr", "act", "W", "iw"},
    "P": {"ma"},
}


def names_of(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {field.encode_name: field.name for field in msgspec.structs.fields(kind)}


def compare(found: msgspec.Struct, payload: dict[str, Any], passed_over: set[str]) -> None:
    """Hold each field of a payload against what was read of it."""
    names = names_of(type(found))
    for key, sent in payload.items():
        if key not in names:
            assert key in passed_over, f"{type(found).__name__} knows nothing of {key!r}: {sent!r}"
            continue
        value = getattr(found, names[key])
        if isinstance(value, msgspec.Struct):
            compare(value, sent, NESTED_PASSED_OVER.get(key, set()))
        elif isinstance(value, tuple) and value and isinstance(value[0], msgspec.Struct):
            assert len(value) == len(sent)
            for each, row in zip(value, sent, strict=True):
                compare(each, row, NESTED_PASSED_OVER.get(key, set()))
        elif isinstance(value, tuple):
            assert json.loads(json.dumps(value)) == sent
        else:
            assert value == sent, f"{key}: {value!r} for {sent!r}"


def decoded(kind: type[msgspec.Struct], payload: dict[str, Any]) -> Any:
    return msgspec.json.decode(json.dumps(payload).encode(), type=kind)


@pytest.fixture
def payloads(data_dir: Path) -> Path:
    folder = data_dir / "payloads"
    if not folder.is_dir():
        pytest.skip(f"no payloads in {data_dir}: set TRADEWIND_DATA")
    return folder


class Everything(dict[str, InstrumentId]):
    """Knows every symbol, as the recordings have many."""

    def __init__(self, product: Product) -> None:
        super().__init__()
        self.product = product

    def get(self, symbol: str, _: Any = None) -> InstrumentId:
        return our_id(symbol.upper(), self.product)


def frames(path: Path) -> Iterator[dict[str, Any]]:
    """Yield what was received, of both shapes of recordings."""
    with gzip.open(path, "rt") as file:
        for line in file:
            if line.startswith("{"):
                entry = json.loads(line)
                if entry["dir"] == "recv":
                    yield json.loads(entry["raw"])
            else:
                yield json.loads(line.split(" ", 1)[1])


WIRE: dict[str, type[msgspec.Struct]] = {
    "depth": DepthEvent, "bookTicker": BookTickerEvent, "trade": TradeEvent, "aggTrade": AggTradeEvent,
    "kline_1m": KlineEvent, "markPrice": MarkPriceEvent,
}  # fmt: skip
RECORDINGS = {
    "binance_spot/recorded/ws_20211012_depth_bookticker_kline_aggtrade.jsonl.gz": 265,
    "binance_spot/recorded/ws_btcusdt_20240808T2354.raw.gz": 41_248,
    "binance_spot/recorded/ws_ethusdt_20240808T2354.raw.gz": 33_617,
    "binance_usdm/recorded/ws_20210722.jsonl.gz": 1_535,
    "binance_usdm/recorded/ws_btcusdt_20240808T2354_first15000.raw.gz": 14_999,
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recorded_frame_is_read(payloads: Path, name: str) -> None:
    product = Product.USDM if "usdm" in name else Product.SPOT
    parser = MarketParser({}, forming=True)
    parser._instruments = Everything(product)
    counts: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for payload in frames(payloads / name):
        if "stream" not in payload:  # the recorder asked for the book in between
            book = snapshot(InstrumentId("x"), answer_of(json.dumps(payload).encode(), PartialDepth), TS)
            assert book.last_id == payload["lastUpdateId"]
            continue
        event = parser.read(json.dumps(payload).encode(), TS)
        kind = payload["stream"].split("@")[1]
        counts[kind] += 1
        check_event(event, payload["data"], kind)
        kept[type(event).__name__] += 1
        if counts[kind] <= 200:  # field by field, for many of each kind
            compare(decoded(WIRE[kind], payload["data"]), payload["data"], PASSED_OVER[WIRE[kind]])
    assert sum(counts.values()) == RECORDINGS[name]


@pytest.mark.parametrize("coin", ["btcusdt", "ethusdt"])
def test_lesson_136_all_trades_of_a_recording_are_read_and_a_forming_bar_is_none(payloads: Path, coin: str) -> None:
    parser, raw, read = MarketParser({coin.upper(): InstrumentId("x")}), [], []
    for payload in frames(payloads / f"binance_spot/recorded/ws_{coin}_20240808T2354.raw.gz"):
        if payload.get("stream") == f"{coin}@trade":
            raw.append(payload["data"])
            event = parser.read(json.dumps(payload).encode(), TS)
            assert isinstance(event, Trade)
            read.append(event)
    numbers = [int(event.trade_id) for event in read]
    assert numbers == list(range(raw[0]["t"], raw[-1]["t"] + 1)), "each number of the venue's once"
    assert sum(Decimal(repr(event.size)) for event in read) == sum(Decimal(each["q"]) for each in raw)
    forming = 0
    for payload in frames(payloads / "binance_spot/recorded/ws_20211012_depth_bookticker_kline_aggtrade.jsonl.gz"):
        name, _, kind = payload["stream"].partition("@")
        if kind.startswith("kline_") and not payload["data"]["k"]["x"]:
            silent = MarketParser({name.upper(): InstrumentId("x")})
            assert silent.read(json.dumps(payload).encode(), TS) is None, "its volume so far is nobody's trade"
            forming += 1
    assert forming


def check_event(event: Any, data: dict[str, Any], kind: str) -> None:
    match kind:
        case "depth":
            assert isinstance(event, BookDelta)
            assert event.last_id == data["u"]
            assert event.first_id == (data["pu"] + 1 if "pu" in data else data["U"])
            assert len(event.bids) == len(data["b"])
            assert [size for _, size in event.asks] == [float(size) for _, size in data["a"]]
        case "bookTicker":
            assert isinstance(event, Quote)
            assert (event.bid, event.ask_size) == (float(data["b"]), float(data["A"]))
        case "trade" | "aggTrade":
            if data.get("X", "MARKET") != "MARKET":
                assert event is None
                return
            assert isinstance(event, Trade)
            assert (event.price, event.buyer_is_maker) == (float(data["p"]), data["m"])
            assert event.ts_venue == data["T"] * 1_000_000
        case _:
            bar = data["k"]
            assert isinstance(event, Bar if bar["x"] else FormingBar)
            assert event.ts_open == bar["t"] * 1_000_000
            assert event.close == float(bar["c"])


def test_a_recorded_book_has_no_holes_after_its_snapshot(payloads: Path) -> None:
    for name in list(RECORDINGS)[1:3]:
        last = snapshot_id = 0
        for payload in frames(payloads / name):
            if "stream" not in payload:
                snapshot_id = payload["lastUpdateId"]
            elif payload["stream"].endswith("@depth@100ms"):
                first, final = payload["data"]["U"], payload["data"]["u"]
                assert last == 0 or first == last + 1
                last = final
        assert 0 < snapshot_id < last


USER_EVENTS: dict[str, type[msgspec.Struct]] = {
    "executionReport": ExecutionReport, "outboundAccountPosition": AccountPosition, "balanceUpdate": BalanceUpdate,
    "listStatus": ListStatus, "externalLockUpdate": ExternalLock, "eventStreamTerminated": StreamEnded,
    "ORDER_TRADE_UPDATE": OrderTradeUpdate, "ACCOUNT_UPDATE": AccountUpdate, "ALGO_UPDATE": AlgoUpdate,
    "TRADE_LITE": TradeLite,
}  # fmt: skip


def user_events(payloads: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(payloads.glob("binance_*/nautilus_*/**/*.json")):
        payload = json.loads(path.read_text())
        if isinstance(payload, dict):
            event = payload.get("event") or payload.get("data") or payload
            if isinstance(event, dict) and event.get("e") in USER_EVENTS:
                yield str(path.relative_to(payloads)), event
    for line in (payloads / "binance_spot/docs_examples/user-data-stream.jsonl").read_text().splitlines():
        example = json.loads(line)
        yield example["section"], example["example"]["event"]


def test_every_event_of_an_account_is_read_field_by_field(payloads: Path) -> None:
    seen: Counter[str] = Counter()
    usdm = UsdmAccount(Memory(frozenset(), 0))
    for name, event in user_events(payloads):
        kind = USER_EVENTS[event["e"]]
        compare(decoded(kind, event), event, PASSED_OVER[kind])
        if event["e"].isupper():
            heard = usdm.read(json.dumps(event).encode(), TS)
        else:
            heard = read_account(json.dumps({"subscriptionId": 0, "event": event}).encode(), TS)
        assert isinstance(heard, Heard), name
        if event["e"] in ("executionReport", "ORDER_TRADE_UPDATE"):
            assert heard.events or heard.look, name
        seen[event["e"]] += 1
    assert seen["executionReport"] >= 24
    assert seen["ORDER_TRADE_UPDATE"] >= 17
    assert set(USER_EVENTS) <= set(seen)


REST: dict[str, Any] = {
    "binance_spot/nautilus_py/http/http_spot_market_depth.json": PartialDepth,
    "binance_spot/nautilus_py/http/http_spot_market_exchange_info.json": ExchangeInfo,
    "binance_spot/nautilus_py/http/http_spot_market_klines.json": list[KlineRow],
    "binance_spot/nautilus_py/http/http_spot_market_time.json": ServerTime,
    "binance_spot/nautilus_py/http/http_spot_wallet_account.json": Account,
    "binance_spot/nautilus_rs/http_json/account_response.json": Account,
    "binance_spot/nautilus_rs/http_json/account_trades_response.json": list[MyTrade],
    "binance_spot/nautilus_rs/http_json/all_orders_response.json": list[Order],
    "binance_spot/nautilus_rs/http_json/cancel_order_response.json": Order,
    "binance_spot/nautilus_rs/http_json/depth_response.json": PartialDepth,
    "binance_spot/nautilus_rs/http_json/exchange_info_response.json": ExchangeInfo,
    "binance_spot/nautilus_rs/http_json/klines_response.json": list[KlineRow],
    "binance_spot/nautilus_rs/http_json/new_order_full_response.json": Order,
    "binance_spot/nautilus_rs/http_json/open_orders_response.json": list[Order],
    "binance_spot/nautilus_rs/http_json/order_response.json": Order,
    "binance_spot/nautilus_rs/http_json/server_time_response.json": ServerTime,
    "binance_spot/basana/binance_btc_usdt_exchange_info.json": ExchangeInfo,
    "binance_usdm/nautilus_py/http/http_futures_account_orders.json": list[Order],
    "binance_usdm/nautilus_py/http/http_futures_account_position_side_dual.json": PositionMode,
    "binance_usdm/nautilus_py/http/http_futures_account_positions_hedge.json": list[PositionRisk],
    "binance_usdm/nautilus_py/http/http_futures_account_positions_one_way.json": list[PositionRisk],
    "binance_usdm/nautilus_py/http/http_futures_account_trades.json": list[MyTrade],
    "binance_usdm/nautilus_py/http/http_futures_market_depth.json": PartialDepth,
    "binance_usdm/nautilus_py/http/http_futures_market_exchange_info.json": ExchangeInfo,
    "binance_usdm/nautilus_rs/http_json/balance.json": list[Wallet],
    "binance_usdm/nautilus_rs/http_json/open_algo_orders.json": list[AlgoOrder],
    "binance_usdm/nautilus_rs/http_json/order_response.json": Order,
    "binance_usdm/nautilus_rs/http_json/position_risk.json": list[PositionRisk],
}


@pytest.mark.parametrize("name", REST)
def test_every_answer_is_read(payloads: Path, name: str) -> None:
    payload = json.loads((payloads / name).read_text())
    found = answer_of(json.dumps(payload).encode(), REST[name])
    rows, sent = (found, payload) if isinstance(found, list) else ([found], [payload])
    assert len(rows) == len(sent)
    for row, each in zip(rows, sent, strict=True):
        if isinstance(row, tuple):
            assert list(row) == each
            continue
        names = names_of(type(row))
        for key, value in each.items():
            if key in names and not isinstance(value, list | dict):
                assert getattr(row, names[key]) == value
        if isinstance(row, ExchangeInfo):
            check_instruments(row, Product.USDM if "usdm" in name else Product.SPOT)
        if isinstance(row, Order) and row.status:
            told_of(row, TS)


def check_instruments(info: ExchangeInfo, product: Product) -> None:
    assert info.symbols
    for symbol in info.symbols:
        filters = {entry["filterType"]: entry for entry in symbol.filters}
        if not filters:  # an example that is cut short
            continue
        instrument = instrument_of(symbol, product)
        assert unknown_in(symbol.filters) == []
        assert instrument.tick == type(instrument.tick)(filters["PRICE_FILTER"]["tickSize"])
        assert instrument.lot == type(instrument.lot)(filters["LOT_SIZE"]["stepSize"])


@pytest.mark.parametrize(
    "name",
    [
        "binance_spot/recorded/http_20211012_exchangeInfo_full.jsonl.gz",
        "binance_usdm/recorded/http_20210722_exchangeInfo.jsonl.gz",
    ],
)
def test_lesson_60_all_symbols_of_a_year_become_instruments_and_each_filter_is_known(payloads: Path, name: str) -> None:
    with gzip.open(payloads / name, "rt") as file:
        entries = [json.loads(line) for line in file]
    bodies = [entry.get("raw", entry.get("body", entry)) for entry in entries]
    found = 0
    for body in bodies:
        text = body if isinstance(body, str) else json.dumps(body)
        if '"symbols"' in text:
            info = answer_of(text.encode(), ExchangeInfo)
            check_instruments(info, Product.USDM if "usdm" in name else Product.SPOT)
            found += len(info.symbols)
    assert found > 10


def test_answers_of_the_websocket_api_are_read(payloads: Path) -> None:
    read = 0
    for line in (payloads / "binance_spot/docs_examples/web-socket-api.jsonl").read_text().splitlines():
        example = json.loads(line)["example"]
        if isinstance(example, dict) and "status" in example and "id" in example:
            answer = answer_of(json.dumps(example).encode(), Incoming)
            assert answer.status == example["status"]
            if "error" in example:
                assert answer.error == ErrorBody(
                    example["error"]["code"], example["error"]["msg"], example["error"].get("data")
                )
            elif "result" in example:
                assert json.loads(bytes(answer.result)) == example["result"]
            read += 1
    assert read > 50
