"""The stream of a spot account becomes what the engine must know of its orders and its money."""

from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain import events as ev
from tradewind.domain.errors import VenueProtocolError
from tradewind.domain.ids import Asset, ClientOrderId, TradeId, VenueOrderId
from tradewind.domain.order import Liquidity
from tradewind.venues.binance.heard import NOTHING, Heard
from tradewind.venues.binance.parse_account import read_account

D = Decimal
TS, AT = 1_719_360_000_050_000_000, 1_719_360_000_011_000_000
ID = ClientOrderId("tw-000001")
REPORT: dict[str, Any] = {
    "e": "executionReport", "E": 1719360000012, "s": "BTCUSDT", "c": "tw-000001", "S": "BUY", "o": "LIMIT", "f": "GTC",
    "q": "0.02", "p": "61805.98", "P": "0.00000000", "F": "0.0", "g": -1, "C": "", "x": "NEW", "X": "NEW", "r": "NONE",
    "i": 42, "l": "0.0", "z": "0.0", "L": "0.0", "n": "0", "N": None, "T": 1719360000011, "t": -1, "I": 99, "w": True,
    "m": False, "M": False, "O": 1719360000001, "Z": "0.0", "Y": "0.0", "Q": "0.0", "W": 1719360000001, "V": "NONE",
}  # fmt: skip


def told(event: dict[str, Any]) -> Heard:
    return read_account(json.dumps({"subscriptionId": 0, "event": event}).encode(), TS)


def report(**more: Any) -> Any:
    events = told(REPORT | more).events
    return events[0] if len(events) == 1 else events


def test_a_new_order() -> None:
    assert report() == ev.OrderAccepted(ID, VenueOrderId("42"), AT, TS)


def test_a_stop_that_waits_is_accepted_and_one_on_the_book_is_triggered() -> None:
    stop = {"o": "STOP_LOSS_LIMIT", "P": "62000"}
    waits = {k: v for k, v in REPORT.items() if k != "W"} | stop | {"w": False}
    accepted = ev.OrderAccepted(ID, VenueOrderId("42"), AT, TS)
    assert told(waits).events == (accepted,)
    assert report(**stop) == (accepted, ev.OrderTriggered(ID, AT, TS))


def test_a_fill_is_known_by_symbol_and_trade() -> None:
    fill = report(x="TRADE", X="PARTIALLY_FILLED", l="0.01", L="61805.98", n="0.00001", N="BTC", t=77, m=True)
    assert fill == ev.OrderFilled(
        ID, TradeId("BTCUSDT-77"), D("0.01"), D("61805.98"), D("0.00001"), Asset("BTC"), Liquidity.MAKER, AT, TS
    )
    free = report(x="TRADE", X="FILLED", l="0.01", L="61805.98", n="0", N=None, t=78)
    assert (free.fee, free.fee_asset, free.liquidity) == (D(0), "", Liquidity.TAKER)


def test_a_cancel_tells_the_original_order_and_how_much_of_it_was_executed() -> None:
    over = ev.OrderCancelled(ID, "cancelled", AT, TS, D(0))
    assert report(x="CANCELED", X="CANCELED", c="cancel-1", C="tw-000001") == over
    assert report(x="CANCELED", X="CANCELED", z="0.01") == ev.OrderCancelled(ID, "cancelled", AT, TS, D("0.01"))
    assert report(x="CANCELED", X="CANCELED") == over


def test_the_ends_of_an_order_say_why() -> None:
    assert report(x="REJECTED", X="REJECTED", r="INSUFFICIENT_BALANCES") == ev.OrderRejected(
        ID, "INSUFFICIENT_BALANCES", AT, TS
    )
    assert report(x="EXPIRED", X="EXPIRED", eR=3) == ev.OrderExpired(ID, "3", AT, TS, D(0))
    assert report(x="EXPIRED", X="EXPIRED") == ev.OrderExpired(ID, "expired", AT, TS, D(0))
    prevented = ev.OrderExpired(ID, "self-trade prevention", AT, TS, D(0))
    assert report(x="TRADE_PREVENTION", X="EXPIRED_IN_MATCH") == prevented


def test_self_trade_prevention_may_make_an_order_smaller() -> None:
    assert report(x="TRADE_PREVENTION", X="NEW", A="0.005") == ev.OrderAmended(
        ID, D("0.015"), D("61805.98"), None, AT, TS
    )


def test_an_amended_order_rests_with_its_new_values() -> None:
    assert report(x="REPLACED", X="NEW", q="0.01", C="tw-000001", c="other") == ev.OrderAmended(
        ID, D("0.01"), D("61805.98"), None, AT, TS
    )


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("CANCELED", ev.OrderCancelled(ID, "cancelled", AT, TS, D(0))),
        ("EXPIRED", ev.OrderExpired(ID, "expired", AT, TS, D(0))),
        ("NEW", ev.OrderAccepted(ID, VenueOrderId("42"), AT, TS)),
    ],
)
def test_a_trade_of_nothing_is_what_its_status_says(status: str, event: Any) -> None:
    assert report(x="TRADE", X=status, t=5) == event


def test_a_fill_without_a_price_is_looked_up_and_never_booked() -> None:
    for odd in ({"l": "0.02", "L": "0"}, {"l": "0", "L": "5"}):
        heard = told(REPORT | {"x": "TRADE", "X": "FILLED", "t": 5} | odd)
        assert not heard.events
        assert "tw-000001" in heard.look


def test_deposits_are_told_and_balances_are_not_booked_twice() -> None:
    moved = told({"e": "balanceUpdate", "E": 1, "a": "BTC", "d": "-0.1", "T": 1})
    assert moved.events == (ev.BalanceTransferred("binance", Asset("BTC"), D("-0.1"), TS, "1/BTC/-0.1"),)
    position = {"e": "outboundAccountPosition", "E": 1, "u": 1, "B": [{"a": "BTC", "f": "1", "l": "0"}]}
    assert told(position) == NOTHING
    assert told({"e": "externalLockUpdate", "E": 1, "a": "BTC", "d": "1", "T": 1}).look


def test_the_end_of_the_stream_is_told() -> None:
    assert told({"e": "eventStreamTerminated", "E": 5}).over == "eventStreamTerminated"
    assert told({"e": "serverShutdown", "E": 5}).over == "serverShutdown"


def test_an_event_that_nobody_knows_says_nothing() -> None:
    assert told({"e": "somethingNew", "x": 1}) == NOTHING


BROKEN: list[dict[str, Any]] = [
    {"x": "WHAT"}, {"x": 5}, {"i": "42"}, {"T": None}, {"c": None},
    {"x": "TRADE", "l": "nan", "L": "1", "t": 1}, {"x": "TRADE", "l": "-1", "L": "1", "t": 1},
    {"x": "TRADE", "l": 1.5, "L": "1", "t": 1}, {"x": "TRADE", "l": "1", "L": "one", "t": 1},
]  # fmt: skip


@pytest.mark.parametrize("change", BROKEN)
def test_what_is_not_as_documented_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(VenueProtocolError):
        told(REPORT | change)


@given(st.binary(max_size=120))
def test_no_bytes_raise_anything_else(junk: bytes) -> None:
    with contextlib.suppress(VenueProtocolError):
        read_account(junk, TS)
