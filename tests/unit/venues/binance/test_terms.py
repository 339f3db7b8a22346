"""Steps and sizes of symbols: what has changed is told once, asked for seldom, and kept to from then on."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import structlog

from tests.unit.venues.binance.bench import BTC, PLACE, T0, Bench, names
from tradewind.domain import events as ev
from tradewind.domain.money import exact
from tradewind.domain.time import NS_PER_SECOND
from tradewind.venues.binance.calls import Reply
from tradewind.venues.binance.listing import Listing
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.rules import rules_of
from tradewind.venues.binance.terms import APART_NS, Terms


def filters(tick: str, lot: str = "0.001") -> list[dict[str, Any]]:
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "1000000", "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": "9000", "stepSize": lot},
        {"filterType": "NOTIONAL", "minNotional": "5", "applyMinToMarket": True, "maxNotional": "9000000",
         "applyMaxToMarket": False, "avgPriceMins": 5},
    ]  # fmt: skip


def answer(tick: str, symbol: str = "BTCUSDT") -> bytes:
    info = {
        "symbol": symbol, "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "orderTypes": ["LIMIT"],
        "filters": filters(tick),
    }  # fmt: skip
    return msgspec.json.encode({"rateLimits": [], "symbols": [info], "exchangeFilters": [], "serverTime": 1})


def terms(product: Product = Product.SPOT) -> Terms:
    return Terms(product, {BTC: Listing("BTCUSDT", rules_of(filters("0.01")))})


def test_what_is_the_same_is_not_told_and_what_has_changed_is_told_once() -> None:
    known = terms()
    assert known.answer("exchangeInfo", answer("0.01"), T0) == ([], ())
    asked, (changed,) = known.answer("exchangeInfo", answer("0.1"), T0)
    assert not asked
    assert changed == ev.InstrumentChanged(BTC, exact("0.1"), exact("0.001"), exact("0.001"), exact(9000), exact(5), T0)
    assert known.listings[BTC].rules.price.step == exact("0.1")
    assert known.answer("exchangeInfo", answer("0.1"), T0) == ([], ())


def test_a_symbol_that_is_not_listed_any_more_stays_as_it_was() -> None:
    known = terms()
    assert known.answer("exchangeInfo", answer("0.1", "ETHUSDT"), T0) == ([], ())
    assert known.listings[BTC].rules.price.step == exact("0.01")


def test_lesson_60_a_filter_that_comes_up_while_a_session_runs_is_told_once() -> None:
    known = terms()
    new = msgspec.json.decode(answer("0.01"))
    new["symbols"][0]["filters"].append({"filterType": "NEW_ONE"})
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            assert known.answer("exchangeInfo", msgspec.json.encode(new), T0) == ([], ())
    assert [entry["filters"] for entry in logs] == [["NEW_ONE"]]


@pytest.mark.parametrize(("product", "params"), [(Product.SPOT, {"symbols": '["BTCUSDT"]'}), (Product.USDM, {})])
def test_it_is_asked_seldom_and_at_once_again_after_no_answer(product: Product, params: dict[str, str]) -> None:
    known = terms(product)
    question = [("exchangeInfo", params)]
    assert known.begin(T0) == question
    assert known.begin(T0 + APART_NS - 1) == []
    known.give_up()
    assert known.begin(T0 + NS_PER_SECOND) == question
    assert known.begin(T0 + NS_PER_SECOND + APART_NS) == question


def test_an_order_that_a_filter_has_refused_asks_and_the_next_one_does_not_ask_again() -> None:
    bench = Bench()
    bench.take(PLACE)
    assert names(bench.fail(-1013, "Filter failure: PRICE_FILTER")) == ["OrderRejected"]
    (call,) = bench.calls
    assert call.target.startswith("/api/v3/exchangeInfo?symbols=")
    out = bench.do(bench.desk.replied(call.id, Reply(200, {}, answer("0.5")), T0))
    assert [event.tick for event in out.events if isinstance(event, ev.InstrumentChanged)] == [exact("0.5")]
    bench.take(PLACE)
    assert len(bench.calls) == 1
