"""The stream of a USD-M account: orders, conditional orders and what they become, force, funding."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tradewind.domain import events as ev
from tradewind.domain.errors import VenueProtocolError
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, TradeId, VenueOrderId
from tradewind.domain.order import Liquidity, Side
from tradewind.venues.binance.heard import NOTHING, Heard
from tradewind.venues.binance.parse_usdm import UsdmAccount
from tradewind.venues.binance.usdm_memory import Memory

D = Decimal
TS, AT = 1_719_360_000_050_000_000, 1_719_360_000_011_000_000
ID, STOP = ClientOrderId("tw-000001"), ClientOrderId("tw-000003")
ORDER: dict[str, Any] = {
    "s": "BTCUSDT", "c": "tw-000001", "S": "BUY", "o": "LIMIT", "f": "GTC", "q": "0.02", "p": "61800", "ap": "0",
    "sp": "0", "x": "NEW", "X": "NEW", "i": 42, "l": "0", "z": "0", "L": "0", "T": 1719360000011, "t": 0, "b": "0",
    "a": "0", "m": False, "R": False, "wt": "CONTRACT_PRICE", "ot": "LIMIT", "ps": "BOTH", "cp": False, "rp": "0",
    "V": "NONE", "pm": "NONE", "gtd": 0, "er": "0",
}  # fmt: skip
ALGO: dict[str, Any] = {
    "caid": "tw-000003", "aid": 7, "at": "CONDITIONAL", "o": "STOP_MARKET", "s": "BTCUSDT", "S": "SELL", "ps": "BOTH",
    "f": "GTC", "q": "0.01", "X": "NEW", "ai": "", "ap": "0", "aq": "0", "act": "0", "tp": "61000", "p": "0",
    "V": "NONE", "wt": "CONTRACT_PRICE", "pm": "NONE", "cp": False, "pP": False, "R": True, "tt": 0, "gtd": 0, "rm": "",
}  # fmt: skip


def reader() -> UsdmAccount:
    return UsdmAccount(Memory(frozenset(), 0))


def told(name: str, body: dict[str, Any], account: UsdmAccount | None = None, key: str = "o") -> Heard:
    event = {"e": name, "E": 1719360000012, "T": 1719360000011, key: body}
    return (account or reader()).read(json.dumps(event).encode(), TS)


def order(**more: Any) -> Any:
    return told("ORDER_TRADE_UPDATE", ORDER | more)


FILL = {"x": "TRADE", "X": "FILLED", "l": "0.02", "L": "61801.5", "n": "0.5", "N": "USDT", "t": 77}


def filled(name: ClientOrderId) -> ev.OrderFilled:
    return ev.OrderFilled(
        name, TradeId("BTCUSDT-77"), D("0.02"), D("61801.5"), D("0.5"), Asset("USDT"), Liquidity.TAKER, AT, TS
    )


def test_the_life_of_an_order() -> None:
    assert order().events == (ev.OrderAccepted(ID, VenueOrderId("42"), AT, TS),)
    assert order(**FILL).events == (filled(ID),)
    assert order(x="CANCELED", X="CANCELED", z="0.01").events == (
        ev.OrderCancelled(ID, "cancelled", AT, TS, D("0.01")),
    )
    assert order(x="EXPIRED", X="EXPIRED", er="4").events == (ev.OrderExpired(ID, "expired, reason 4", AT, TS, D(0)),)
    assert order(x="AMENDMENT", q="0.01", p="61900", sp=None).events == (
        ev.OrderAmended(ID, D("0.01"), D(61900), None, AT, TS),
    )
    assert order(x="TRADE", l="0").look


def algo(account: UsdmAccount, **more: Any) -> tuple[ev.Event, ...]:
    return told("ALGO_UPDATE", ALGO | more, account).events


def test_a_conditional_order_keeps_its_name_in_what_it_becomes() -> None:
    account = reader()
    assert algo(account) == (ev.OrderAccepted(STOP, VenueOrderId("algo-7"), AT, TS),)
    assert algo(account, X="TRIGGERING") == ()
    assert algo(account, X="TRIGGERED", ai="42") == (ev.OrderTriggered(STOP, AT, TS),)
    child = told("ORDER_TRADE_UPDATE", ORDER | FILL | {"c": "a-name-of-theirs"}, account)
    assert child.events == (filled(STOP),)
    assert algo(account, X="FINISHED", ai="42", aq="0.01", ap="61801.5") == ()


def test_the_link_may_be_found_by_looking() -> None:
    memory = Memory(frozenset(), 0)
    memory.link(42, STOP)
    account = UsdmAccount(memory)
    assert told("ORDER_TRADE_UPDATE", ORDER | FILL, account).events == (filled(STOP),)


def test_the_ends_of_a_conditional_order() -> None:
    account = reader()
    assert algo(account, X="FINISHED", aq="0") == (ev.OrderCancelled(STOP, "cancelled", AT, TS),)
    assert algo(account, X="CANCELED") == (ev.OrderCancelled(STOP, "cancelled", AT, TS),)
    assert algo(account, X="EXPIRED", rm="late") == (ev.OrderExpired(STOP, "late", AT, TS),)
    assert algo(account, X="REJECTED", rm="Reduce Only reject") == (
        ev.OrderRejected(STOP, "Reduce Only reject", AT, TS),
    )


@pytest.mark.parametrize("name", ["autoclose-123", "adl_autoclose", "settlement_autoclose-1", "delivery_autoclose-1"])
def test_what_the_venue_does_by_force_is_a_liquidation_and_no_order_of_ours(name: str) -> None:
    for execution in ("TRADE", "CALCULATED"):
        heard = order(**FILL | {"x": execution, "c": name, "S": "SELL"})
        assert heard.events == (
            ev.PositionLiquidated(
                InstrumentId("binance_usdm:BTCUSDT"), TradeId("BTCUSDT-77"), Side.SELL, D("0.02"), D("61801.5"),
                D("0.5"), Asset("USDT"), AT, TS,
            ),
        )  # fmt: skip
        assert name in heard.look
    assert order(c=name).events == ()
    assert order(c=name).look


def account_update(reason: str, *changes: tuple[str, str]) -> Heard:
    rows = [{"a": asset, "wb": "1", "cw": "1", "bc": change} for asset, change in changes]
    return told("ACCOUNT_UPDATE", {"m": reason, "B": rows, "P": []}, key="a")


def test_funding_is_looked_up_and_transfers_are_told() -> None:
    assert account_update("FUNDING_FEE", ("USDT", "-0.5")) == Heard(look="FUNDING_FEE")
    assert account_update("ORDER", ("USDT", "0")) == NOTHING
    moved = account_update("DEPOSIT", ("USDT", "100"), ("BTC", "0"))
    assert moved.events == (
        ev.BalanceTransferred("binance_usdm", Asset("USDT"), D(100), TS, f"{AT // 1_000_000}/USDT/100/1"),
    )
    assert account_update("INSURANCE_CLEAR", ("USDT", "5")).look == "INSURANCE_CLEAR"


def test_the_quick_word_of_a_fill_is_not_booked() -> None:
    lite = {
        "e": "TRADE_LITE", "E": 1, "T": 1, "s": "BTCUSDT", "q": "0.02", "p": "0", "m": False, "c": "tw-000001",
        "S": "BUY", "L": "61801.5", "l": "0.02", "t": 77, "i": 42,
    }  # fmt: skip
    assert reader().read(json.dumps(lite).encode(), TS) == NOTHING


def test_the_end_of_the_stream_and_alarms() -> None:
    assert reader().read(b'{"e":"listenKeyExpired","E":5,"listenKey":"x"}', TS).over == "listenKeyExpired"
    assert reader().read(b'{"e":"MARGIN_CALL","E":5}', TS).look == "MARGIN_CALL"
    assert reader().read(b'{"e":"somethingNew"}', TS) == NOTHING


@pytest.mark.parametrize("change", [{"x": "WHAT"}, {"i": "42"}, {"l": "nan", "x": "TRADE"}, {"T": "now"}])
def test_what_is_not_as_documented_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(VenueProtocolError):
        told("ORDER_TRADE_UPDATE", ORDER | change)
    with pytest.raises(VenueProtocolError):
        reader().read(b"{", TS)
