"""A killed exchange goes on from its requests: the same orders under the same numbers, the same fills and money."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.exchange.binance.rig import CONFIG, CONTRACTS, Rig
from tradewind.domain.errors import LocalError, StateError
from tradewind.domain.time import NS_PER_SECOND
from tradewind.exchange import request_log
from tradewind.exchange.binance import asking
from tradewind.exchange.binance.params import Params
from tradewind.exchange.binance.refusals import WireError

if TYPE_CHECKING:
    from pathlib import Path

SLOW = CONFIG.replace("BTC: 1}", "BTC: 1}, latency: {kind: fixed, submit_ms: 300, report_ms: 200}")
OF_ONE = ("openOrders", "allOrders", "myTrades")
LISTED = (*OF_ONE, "account", "allOrderList")


def listed(rig: Rig) -> dict[str, Any]:
    """Return all that an account is told of what it has."""
    of_one = {"symbol": "BTCUSDT"}
    return {path: rig.ask("GET", f"/api/v3/{path}", **of_one if path in OF_ONE else {}) for path in LISTED}


def trade(rig: Rig, minute: int) -> None:
    """Buy or sell, rest, amend and cancel in a minute."""
    rig.wait(5)
    price = rig.price()
    rig.order("BUY" if minute % 2 else "SELL", quantity="0.02")
    rests = rig.order("BUY", "LIMIT", timeInForce="GTC", quantity="0.03", price=f"{price * 0.999:.2f}")
    stop = rig.order("SELL", "STOP_LOSS", quantity="0.01", stopPrice=f"{price * 0.998:.2f}")
    rig.wait(20)
    order = {"symbol": "BTCUSDT", "orderId": rests["orderId"]}
    with contextlib.suppress(WireError):  # it may have filled
        rig.ask("PUT", "/api/v3/order/amend/keepPriority", **order, newQty="0.02", newClientOrderId=f"less-{minute}")
    order = {"symbol": "BTCUSDT", "orderId": stop["orderId"]}
    if rig.ask("GET", "/api/v3/order", **order)["status"] == "NEW" and minute % 2:
        rig.ask("DELETE", "/api/v3/order", **order, newClientOrderId="gone")
    rig.wait(40)


def go_on(folder: Path, until: int, config: str = CONFIG) -> Rig:
    """Return an exchange that goes on from its requests, at a time."""
    rig = Rig(folder, config, state=folder / "state")
    rig.wait((until - rig.now) / NS_PER_SECOND)
    assert rig.now == until
    return rig


def test_it_goes_on_with_every_order_under_its_number(tmp_path: Path) -> None:
    first = Rig(tmp_path, state=tmp_path / "state")
    for minute in range(5):
        trade(first, minute)
    first.order("BUY", "LIMIT", timeInForce="GTC", quantity="0.03", price=f"{first.price() * 0.8:.2f}")
    before = listed(first)
    first.kill()
    second = go_on(tmp_path, first.now)
    assert listed(second) == before
    assert {order["status"] for order in before["allOrders"]} >= {"NEW", "FILLED", "CANCELED"}
    placed = second.order("BUY", quantity="0.01")
    assert placed["orderId"] == max(order["orderId"] for order in before["allOrders"]) + 1
    second.kill()


@pytest.mark.parametrize("pack_bytes", [request_log.PACK_BYTES, 1])
def test_a_run_that_is_killed_every_minute_is_the_run_that_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack_bytes: int
) -> None:
    """Also if its file is packed at each start."""
    monkeypatch.setattr(request_log, "PACK_BYTES", pack_bytes)
    kept, whole = tmp_path / "kept", tmp_path / "whole"
    kept.mkdir()
    whole.mkdir()
    undisturbed, rig = Rig(whole), Rig(kept, state=kept / "state")
    for minute in range(5):
        trade(undisturbed, minute)
        trade(rig, minute)
        rig.kill()
        rig = go_on(kept, rig.now)
    rig.kill()
    assert without_times(listed(rig)) == without_times(listed(undisturbed))


def without_times(told: Any) -> Any:
    """Leave out what depends on when the exchange began."""
    if isinstance(told, list):
        return [without_times(each) for each in told]
    if not isinstance(told, dict):
        return told
    return {name: without_times(each) for name, each in told.items() if "ime" not in name}


def test_requests_under_way_arrive_after_it_was_killed(tmp_path: Path) -> None:
    """With latency, a request is written down and has not come to the venue when the exchange dies."""
    first = Rig(tmp_path, SLOW, state=tmp_path / "state")
    first.wait(5)
    dealer = first.floor().dealers["main"]
    asked = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.02"}
    dealer.send(asking.asked(Params(asked), first.floor().symbols))
    assert listed(first)["allOrders"][0]["status"] == "PENDING_NEW"
    first.kill()
    second = go_on(tmp_path, first.now, SLOW)
    assert listed(second)["allOrders"][0]["status"] == "PENDING_NEW"
    second.wait(1)
    assert listed(second)["allOrders"][0]["status"] == "FILLED"
    second.kill()


def test_the_file_is_of_one_exchange_and_one_process(tmp_path: Path) -> None:
    first = Rig(tmp_path, state=tmp_path / "state")
    with pytest.raises(LocalError, match="in use"):
        Rig(tmp_path, state=tmp_path / "state")
    first.kill()
    for other in (SLOW, CONFIG.replace("seed: 7", "seed: 8"), CONFIG.replace("BTC: 1", "BTC: 2")):
        with pytest.raises(StateError, match="not of this configuration"):
            Rig(tmp_path, other, state=tmp_path / "state")


def test_a_last_entry_that_was_cut_short_is_let_go_and_damage_is_not(tmp_path: Path) -> None:
    path = tmp_path / "state"
    first = Rig(tmp_path, state=path)
    trade(first, 0)
    first.kill()
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    second = Rig(tmp_path, state=path)
    assert listed(second)["allOrders"]
    second.kill()
    path.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    with pytest.raises(StateError, match="is damaged"):
        Rig(tmp_path, state=path)


def test_contracts_their_mode_and_the_key_of_the_stream_are_kept(tmp_path: Path) -> None:
    first = Rig(tmp_path, CONTRACTS, state=tmp_path / "state")
    first.wait(5)
    first.ask("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")
    first.ask("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=3)
    key = first.ask("POST", "/fapi/v1/listenKey")
    order = {"symbol": "BTCUSDT", "type": "MARKET", "quantity": "0.1", "newOrderRespType": "RESULT"}
    first.ask("POST", "/fapi/v1/order", side="BUY", positionSide="LONG", **order)
    first.ask("POST", "/fapi/v1/order", side="SELL", positionSide="SHORT", **order)
    risk = first.ask("GET", "/fapi/v3/positionRisk")
    first.kill()
    second = go_on(tmp_path, first.now, CONTRACTS)
    assert second.ask("GET", "/fapi/v3/positionRisk") == risk
    assert second.ask("POST", "/fapi/v1/listenKey") == key
    assert second.ask("GET", "/fapi/v1/positionSide/dual") == {"dualSidePosition": True}
    assert [row["leverage"] for row in risk] == ["3", "3"]
    second.kill()


def test_half_an_order_stays_half_an_order(tmp_path: Path) -> None:
    first = Rig(tmp_path, state=tmp_path / "state")
    first.wait(5)
    cuts = [True, True, True]
    first.floor().cuts_short = lambda: bool(cuts and cuts.pop())
    assert first.order("BUY", quantity="0.00001")["executedQty"] == "0.00001000", "too little to be halved"
    sold = first.order("SELL", quantity="0.03")
    below = f"{first.price() * 0.9:.2f}"
    rests = first.order("BUY", "LIMIT", timeInForce="GTC", quantity="0.04", price=below)
    less = first.order("BUY", "LIMIT", timeInForce="GTC", quantity="0.04", price=below)
    order = {"symbol": "BTCUSDT", "orderId": less["orderId"]}
    first.ask("PUT", "/api/v3/order/amend/keepPriority", **order, newQty="0.03")
    before = listed(first)
    assert not cuts
    first.kill()
    second = go_on(tmp_path, first.now)
    assert listed(second) == before
    told = {each["orderId"]: each for each in before["allOrders"]}
    assert (told[sold["orderId"]]["status"], told[sold["orderId"]]["executedQty"]) == ("EXPIRED", "0.01500000")
    assert {told[each["orderId"]]["origQty"] for each in (rests, less)} == {"0.04000000", "0.03000000"}
    gone = second.ask("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=rests["orderId"])
    assert (gone["status"], gone["origQty"]) == ("CANCELED", "0.04000000")
    second.kill()


def test_a_tick_that_was_changed_stays_changed(tmp_path: Path) -> None:
    first = Rig(tmp_path, state=tmp_path / "state")
    first.floor().change_tick("BTCUSDT", "0.50")
    with pytest.raises(ValueError, match="a tick is a number"):
        first.floor().change_tick("BTCUSDT", "wide")
    first.kill()
    second = Rig(tmp_path, state=tmp_path / "state")
    listed = second.ask("GET", "/api/v3/exchangeInfo", symbol="BTCUSDT")["symbols"][0]["filters"]
    assert listed[0]["tickSize"] == "0.50000000"
    second.kill()
