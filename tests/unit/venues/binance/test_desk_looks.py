"""Questions that take several requests, and what the stream of an account says, at the order desk."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec

from tests.unit.venues.binance.bench import ASK, BTC, ID, T0, Bench, names, order
from tradewind.domain import events as ev
from tradewind.domain.account import Balance, VenuePosition
from tradewind.domain.commands import QueryAccount
from tradewind.domain.ids import Asset, TradeId
from tradewind.domain.order import Liquidity
from tradewind.domain.time import NS_PER_MS, NS_PER_SECOND
from tradewind.testing.builders import instrument
from tradewind.venues.binance.holdings import Holdings
from tradewind.venues.binance.out import Out

D = Decimal


# --- questions ----------------------------------------------------------------------------------


def trade(number: int = 77, qty: str = "0.004", order_id: int = 42) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT", "id": number, "orderId": order_id, "price": "61000.1", "qty": qty, "commission": "0.1",
        "commissionAsset": "USDT", "time": T0 // NS_PER_MS, "isBuyer": True, "isMaker": False,
    }  # fmt: skip


def test_an_order_is_found_with_its_fills_before_its_end() -> None:
    bench = Bench()
    bench.take(ASK)
    assert bench.answer(order(status="CANCELED", executedQty="0.004")) == Out((_last(bench),))
    assert bench.sent[-1]["method"] == "myTrades"
    assert names(bench.answer([trade()])) == ["OrderFilled", "OrderCancelled", "OrderFound"]
    bench.take(ASK)
    assert names(bench.answer(order())) == ["OrderAccepted", "OrderFound"]


def _last(bench: Bench) -> bytes:
    return json.dumps(bench.sent[-1], separators=(",", ":")).encode()


def test_fills_that_are_not_all_told_yet_are_asked_for_again() -> None:
    bench = Bench()
    bench.take(ASK)
    bench.answer(order(status="FILLED", executedQty="0.01"))
    assert names(bench.answer([trade()])) == ["LookupFailed"]


def test_no_such_order_is_not_found_and_a_failed_look_says_nothing() -> None:
    bench = Bench()
    bench.take(ASK)
    assert names(bench.fail(-2013, "Order does not exist.")) == ["OrderNotFound"]
    bench.take(ASK)
    assert names(bench.fail(-1007, "Timeout", status=408)) == ["LookupFailed"]


ACCOUNT = {
    "canTrade": True, "accountType": "SPOT",
    "balances": [
        {"asset": "BTC", "free": "0.5", "locked": "0.1"}, {"asset": "USDT", "free": "100", "locked": "0"},
    ],
}  # fmt: skip


def test_an_account_is_told_whole_with_the_names_of_its_fills() -> None:
    bench = Bench()
    bench.holdings.moved(Asset("BTC"), D("0.4"))
    out = bench.take(QueryAccount(T0 - NS_PER_SECOND, 7))
    assert len(out.frames) == 3
    asked = [frame["method"] for frame in bench.sent[-3:]]
    assert asked == ["account.status", "openOrders.status", "myTrades"]
    bench.answer([trade()], place=-1)
    bench.answer(ACCOUNT, place=-3)
    bench.answer([order(orderId=43, clientOrderId="tw-5")], place=-2)
    assert bench.sent[-1]["params"]["orderId"] == 42, "the order of the fill rests no more, so it is asked for"
    (snapshot,) = bench.answer(order(status="FILLED", executedQty="0.004")).events
    assert isinstance(snapshot, ev.AccountSnapshot)
    assert snapshot.number == 7
    assert snapshot.balances == (Balance(Asset("BTC"), D("0.6"), D("0.1")), Balance(Asset("USDT"), D(100)))
    assert snapshot.positions == (VenuePosition(BTC, D("0.2"), D(61000)),)
    assert [each.order for each in snapshot.orders or ()] == ["tw-5"]
    assert [fill.order for fill in snapshot.fills or ()] == [ID]
    assert [each.order for each in snapshot.ended or ()] == [ID]


def test_an_account_that_cannot_be_read_whole_is_told_once_as_not_read() -> None:
    bench = Bench()
    bench.take(QueryAccount(0, 7))
    failed = bench.fail(-1007, "Timeout", status=408)
    assert names(failed) == ["SnapshotFailed"]
    assert names(bench.fail(-1007, "Timeout", status=408, place=-2)) == []
    assert names(bench.answer(ACCOUNT, place=-3)) == []
    bench.take(QueryAccount(0, 8))
    assert names(bench.desk.lost("reset", T0)) == ["SnapshotFailed"]


def test_lesson_114_where_two_instruments_share_an_asset_no_position_is_told() -> None:
    coins = [instrument(symbol="BTCUSDT"), instrument(symbol="BTCEUR", quote="EUR")]
    assert Holdings(coins, {}, lambda _: 1.0)((Balance(Asset("BTC"), D(1)),)) is None
    assert Holdings(coins[:1], {}, lambda _: None)((Balance(Asset("BTC"), D(1)),)) is None
    assert Holdings(coins[:1], {Asset("BTC"): D(1)}, lambda _: None)((Balance(Asset("BTC"), D(1)),)) == ()


# --- the stream ---------------------------------------------------------------------------------


def test_a_deposit_is_nobodys_position() -> None:
    bench = Bench()
    out = bench.hear({"subscriptionId": 0, "event": {"e": "balanceUpdate", "E": 1, "a": "BTC", "d": "2", "T": 1}})
    assert names(out) == ["BalanceTransferred"]
    assert bench.holdings((Balance(Asset("BTC"), D(2)),)) == ()
    bench.hear({"subscriptionId": 0, "event": {"e": "balanceUpdate", "E": 2, "a": "BTC", "d": "2", "T": 1}})
    assert bench.holdings((Balance(Asset("BTC"), D(2)),)) == (), "told again: it came once"
    bench.hear({"subscriptionId": 0, "event": {"e": "balanceUpdate", "E": 9, "a": "BTC", "d": "2", "T": 8}})
    assert bench.holdings((Balance(Asset("BTC"), D(4)),)) == ()


def test_the_end_of_the_stream_gives_the_connection_up() -> None:
    bench = Bench()
    assert bench.hear({"subscriptionId": 0, "event": {"e": "eventStreamTerminated", "E": 5}}).over
    assert bench.hear({"event": {"e": "serverShutdown", "E": 5}}).over


def test_a_fee_in_bnb_is_no_sale_of_it() -> None:
    coins = [instrument(symbol="BTCUSDT"), instrument(symbol="BNBUSDT", base="BNB")]
    held = Holdings(coins, {Asset("BNB"): D(2)}, lambda _: 600.0)
    fill = ev.OrderFilled(ID, TradeId("BTCUSDT-1"), D(1), D(60000), D("0.01"), Asset("BNB"), Liquidity.TAKER, T0, T0)
    for _ in range(2):
        held.paid(fill)  # the stream and a look both tell of it
    assert held((Balance(Asset("BNB"), D("1.99")),)) == ()
    bought = msgspec.structs.replace(fill, trade_id=TradeId("BNBUSDT-7"), fee=D("0.1"))
    held.paid(bought)  # a fee in what was bought makes the position smaller, as in our books
    (position,) = held((Balance(Asset("BNB"), D("2.89")),)) or ()
    assert position.quantity == D("0.9")
