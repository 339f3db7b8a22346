"""Frames of market data become events, exactly; what is not as documented is refused with the frame, and no more."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.errors import VenueProtocolError
from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import Bar, BookDelta, BookSnapshot, FormingBar, FundingRate, Quote, Trade
from tradewind.venues.binance.answers import answer_of
from tradewind.venues.binance.parse_market import MarketParser
from tradewind.venues.binance.wire_account import StreamEnded
from tradewind.venues.binance.wire_market import Control
from tradewind.venues.binance.wire_rest import ServerTime

BTC = InstrumentId("binance:BTCUSDT")
TS = 1_719_360_000_050_000_000
MS = 1_000_000

KLINE: dict[str, Any] = {
    "e": "kline", "E": 1719360000012, "s": "BTCUSDT",
    "k": {
        "t": 1719359940000, "T": 1719359999999, "s": "BTCUSDT", "i": "1m", "f": 1, "L": 9, "o": "61805.98",
        "c": "61810.01", "h": "61812.00", "l": "61800.00", "v": "3.5", "n": 9, "x": True, "q": "216000.1", "V": "2.1",
        "Q": "129600.2", "B": "0",
    },
}  # fmt: skip
TRADE: dict[str, Any] = {
    "e": "trade", "E": 1719360000012, "s": "BTCUSDT", "t": 12345, "p": "61805.98", "q": "0.01", "T": 1719360000011,
    "m": True, "M": True,
}  # fmt: skip
TICKER: dict[str, Any] = {"u": 400, "s": "BTCUSDT", "b": "61805.98", "B": "1.2", "a": "61805.99", "A": "0.7"}
DEPTH: dict[str, Any] = {
    "e": "depthUpdate", "E": 1719360000012, "s": "BTCUSDT", "U": 157, "u": 160, "b": [["61805.98", "10"]],
    "a": [["61806.00", "0"]],
}  # fmt: skip
MARK: dict[str, Any] = {
    "e": "markPriceUpdate", "E": 1719360000012, "s": "BTCUSDT", "p": "61805.9", "i": "61810.1", "P": "61800.0",
    "r": "-0.0001", "T": 1719388800000,
}  # fmt: skip


def frame(stream: str, data: dict[str, Any]) -> bytes:
    return json.dumps({"stream": stream, "data": data}).encode()


def parser(*, forming: bool = False) -> MarketParser:
    return MarketParser({"BTCUSDT": BTC}, forming=forming)


def read(stream: str, data: dict[str, Any], *, forming: bool = False) -> Any:
    return parser(forming=forming).read(frame(stream, data), TS)


def test_a_closed_bar_is_a_bar_that_ends_where_the_next_begins() -> None:
    assert read("btcusdt@kline_1m", KLINE) == Bar(
        BTC, "1m", 1719359940000 * MS, 1719360000000 * MS, TS, 61805.98, 61812.0, 61800.0, 61810.01, 3.5
    )


def test_bars_of_one_minute_share_its_times_and_their_interval() -> None:
    """Of 500 symbols with a thousand bars each that is a third of their memory."""
    one, other = read("btcusdt@kline_1m", KLINE), read("btcusdt@kline_1m", KLINE)
    assert isinstance(one, Bar)
    assert isinstance(other, Bar)
    assert one is not other
    assert one.ts_open is other.ts_open
    assert one.ts_venue is other.ts_venue
    assert one.interval is other.interval


def test_a_forming_bar_is_told_to_whoever_asked_and_is_no_bar() -> None:
    data = KLINE | {"k": KLINE["k"] | {"x": False}}
    assert read("btcusdt@kline_1m", data) is None
    assert read("btcusdt@kline_1m", data, forming=True) == FormingBar(
        BTC, "1m", 1719359940000 * MS, 1719360000012 * MS, TS, 61805.98, 61812.0, 61800.0, 61810.01, 3.5
    )


def test_a_trade() -> None:
    assert read("btcusdt@trade", TRADE) == Trade(BTC, 1719360000011 * MS, TS, 61805.98, 0.01, True, "12345")
    agg = {k: v for k, v in TRADE.items() if k != "t"} | {"e": "aggTrade", "a": 555, "f": 1, "l": 2}
    assert read("btcusdt@aggTrade", agg) == Trade(BTC, 1719360000011 * MS, TS, 61805.98, 0.01, True, "555")


def test_what_no_market_has_traded_is_no_trade() -> None:
    assert read("btcusdt@trade", TRADE | {"X": "INSURANCE_FUND"}) is None
    assert read("btcusdt@trade", TRADE | {"X": "MARKET"}) is not None


def test_a_quote_of_spot_has_no_time_but_ours() -> None:
    assert read("btcusdt@bookTicker", TICKER) == Quote(BTC, TS, TS, 61805.98, 61805.99, 1.2, 0.7)
    timed = TICKER | {"e": "bookTicker", "E": 1719360000012, "T": 1719360000011}
    assert read("btcusdt@bookTicker", timed) == Quote(BTC, 1719360000011 * MS, TS, 61805.98, 61805.99, 1.2, 0.7)


def test_a_change_of_the_book_reaches_from_the_one_before() -> None:
    bids, asks = ((61805.98, 10.0),), ((61806.0, 0.0),)
    assert read("btcusdt@depth@100ms", DEPTH) == BookDelta(BTC, 1719360000012 * MS, TS, 157, 160, bids, asks)
    contract = DEPTH | {"pu": 149, "T": 1719360000010}
    assert read("btcusdt@depth", contract) == BookDelta(BTC, 1719360000010 * MS, TS, 150, 160, bids, asks)


def test_the_best_levels_are_a_snapshot() -> None:
    best = {"lastUpdateId": 160, "bids": [["61805.98", "10"]], "asks": [["61805.99", "2"]]}
    bids, asks = ((61805.98, 10.0),), ((61805.99, 2.0),)
    assert read("btcusdt@depth5@100ms", best) == BookSnapshot(BTC, TS, TS, 160, bids, asks)
    contract = DEPTH | {"pu": 149, "a": [["61805.99", "2"]]}
    assert read("btcusdt@depth5", contract) == BookSnapshot(BTC, 1719360000012 * MS, TS, 160, bids, asks)


def test_the_mark_price_announces_the_funding() -> None:
    assert read("btcusdt@markPrice@1s", MARK) == FundingRate(BTC, 1719388800000 * MS, TS, -0.0001)
    assert read("btcusdt@markPrice", MARK | {"r": ""}) is None


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        ({"result": None, "id": 3}, Control(id=3)),
        ({"code": 2, "msg": "Invalid request", "id": "x"}, Control(id="x", code=2, msg="Invalid request")),
        ({"result": ["btcusdt@trade"], "id": 4}, Control(id=4, result=["btcusdt@trade"])),
    ],
)
def test_answers_to_our_own_requests(sent: dict[str, Any], read_as: Control) -> None:
    assert parser().read(json.dumps(sent).encode(), TS) == read_as


def test_trouble_is_told_in_two_shapes() -> None:
    told = parser().read(b'{"error":{"code":2,"msg":"no"},"id":1}', TS)
    assert isinstance(told, Control)
    assert told.error is not None
    assert (told.error.code, told.error.msg) == (2, "no")


def test_the_end_is_announced_in_two_shapes() -> None:
    for sent in (
        {"e": "serverShutdown", "E": 5},
        {"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": 5}},
    ):
        assert parser().read(json.dumps(sent).encode(), TS) == StreamEnded(5)


BROKEN = [
    ("btcusdt@trade", TRADE | {"p": 61805.98}),
    ("btcusdt@trade", TRADE | {"p": "nan"}),
    ("btcusdt@trade", TRADE | {"p": "inf"}),
    ("btcusdt@trade", TRADE | {"p": "-1"}),
    ("btcusdt@trade", TRADE | {"q": "0"}),
    ("btcusdt@trade", TRADE | {"t": "12345"}),
    ("btcusdt@trade", TRADE | {"T": None}),
    ("btcusdt@trade", {k: v for k, v in TRADE.items() if k != "p"}),
    ("btcusdt@kline_1m", KLINE | {"k": KLINE["k"] | {"h": "1"}}),
    ("btcusdt@kline_1m", KLINE | {"k": KLINE["k"] | {"v": "nan"}}),
    ("btcusdt@kline_1m", KLINE | {"k": KLINE["k"] | {"x": "true"}}),
    ("btcusdt@kline_1m", KLINE | {"k": None}),
    ("btcusdt@bookTicker", TICKER | {"B": "x"}),
    ("btcusdt@depth", DEPTH | {"b": [["61805.98"]]}),
    ("btcusdt@depth", DEPTH | {"b": [["0", "1"]]}),
    ("btcusdt@depth", DEPTH | {"a": [["1", "nan"]]}),
    ("btcusdt@markPrice", MARK | {"r": "5"}),
    ("ethusdt@trade", TRADE),
    ("btcusdt@newStream", TRADE),
]


@pytest.mark.parametrize(("stream", "data"), BROKEN)
def test_what_is_not_as_documented_is_refused_with_the_frame(stream: str, data: dict[str, Any]) -> None:
    reader = parser()
    with pytest.raises(VenueProtocolError) as caught:
        reader.read(frame(stream, data), TS)
    assert stream in caught.value.context["payload"]
    assert reader.read(frame("btcusdt@trade", TRADE), TS) is not None, "the next frame is read as ever"


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b"null", b'{"stream":5,"data":{}}', b"<html>502</html>", b'{"id":'])
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(VenueProtocolError):
        parser().read(junk, TS)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(junk: bytes) -> None:
    with contextlib.suppress(VenueProtocolError):
        parser().read(junk, TS)


@given(
    st.decimals(min_value="0.00000001", max_value=10**7, places=8).map(str),
    st.decimals(min_value="0.00000001", max_value=10**7, places=8).map(str),
)
def test_a_price_is_the_double_of_its_text(price: str, size: str) -> None:
    trade = read("btcusdt@trade", TRADE | {"p": price, "q": size})
    assert (trade.price, trade.size) == (float(price), float(size))


def test_unknown_fields_are_passed_over() -> None:
    assert read("btcusdt@trade", TRADE | {"zz": [1, {"a": None}]}) == read("btcusdt@trade", TRADE)


def test_an_answer_that_is_not_as_documented_is_refused_without_its_secrets() -> None:
    assert answer_of(b'{"serverTime":5}', ServerTime) == ServerTime(5)
    with pytest.raises(VenueProtocolError) as caught:
        answer_of(b'{"listenKey":"abcdefgh"}', ServerTime)
    assert "abcdefgh" not in str(caught.value.context)
