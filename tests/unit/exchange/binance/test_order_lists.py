"""Order lists of spot: which of the orders trades, which end, and what the stream tells of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.exchange.binance.rig import CONFIG, Rig
from tradewind.exchange.binance.refusals import WireError

if TYPE_CHECKING:
    from pathlib import Path

V3 = "/api/v3/orderList"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    made = Rig(tmp_path)
    made.wait(5)
    return made


def at(rig: Rig, factor: float) -> str:
    return f"{rig.price() * factor:.2f}"


def oco(rig: Rig, above: float, below: float, quantity: str = "0.4", **more: str) -> Any:
    """Place a target above and a stop below what is held."""
    return rig.ask(
        "POST", f"{V3}/oco", symbol="BTCUSDT", side="SELL", quantity=quantity, aboveType="LIMIT_MAKER",
        abovePrice=at(rig, above), belowType="STOP_LOSS", belowStopPrice=at(rig, below), **more,
    )  # fmt: skip


def statuses(rig: Rig, made: Any) -> list[str]:
    return [
        rig.ask("GET", "/api/v3/order", symbol="BTCUSDT", orderId=leg["orderId"])["status"] for leg in made["orders"]
    ]


def until_done(rig: Rig, made: Any, seconds: float = 3600.0) -> Any:
    """Let time go on until a list has ended."""
    for _ in range(int(seconds / 20)):
        found = rig.ask("GET", V3, orderListId=made["orderListId"])
        if found["listOrderStatus"] == "ALL_DONE":
            return found
        rig.wait(20)
    raise AssertionError("it has not ended")


def test_of_two_orders_one_trades_and_the_other_expires(rig: Rig) -> None:
    made = oco(rig, 1.0005, 0.9995, listClientOrderId="pair", aboveClientOrderId="target")
    assert (made["contingencyType"], made["listOrderStatus"], made["listClientOrderId"]) == ("OCO", "EXECUTING", "pair")
    assert [each["type"] for each in made["orderReports"]] == ["STOP_LOSS", "LIMIT_MAKER"]
    assert {each["orderListId"] for each in made["orderReports"]} == {made["orderListId"]}
    assert rig.ask("GET", f"{V3}", origClientOrderId="pair")["orders"] == made["orders"]
    assert len(rig.ask("GET", "/api/v3/openOrderList")) == 1
    until_done(rig, made)
    assert sorted(statuses(rig, made)) == ["EXPIRED", "FILLED"]
    told = rig.told("listStatus")
    assert [(each["l"], each["L"], each["g"]) for each in told] == [
        ("EXEC_STARTED", "EXECUTING", made["orderListId"]), ("ALL_DONE", "ALL_DONE", made["orderListId"]),
    ]  # fmt: skip
    assert {each["g"] for each in rig.told("executionReport")} == {made["orderListId"]}
    assert rig.ask("GET", "/api/v3/openOrderList") == []


def test_two_orders_that_cancel_each_other_lock_once_and_are_cancelled_together(rig: Rig) -> None:
    made = oco(rig, 1.1, 0.9, quantity="0.8")
    balances = {each["asset"]: each for each in rig.ask("GET", "/api/v3/account")["balances"]}
    assert (balances["BTC"]["free"], balances["BTC"]["locked"]) == ("0.20000000", "0.80000000")
    rig.ask("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=made["orders"][1]["orderId"])
    assert statuses(rig, made) == ["CANCELED", "CANCELED"]
    again = oco(rig, 1.1, 0.9)
    gone = rig.ask("DELETE", V3, symbol="BTCUSDT", orderListId=again["orderListId"])
    assert gone["listOrderStatus"] == "ALL_DONE"
    assert [each["status"] for each in gone["orderReports"]] == ["CANCELED", "CANCELED"]
    with pytest.raises(WireError, match="Unknown order"):
        rig.ask("DELETE", V3, symbol="BTCUSDT", orderListId=again["orderListId"])


def test_all_orders_of_a_symbol_are_taken_back_those_of_a_list_together(rig: Rig) -> None:
    alone = rig.order("BUY", "LIMIT", timeInForce="GTC", quantity="0.01", price=at(rig, 0.8))
    made = oco(rig, 1.1, 0.9)
    gone = rig.ask("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")
    assert [each.get("orderId") for each in gone] == [alone["orderId"], None]
    assert (gone[1]["orderListId"], gone[1]["listOrderStatus"]) == (made["orderListId"], "ALL_DONE")
    assert [each["orderId"] for each in gone[1]["orderReports"]] == [each["orderId"] for each in made["orders"]]


def test_an_order_waits_until_the_one_before_has_filled(rig: Rig) -> None:
    made = rig.ask(
        "POST", f"{V3}/oto", symbol="BTCUSDT", workingType="LIMIT", workingSide="BUY", workingTimeInForce="GTC",
        workingQuantity="0.05", workingPrice=at(rig, 0.9995), pendingType="LIMIT_MAKER", pendingSide="SELL",
        pendingQuantity="0.05", pendingPrice=at(rig, 1.0005),
    )  # fmt: skip
    assert [each["status"] for each in made["orderReports"]] == ["NEW", "PENDING_NEW"]
    first, second = (each["orderId"] for each in made["orders"])
    told = rig.told("executionReport")
    assert [(each["i"], each["X"]) for each in told] == [(first, "NEW"), (second, "PENDING_NEW")]
    until_done(rig, made)
    assert statuses(rig, made) == ["FILLED", "FILLED"]
    order = [(each["i"], each["X"]) for each in rig.told("executionReport")]
    assert order.index((first, "FILLED")) < order.index((second, "NEW")) < order.index((second, "FILLED"))


def test_orders_that_wait_end_with_the_one_before(rig: Rig) -> None:
    made = rig.ask(
        "POST", f"{V3}/otoco", symbol="BTCUSDT", workingType="LIMIT", workingSide="BUY", workingTimeInForce="GTC",
        workingQuantity="0.05", workingPrice=at(rig, 0.9), pendingSide="SELL", pendingQuantity="0.05",
        pendingAboveType="TAKE_PROFIT", pendingAboveStopPrice=at(rig, 1.1), pendingBelowType="STOP_LOSS",
        pendingBelowStopPrice=at(rig, 0.8),
    )  # fmt: skip
    assert [each["status"] for each in made["orderReports"]] == ["NEW", "PENDING_NEW", "PENDING_NEW"]
    rig.ask("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=made["orders"][0]["orderId"])
    assert statuses(rig, made) == ["CANCELED"] * 3
    assert rig.told("listStatus")[-1]["L"] == "ALL_DONE"


def test_of_two_that_waited_one_trades(rig: Rig) -> None:
    made = rig.ask(
        "POST", f"{V3}/otoco", symbol="BTCUSDT", workingType="LIMIT", workingSide="BUY", workingTimeInForce="GTC",
        workingQuantity="0.05", workingPrice=at(rig, 1.01), pendingSide="SELL", pendingQuantity="0.05",
        pendingAboveType="LIMIT_MAKER", pendingAbovePrice=at(rig, 1.0007), pendingBelowType="STOP_LOSS",
        pendingBelowStopPrice=at(rig, 0.9993),
    )  # fmt: skip
    assert statuses(rig, made)[0] == "FILLED"
    until_done(rig, made)
    assert sorted(statuses(rig, made)) == ["EXPIRED", "FILLED", "FILLED"]


def test_a_list_is_refused_as_a_whole(rig: Rig) -> None:
    with pytest.raises(WireError, match="relationship of the prices"):
        oco(rig, 0.99, 0.9)
    with pytest.raises(WireError, match="insufficient balance"):
        oco(rig, 1.1, 0.9, quantity="5")
    with pytest.raises(WireError, match="pendingType"):
        rig.ask(
            "POST", f"{V3}/oto", symbol="BTCUSDT", workingType="LIMIT", workingSide="BUY", workingTimeInForce="GTC",
            workingQuantity="0.05", workingPrice=at(rig, 0.9),
        )  # fmt: skip
    assert rig.ask("GET", "/api/v3/openOrders") == []
    assert rig.told("listStatus") == []
    assert rig.ask("GET", "/api/v3/account")["balances"][0]["locked"] == "0.00000000"


def test_a_pair_as_it_was_placed_before(rig: Rig) -> None:
    made = rig.ask(
        "POST", "/api/v3/order/oco", symbol="BTCUSDT", side="SELL", quantity="0.1", price=at(rig, 1.1),
        stopPrice=at(rig, 0.9), stopLimitPrice=at(rig, 0.89), stopLimitTimeInForce="GTC",
    )  # fmt: skip
    assert [each["type"] for each in made["orderReports"]] == ["STOP_LOSS_LIMIT", "LIMIT_MAKER"]


def test_lists_outlive_the_exchange(tmp_path: Path) -> None:
    first = Rig(tmp_path, CONFIG, state=tmp_path / "state")
    first.wait(5)
    pair = oco(first, 1.0005, 0.9995)
    waiting = first.ask(
        "POST", f"{V3}/oto", symbol="BTCUSDT", workingType="LIMIT", workingSide="BUY", workingTimeInForce="GTC",
        workingQuantity="0.05", workingPrice=at(first, 0.9995), pendingType="MARKET", pendingSide="SELL",
        pendingQuantity="0.05",
    )  # fmt: skip
    first.kill()
    second = Rig(tmp_path, CONFIG, state=tmp_path / "state")
    assert second.ask("GET", "/api/v3/openOrderList") == first.ask("GET", "/api/v3/openOrderList")
    until_done(second, pair)
    until_done(second, waiting)
    assert statuses(second, waiting) == ["FILLED", "FILLED"]
    second.kill()
