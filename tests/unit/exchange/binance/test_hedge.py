"""Long and short positions of one contract held apart: entries, profits, closes, modes and refusals."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.exchange.binance.rig import CONTRACTS, Rig
from tradewind.exchange.binance.refusals import WireError

if TYPE_CHECKING:
    from pathlib import Path

V1 = "/fapi/v1"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    made = Rig(tmp_path, CONTRACTS)
    made.wait(5)
    made.ask("POST", f"{V1}/positionSide/dual", dualSidePosition="true")
    return made


def trade(rig: Rig, side: str, position: str, quantity: str = "0.1", **more: Any) -> Any:
    asked = {"symbol": "BTCUSDT", "side": side, "type": "MARKET", "quantity": quantity, "newOrderRespType": "RESULT"}
    return rig.ask("POST", f"{V1}/order", positionSide=position, **(asked | more))


def price(rig: Rig, factor: float) -> str:
    return f"{float(rig.ask('GET', f'{V1}/ticker/price', symbol='BTCUSDT')['price']) * factor:.1f}"


def held(rig: Rig) -> dict[str, Decimal]:
    rows = rig.ask("GET", "/fapi/v2/positionRisk", symbol="BTCUSDT")
    return {row["positionSide"]: Decimal(row["positionAmt"]) for row in rows}


def test_both_sides_are_held_and_closed_apart(rig: Rig) -> None:
    bought, sold = trade(rig, "BUY", "LONG"), trade(rig, "SELL", "SHORT", "0.04")
    assert (bought["positionSide"], sold["positionSide"]) == ("LONG", "SHORT")
    assert held(rig) == {"LONG": Decimal("0.1"), "SHORT": Decimal("-0.04")}
    told = {row["ps"]: row["pa"] for each in rig.told("ACCOUNT_UPDATE") for row in each["a"]["P"]}
    assert told == {"LONG": "0.10000000", "SHORT": "-0.04000000"}
    rig.wait(120)
    risk = {row["positionSide"]: row for row in rig.ask("GET", "/fapi/v3/positionRisk")}
    assert Decimal(risk["LONG"]["entryPrice"]) == Decimal(bought["avgPrice"])
    assert Decimal(risk["SHORT"]["entryPrice"]) == Decimal(sold["avgPrice"])
    trade(rig, "SELL", "LONG")
    closed = trade(rig, "BUY", "SHORT", "0.04")
    assert held(rig) == {"LONG": 0, "SHORT": 0}
    made = [Decimal(row["realizedPnl"]) for row in rig.ask("GET", f"{V1}/userTrades", symbol="BTCUSDT")]
    fees = [Decimal(row["commission"]) for row in rig.ask("GET", f"{V1}/userTrades", symbol="BTCUSDT")]
    assert made[-1] == (Decimal(sold["avgPrice"]) - Decimal(closed["avgPrice"])) * Decimal("0.04")
    wallet = Decimal(rig.ask("GET", "/fapi/v2/account")["totalWalletBalance"])
    assert wallet == 50_000 + sum(made) - sum(fees)


def test_an_order_that_closes_takes_no_more_than_there_is(rig: Rig) -> None:
    trade(rig, "BUY", "LONG")
    with pytest.raises(WireError) as caught:
        trade(rig, "SELL", "LONG", "0.2")
    assert caught.value.code == -2022
    stop = {"symbol": "BTCUSDT", "side": "SELL", "positionSide": "LONG", "algoType": "CONDITIONAL"}
    low = price(rig, 0.5)
    rig.ask("POST", f"{V1}/algoOrder", type="STOP_MARKET", triggerPrice=low, closePosition="true", **stop)
    with pytest.raises(WireError) as caught:
        trade(rig, "BUY", "SHORT")
    assert caught.value.code == -2022


@pytest.mark.parametrize(
    ("more", "code"),
    [({"positionSide": "BOTH"}, -4061), ({"positionSide": "LONG", "reduceOnly": "true"}, -1106)],
)
def test_an_order_says_its_side_and_not_that_it_reduces(rig: Rig, more: dict[str, str], code: int) -> None:
    with pytest.raises(WireError) as caught:
        rig.ask("POST", f"{V1}/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.1", **more)
    assert caught.value.code == code


def test_the_mode_is_changed_only_without_orders_and_positions(rig: Rig) -> None:
    def code(wanted: str) -> int:
        with pytest.raises(WireError) as caught:
            rig.ask("POST", f"{V1}/positionSide/dual", dualSidePosition=wanted)
        return caught.value.code

    assert code("true") == -4059
    trade(rig, "SELL", "SHORT")
    assert code("false") == -4068
    trade(rig, "BUY", "SHORT")
    low = {"type": "LIMIT", "timeInForce": "GTC", "price": price(rig, 0.8)}
    order = trade(rig, "BUY", "LONG", **low)
    assert code("false") == -4067
    rig.ask("DELETE", f"{V1}/order", symbol="BTCUSDT", orderId=order["orderId"])
    rig.ask("POST", f"{V1}/positionSide/dual", dualSidePosition="false")
    with pytest.raises(WireError):
        trade(rig, "BUY", "LONG")
