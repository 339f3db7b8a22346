"""The desk of a USD-M account: conditional orders at their service, questions over REST, funding once, a way round."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from tests.unit.venues.binance.bench import KEYS, T0, names
from tests.unit.venues.binance.test_filters import USDM as FILTERS
from tests.unit.venues.binance.test_requests import spec
from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId
from tradewind.domain.order import OrderSpec, OrderType, Side
from tradewind.domain.time import NS_PER_DAY, NS_PER_MS, NS_PER_SECOND
from tradewind.testing.builders import instrument
from tradewind.venues._net.offset import VenueClock
from tradewind.venues.binance.calls import Call, Reply
from tradewind.venues.binance.desk import Desk
from tradewind.venues.binance.errands import Errands
from tradewind.venues.binance.holdings import Holdings
from tradewind.venues.binance.listing import Listing
from tradewind.venues.binance.opening import Opening
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.rules import rules_of
from tradewind.venues.binance.usdm_memory import Memory
from tradewind.venues.binance.usdm_wishes import UsdmWishes

if TYPE_CHECKING:
    from tradewind.venues.binance.out import Out

D = Decimal
BTC = InstrumentId("binance_usdm:BTCUSDT")
ENTRY, STOP = ClientOrderId("tw-000001"), ClientOrderId("tw-000002")
MS = T0 // NS_PER_MS


def order_of(name: ClientOrderId, kind: OrderType = OrderType.MARKET, **more: Any) -> OrderSpec:
    return spec(kind, id=name, instrument=BTC, quantity=D("0.02"), **more)


PROTECT = SubmitOrder(order_of(STOP, OrderType.STOP, side=Side.SELL, trigger=D(60000), reduce_only=True))
ENTER = SubmitOrder(order_of(ENTRY))


class Bench:
    """A desk with both of its connections, what it sends on one and asks over REST."""

    def __init__(self, *, opened: bool = True) -> None:
        self.clock = VenueClock(lambda: T0, 0)
        self.memory = Memory(frozenset({Asset("USDT")}), T0)
        listing = Listing("BTCUSDT", rules_of(FILTERS))
        holdings = Holdings([instrument(symbol="BTCUSDT")], {}, lambda _: 61_000.0)
        self.errands = Errands(KEYS, recv_window_ms=5_000, patience_ns=10 * NS_PER_SECOND, product=Product.USDM)
        wishes = UsdmWishes({BTC: listing}, holdings, self.memory)
        self.desk = Desk(wishes, self.errands, Opening(self.clock, can_log_on=False, subscribes=False))
        self.sent: list[dict[str, Any]] = []
        self.calls: list[Call] = []
        if opened:
            self._open()

    def _open(self) -> None:
        self.do(self.desk.open(T0))
        self.answer({"serverTime": MS})
        self.do(self.desk.stream_opened(T0))
        assert self.desk.is_heard
        self.reply([])
        self.calls.clear()

    def do(self, out: Out) -> Out:
        self.sent += [json.loads(frame) for frame in out.frames if isinstance(frame, bytes)]
        self.calls += [frame for frame in out.frames if isinstance(frame, Call)]
        return out

    def take(self, wish: Any) -> Out:
        return self.do(self.desk.take(wish, T0))

    def answer(self, result: Any, *, place: int = -1) -> Out:
        said = {"id": self.sent[place]["id"], "status": 200, "result": result}
        return self.do(self.desk.hear(json.dumps(said).encode(), T0))

    def reply(self, body: Any, *, place: int = -1, status: int = 200) -> Out:
        told = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.do(self.desk.replied(self.calls[place].id, Reply(status, {}, told), T0))

    def fail(self, code: int, msg: str, *, place: int = -1, status: int = 400) -> Out:
        return self.reply({"code": code, "msg": msg}, place=place, status=status)

    def hear(self, event: dict[str, Any]) -> Out:
        return self.do(self.desk.hear_stream(json.dumps(event).encode(), T0))


def order(**more: Any) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT", "orderId": 42, "clientOrderId": ENTRY, "status": "NEW", "type": "LIMIT", "side": "BUY",
        "price": "61000", "origQty": "0.02", "executedQty": "0", "updateTime": MS,
    } | more  # fmt: skip


def algo(**more: Any) -> dict[str, Any]:
    return {
        "algoId": 7, "clientAlgoId": STOP, "algoStatus": "NEW", "symbol": "BTCUSDT", "side": "SELL",
        "orderType": "STOP_MARKET", "quantity": "0.02", "triggerPrice": "60000", "reduceOnly": True, "createTime": MS,
    } | more  # fmt: skip


def trade(**more: Any) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT", "id": 5, "orderId": 42, "price": "60000", "qty": "0.02", "commission": "0.48",
        "commissionAsset": "USDT", "time": MS, "maker": False, "buyer": False,
    } | more  # fmt: skip


def paths(bench: Bench) -> list[str]:
    return [f"{call.verb} {call.target.partition('?')[0]}" for call in bench.calls]


def test_a_stop_goes_to_the_service_for_conditional_orders_and_comes_back_from_there() -> None:
    bench = Bench()
    bench.take(PROTECT)
    sent = bench.sent[-1]
    assert sent["method"] == "algoOrder.place"
    assert (sent["params"]["type"], sent["params"]["triggerPrice"]) == ("STOP_MARKET", "60000")
    assert (sent["params"]["reduceOnly"], sent["params"]["clientAlgoId"]) == ("true", STOP)
    (accepted,) = bench.answer(algo()).events
    assert isinstance(accepted, ev.OrderAccepted)
    assert accepted.venue_order == "algo-7"
    bench.take(CancelOrder(STOP, BTC))
    assert bench.sent[-1]["method"] == "algoOrder.cancel"
    assert bench.sent[-1]["params"]["clientAlgoId"] == STOP


def test_a_triggered_stop_is_cancelled_and_asked_for_as_the_order_that_it_has_become() -> None:
    bench = Bench()
    bench.take(PROTECT)
    bench.answer(algo())
    body = {
        "caid": STOP, "aid": 7, "at": "CONDITIONAL", "o": "STOP", "s": "BTCUSDT", "S": "SELL", "ps": "BOTH",
        "f": "GTC", "q": "0.02", "X": "TRIGGERED", "ai": "42", "tp": "60000", "p": "0", "R": True,
    }  # fmt: skip
    assert names(bench.hear({"e": "ALGO_UPDATE", "E": MS, "T": MS, "o": body})) == ["OrderTriggered"]
    bench.take(CancelOrder(STOP, BTC))
    assert bench.sent[-1]["method"] == "order.cancel"
    assert bench.sent[-1]["params"]["orderId"] == 42
    bench.take(QueryOrder(STOP, BTC))
    assert bench.sent[-1]["method"] == "order.status"
    assert bench.sent[-1]["params"]["orderId"] == 42
    bench.answer(order(clientOrderId="the-venues-own-name", status="FILLED", executedQty="0.02"))
    assert paths(bench) == ["GET /fapi/v1/userTrades"]
    filled, found = bench.reply([trade()]).events
    assert isinstance(filled, ev.OrderFilled)
    assert (filled.order, filled.trade_id, filled.fee) == (STOP, "BTCUSDT-5", D("0.48"))
    assert isinstance(found, ev.OrderFound)


def test_an_order_that_nobody_remembers_is_asked_for_at_both_services() -> None:
    bench = Bench()
    bench.take(QueryOrder(STOP, BTC))
    error = {"id": bench.sent[-1]["id"], "status": 400, "error": {"code": -2013, "msg": "Order does not exist."}}
    assert bench.do(bench.desk.hear(json.dumps(error).encode(), T0)).events == ()
    assert paths(bench) == ["GET /fapi/v1/algoOrder"]
    assert names(bench.fail(-2013, "Order does not exist.")) == ["OrderNotFound"]
    other = Bench()
    other.take(QueryOrder(STOP, BTC))
    error["id"] = other.sent[-1]["id"]
    other.do(other.desk.hear(json.dumps(error).encode(), T0))
    assert names(other.reply(algo())) == ["OrderAccepted", "OrderFound"]
    other.take(CancelOrder(STOP, BTC))
    assert other.sent[-1]["method"] == "algoOrder.cancel", "now it is known where it is"


def test_funding_is_asked_for_when_it_was_charged_and_told_once() -> None:
    bench = Bench()
    row = {"symbol": "BTCUSDT", "incomeType": "FUNDING_FEE", "income": "-1.5", "asset": "USDT", "time": MS, "tranId": 9}
    charged = {"e": "ACCOUNT_UPDATE", "E": MS, "T": MS, "a": {"m": "FUNDING_FEE", "B": [], "P": []}}
    assert bench.hear(charged).events == ()
    assert paths(bench) == ["GET /fapi/v1/income"]
    (paid,) = bench.reply([row]).events
    assert isinstance(paid, ev.FundingPaid)
    assert (paid.instrument, paid.amount, paid.asset) == (BTC, D("-1.5"), "USDT")
    bench.hear(charged)
    assert bench.reply([row]).events == (), "by its number, whoever tells it again"
    assert names(bench.reply([row | {"tranId": 10}], place=-1)) == [], "an answer that nobody waits for"


def test_an_account_is_read_with_both_kinds_of_orders_and_our_names() -> None:
    bench = Bench()
    bench.take(QueryAccount(T0, 3))
    assert {frame["method"] for frame in bench.sent[-2:]} == {"v2/account.balance", "v2/account.position"}
    bench.answer([{"asset": "USDT", "balance": "900"}, {"asset": "BNB", "balance": "1"}], place=-2)
    held = {"symbol": "BTCUSDT", "positionAmt": "-0.02", "entryPrice": "61000"}
    bench.answer([held, {"symbol": "ETHUSDT", "positionAmt": "1", "entryPrice": "3000"}])
    assert paths(bench) == [
        "GET /fapi/v1/income", "GET /fapi/v1/openOrders", "GET /fapi/v1/openAlgoOrders", "GET /fapi/v1/userTrades",
    ]  # fmt: skip
    bench.reply([], place=0)
    bench.reply([], place=1)
    bench.reply([algo()], place=2)
    assert bench.reply([trade(orderId=43)], place=3).events == ()
    assert paths(bench)[4:] == ["GET /fapi/v1/allAlgoOrders"]
    bench.answer(order(orderId=43, clientOrderId="xyz", status="FILLED", executedQty="0.02"))
    (found,) = bench.reply([algo(clientAlgoId="tw-000009", actualOrderId="43", algoStatus="FINISHED")]).events
    assert isinstance(found, ev.AccountSnapshot)
    assert [(each.asset, each.total) for each in found.balances or ()] == [("USDT", D(900))]
    assert [(each.instrument, each.quantity) for each in found.positions or ()] == [(BTC, D("-0.02"))]
    assert [each.order for each in found.orders or ()] == [STOP]
    assert [each.order for each in found.fills or ()] == ["tw-000009"]
    assert (found.account, found.number) == (AccountKind.MARGIN, 3)


def test_a_liquidation_that_nobody_heard_of_is_told_by_the_account_under_its_name() -> None:
    bench = Bench()
    bench.take(QueryAccount(T0, 3))
    bench.answer([{"asset": "USDT", "balance": "900"}], place=-2)
    bench.answer([])
    for place in range(3):
        bench.reply([], place=place)
    bench.reply([trade(orderId=77, id=8), trade(orderId=42)], place=3)
    assert paths(bench)[4:] == ["GET /fapi/v1/allAlgoOrders"]
    bench.answer(order(orderId=77, clientOrderId="autoclose-1", status="FILLED", executedQty="0.02"), place=-2)
    bench.answer(order(status="FILLED", executedQty="0.02"))
    (found,) = bench.reply([]).events
    assert isinstance(found, ev.AccountSnapshot)
    (closed,) = found.charges
    assert isinstance(closed, ev.PositionLiquidated)
    assert (closed.instrument, closed.trade_id, closed.side) == (BTC, "BTCUSDT-8", Side.SELL)
    assert (closed.quantity, closed.price, closed.fee) == (D("0.02"), D(60000), D("0.48"))


def test_after_a_long_break_executions_are_asked_for_week_by_week_until_now() -> None:
    """Asked from a time on, Binance tells those of the seven days after it: the rest would be taken for nothing."""
    bench = Bench()
    bench.take(QueryAccount(T0 - 10 * NS_PER_DAY, 3))
    bench.answer([], place=-2)
    bench.answer([])
    for place in range(3):
        bench.reply([], place=place)
    assert not bench.reply([trade(time=MS - 9 * 86_400_000)], place=3).events
    spans = [
        {name: int(value) for name, value in parse_qsl(call.target.partition("?")[2]) if name.endswith("Time")}
        for call in bench.calls if "userTrades" in call.target
    ]  # fmt: skip
    assert [each["endTime"] - each["startTime"] + 1 for each in spans] == [7 * 86_400_000] * 2
    assert spans[0]["startTime"] == MS - 10 * 86_400_000
    assert spans[1]["startTime"] == spans[0]["endTime"] + 1
    bench.reply([trade(time=MS - 9 * 86_400_000), trade(id=6, orderId=43)], place=4)
    assert {call.target.partition("?")[0] for call in bench.calls[5:]} == {"/fapi/v1/allAlgoOrders"}
    bench.answer(order(orderId=42, status="FILLED"), place=-2)
    bench.answer(order(orderId=43, clientOrderId="xyz", status="FILLED"))
    (found,) = bench.reply([]).events
    assert isinstance(found, ev.AccountSnapshot)
    assert len(found.fills or ()) == 2, "each once"


def test_a_limit_order_is_changed_in_place_and_told_once() -> None:
    bench = Bench()
    bench.take(SubmitOrder(order_of(ENTRY, OrderType.LIMIT, price=D(61000))))
    bench.answer(order())
    bench.take(AmendOrder(ENTRY, BTC, price=D(60500), number=2))
    assert bench.sent[-1]["method"] == "order.modify"
    assert (bench.sent[-1]["params"]["price"], bench.sent[-1]["params"]["quantity"]) == ("60500", "0.02")
    (amended,) = bench.answer(order(price="60500")).events
    assert isinstance(amended, ev.OrderAmended)
    assert (amended.price, amended.quantity, amended.amendment) == (D(60500), D("0.02"), 2)


def test_while_the_websocket_api_is_away_requests_go_over_rest_and_nothing_goes_twice() -> None:
    bench = Bench()
    bench.take(ENTER)
    assert names(bench.do(bench.desk.lost("reset", T0))) == ["OutcomeUnknown"]
    assert bench.calls == [], "what has left is not sent on another way"
    bench.take(PROTECT)
    assert paths(bench) == ["POST /fapi/v1/algoOrder"]
    assert "signature=" in bench.calls[-1].target
    assert bench.calls[-1].headers == {"X-MBX-APIKEY": "the-key"}
    assert "the-key" not in repr(bench.calls[-1])
    assert "signature" not in repr(bench.calls[-1])
    assert names(bench.reply(algo())) == ["OrderAccepted"]
    bench.take(CancelOrder(STOP, BTC))
    assert names(bench.reply({"algoId": 7, "code": "200"})) == ["OrderCancelled"]


def test_what_became_of_a_call_over_rest_is_a_doubt_unless_it_cannot_have_left() -> None:
    for status, body, expected in (
        (503, b"<html>", "OutcomeUnknown"),
        (504, b"", "OutcomeUnknown"),
        (200, b"half of an ans", "OutcomeUnknown"),
        (400, b'{"code":-2019,"msg":"Margin is insufficient."}', "OrderRejected"),
        (503, b'{"code":-1008,"msg":"Request throttled."}', "OrderRejected"),
    ):
        bench = Bench()
        bench.desk.lost("reset", T0)
        bench.take(ENTER)
        assert names(bench.reply(body, status=status)) == [expected], body
    for left, expected in ((True, "OutcomeUnknown"), (False, "OrderRejected")):
        bench = Bench()
        bench.desk.lost("reset", T0)
        bench.take(ENTER)
        assert names(bench.do(bench.desk.unheard(bench.calls[-1].id, "reset", T0, left=left))) == [expected]


def test_an_order_that_left_unheard_is_asked_for_what_it_executed() -> None:
    bench = Bench()
    bench.desk.lost("reset", T0)
    bench.desk.stream_lost()
    bench.take(PROTECT)
    assert names(bench.reply(algo())) == ["OrderAccepted"]
    assert paths(bench)[-1] == "GET /fapi/v1/algoOrder"
    bench.reply(algo(actualOrderId="42", algoStatus="FINISHED"))
    bench.reply(order(status="FILLED", executedQty="0.02"))
    assert names(bench.reply([trade()])) == ["OrderFilled"]


def test_a_ban_over_rest_is_kept_by_all() -> None:
    bench = Bench()
    bench.desk.lost("reset", T0)
    bench.take(QueryAccount(T0, 1))
    told = json.dumps({"code": -1003, "msg": "Too many requests."}).encode()
    reply = Reply(429, {"retry-after": "7"}, told)
    assert names(bench.do(bench.desk.replied(bench.calls[0].id, reply, T0))) == ["SnapshotFailed"]
    assert bench.errands.budget.silent_until == T0 + 7 * NS_PER_SECOND


def test_an_account_that_changes_while_it_is_read_is_read_again() -> None:
    bench = Bench()
    bench.take(QueryAccount(T0, 3))
    changed = {"e": "ACCOUNT_UPDATE", "E": MS, "T": MS, "a": {"m": "ORDER", "B": [], "P": []}}
    found: tuple[Any, ...] = ()
    for attempt in range(5):
        bench.hear(changed)
        assert not found, attempt
        assert len(bench.calls) == 4 * (attempt + 1)
        bench.answer([{"asset": "USDT", "balance": "900"}], place=-2)
        bench.answer([])
        for place in range(-4, 0):
            found += bench.reply([], place=place - (4 if len(bench.calls) > 4 * (attempt + 1) else 0)).events
    (told,) = found
    assert isinstance(told, ev.AccountSnapshot)
    assert (told.balances, told.positions, told.orders) == (None, None, ()), "what is not one account is not known"
