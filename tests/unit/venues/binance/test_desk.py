"""The order desk: effects become signed frames, answers and reports become events, and no doubt becomes a no."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.venues.binance.bench import ASK, BTC, CANCEL, ID, KEYS, PLACE, T0, Bench, names, order
from tests.unit.venues.binance.test_requests import LIMIT, spec
from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryAccount, QueryOrder, SubmitOrder
from tradewind.domain.ids import ClientOrderId, InstrumentId
from tradewind.domain.order import OrderType
from tradewind.domain.time import NS_PER_MS, NS_PER_SECOND
from tradewind.venues.binance.out import Out
from tradewind.venues.binance.sign import signed_params

D = Decimal


# --- opening ------------------------------------------------------------------------------------


def test_the_clocks_are_compared_before_anything_is_signed() -> None:
    bench = Bench(opened=False)
    bench.do(bench.desk.open(T0))
    assert [frame["method"] for frame in bench.sent] == ["time"]
    assert "params" not in bench.sent[0]
    bench.answer({"serverTime": T0 // NS_PER_MS + 750})
    assert bench.clock.now() == T0 + 750 * NS_PER_MS
    assert bench.sent[-1]["method"] == "userDataStream.subscribe.signature"
    assert set(bench.sent[-1]["params"]) == {"apiKey", "timestamp", "signature"}
    assert not bench.desk.is_open
    bench.answer({"subscriptionId": 0})
    assert bench.desk.is_open


def test_a_key_that_can_log_on_signs_once() -> None:
    bench = Bench(opened=False, can_log_on=True)
    bench.do(bench.desk.open(T0))
    bench.answer({"serverTime": T0 // NS_PER_MS})
    assert bench.sent[-1]["method"] == "session.logon"
    assert "signature" in bench.sent[-1]["params"]
    bench.answer({"apiKey": "the-key", "authorizedSince": 1})
    assert (bench.sent[-1]["method"], bench.sent[-1].get("params")) == ("userDataStream.subscribe", None)
    bench.answer({"subscriptionId": 0})
    bench.take(PLACE)
    assert "signature" not in bench.sent[-1]["params"]
    assert "apiKey" not in bench.sent[-1]["params"]
    assert bench.sent[-1]["params"]["timestamp"] == T0 // NS_PER_MS
    bench.desk.lost("gone", T0)
    bench.do(bench.desk.open(T0))
    bench.answer({"serverTime": T0 // NS_PER_MS})
    assert bench.sent[-1]["method"] == "session.logon", "a new connection has no session"


def test_an_opening_that_is_refused_gives_the_connection_up() -> None:
    bench = Bench(opened=False)
    bench.do(bench.desk.open(T0))
    bench.answer({"serverTime": T0 // NS_PER_MS})
    assert "-2015" in bench.fail(-2015, "Invalid API-key, IP, or permissions for action.", status=401).over
    silent = Bench(opened=False)
    silent.do(silent.desk.open(T0))
    assert silent.desk.tick(T0 + 10 * NS_PER_SECOND).over


# --- orders -------------------------------------------------------------------------------------


def test_an_order_is_signed_and_its_answer_is_its_acceptance() -> None:
    bench = Bench()
    assert bench.take(PLACE).events == ()
    frame = bench.sent[-1]
    assert frame["method"] == "order.place"
    unsigned = {name: value for name, value in frame["params"].items() if name != "signature"}
    assert frame["params"] == signed_params(unsigned, KEYS.signer)
    assert (unsigned["price"], unsigned["newClientOrderId"], unsigned["recvWindow"]) == ("61000.1", ID, 5000)
    (accepted,) = bench.answer(order()).events
    assert isinstance(accepted, ev.OrderAccepted)
    assert (accepted.order, accepted.venue_order) == (ID, "42")


@pytest.mark.parametrize("report_first", [True, False])
def test_the_report_may_come_before_the_answer(report_first: bool) -> None:
    bench = Bench()
    bench.take(PLACE)
    steps: list[Any] = [bench.report, lambda: bench.answer(order())]
    told = [names(step()) for step in (steps if report_first else reversed(steps))]
    assert told == [["OrderAccepted"], ["OrderAccepted"]]


def test_answers_are_matched_by_id_and_not_by_order() -> None:
    bench = Bench()
    bench.take(PLACE)
    bench.take(SubmitOrder(spec(OrderType.MARKET, id=ClientOrderId("tw-000002"))))
    second = bench.answer(order(clientOrderId="tw-000002", orderId=43))
    first = bench.answer(order(), place=-2)
    assert [event.order for out in (second, first) for event in out.events] == ["tw-000002", ID]  # type: ignore[union-attr]
    assert bench.answer(order()) == Out(), "an answer that nobody waits for is nothing"


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        (SubmitOrder(spec(OrderType.LIMIT, price=D("61000.005"))), "PRICE_FILTER"),
        (SubmitOrder(spec(OrderType.LIMIT, price=D("1.00"))), "NOTIONAL"),
        (SubmitOrder(spec(OrderType.STOP, trigger=D(62000))), "STOP_LOSS"),
        (SubmitOrder(spec(oco="a"), (spec(id=ClientOrderId("tw-000009"), parent=ID),)), "cancel each other"),
        (SubmitOrder(spec(instrument=InstrumentId("binance:NOPE"))), "not of this session"),
    ],
)
def test_what_would_be_refused_is_refused_here_and_nothing_leaves(wish: SubmitOrder, word: str) -> None:
    bench = Bench()
    before = len(bench.sent)
    out = bench.take(wish)
    assert len(bench.sent) == before
    assert names(out)[0] == "OrderRejected"
    assert word in out.events[0].reason  # type: ignore[union-attr]
    assert names(out)[1:] == ["OrderCancelled"] * len(wish.attached)


@pytest.mark.parametrize(
    ("code", "msg", "status", "outcome"),
    [
        (-2010, "Account has insufficient balance for requested action.", 400, "OrderRejected"),
        (-1013, "Filter failure: LOT_SIZE", 400, "OrderRejected"),
        (-1008, "Server is currently overloaded with other requests.", 503, "OrderRejected"),
        (-2015, "Invalid API-key, IP, or permissions for action.", 401, "OrderRejected"),
        (-1007, "Timeout waiting for response from backend server.", 408, "OutcomeUnknown"),
        (-1006, "An unexpected response was received.", 500, "OutcomeUnknown"),
        (-9876, "never heard of it", 500, "OutcomeUnknown"),
        (-2010, "Duplicate order sent.", 400, "OutcomeUnknown"),
    ],
)
def test_what_becomes_of_an_order_that_failed(code: int, msg: str, status: int, outcome: str) -> None:
    bench = Bench()
    bench.take(PLACE)
    assert names(bench.fail(code, msg, status=status)) == [outcome]


def test_silence_is_a_doubt_and_a_lost_connection_is_one_at_once() -> None:
    bench = Bench()
    bench.take(PLACE)
    due = bench.desk.due()
    assert due == T0 + 10 * NS_PER_SECOND
    assert names(bench.desk.tick(due - 1)) == []
    assert names(bench.desk.tick(due)) == ["OutcomeUnknown"]
    assert bench.desk.due() is None
    bench.take(CANCEL)
    bench.take(ASK)
    assert names(bench.desk.lost("reset", T0)) == ["OutcomeUnknown", "LookupFailed"]
    assert not bench.desk.is_open
    assert names(bench.desk.lost("again", T0)) == []


def test_a_late_answer_is_taken_for_nothing_and_the_engine_asks() -> None:
    bench = Bench()
    bench.take(PLACE)
    bench.desk.tick(T0 + 10 * NS_PER_SECOND)
    assert bench.answer(order()) == Out()


# --- cancels and amendments ---------------------------------------------------------------------


def test_a_cancel_that_lost_the_race_is_refused_and_one_that_won_ends_the_order() -> None:
    bench = Bench()
    bench.take(CANCEL)
    assert bench.sent[-1]["params"]["origClientOrderId"] == ID
    assert names(bench.answer(order(status="CANCELED", origClientOrderId=ID))) == ["OrderCancelled"]
    bench.take(CANCEL)
    assert names(bench.fail(-2011, "Unknown order sent.")) == [], "it may have filled: that is asked first"
    assert bench.sent[-1]["method"] == "order.status"
    assert names(bench.fail(-2013, "Order does not exist.")) == ["CancelRejected"]
    bench.take(CANCEL)
    bench.fail(-2011, "Unknown order sent.")
    bench.answer(order(status="FILLED", executedQty="0.01"))
    fill = {
        "symbol": "BTCUSDT", "id": 7, "orderId": 42, "price": "61000.1", "qty": "0.01", "commission": "0.1",
        "commissionAsset": "USDT", "time": T0 // NS_PER_MS, "isBuyer": True, "isMaker": False,
    }  # fmt: skip
    assert names(bench.answer([fill])) == ["OrderFilled", "CancelRejected"]
    bench.take(CANCEL)
    bench.fail(-2011, "Unknown order sent.")
    assert names(bench.desk.lost("reset", T0)) == ["OutcomeUnknown"]


def test_a_cancel_is_sent_again_where_an_order_is_not() -> None:
    bench = Bench()
    bench.take(CANCEL)
    assert names(bench.fail(-1008, "Server is currently overloaded", status=503)) == []
    assert [frame["method"] for frame in bench.sent[-2:]] == ["order.cancel", "order.cancel"]
    for _ in range(2):
        bench.fail(-1008, "Server is currently overloaded", status=503)
    assert names(bench.fail(-1008, "Server is currently overloaded", status=503)) == ["CancelRejected"]


def test_an_amendment_is_told_once_with_its_number() -> None:
    bench = Bench()
    bench.take(PLACE)
    bench.answer(order())
    bench.take(AmendOrder(ID, BTC, quantity=D("0.005"), number=3))
    assert bench.sent[-1]["method"] == "order.amend.keepPriority"
    assert names(bench.report(x="REPLACED", q="0.005", C=ID)) == []
    (amended,) = bench.answer({"transactTime": 1, "executionId": 2, "amendedOrder": {}}).events
    assert isinstance(amended, ev.OrderAmended)
    assert (amended.quantity, amended.amendment, amended.price) == (D("0.005"), 3, LIMIT.price)
    assert names(bench.report(x="REPLACED", q="0.004", C=ID)) == ["OrderAmended"], "one that is not ours is told"
    assert names(bench.take(AmendOrder(ClientOrderId("tw-77"), BTC, quantity=D(1), number=1))) == ["AmendRejected"]


# --- limits and clocks --------------------------------------------------------------------------


def test_after_a_429_nothing_leaves_until_it_is_over() -> None:
    bench = Bench()
    bench.take(PLACE)
    until = T0 + 5 * NS_PER_SECOND
    data = {"serverTime": T0 // NS_PER_MS, "retryAfter": until // NS_PER_MS}
    refused = bench.fail(-1003, "Too much request weight used", status=429, data=data)
    assert names(refused) == ["OrderRejected"]
    sent = len(bench.sent)
    bench.take(SubmitOrder(spec(OrderType.LIMIT, id=ClientOrderId("tw-2"), price=D(61000))))
    bench.take(CancelOrder(ClientOrderId("tw-3"), BTC))
    assert len(bench.sent) == sent
    bench.do(bench.desk.tick(until - 1))
    assert len(bench.sent) == sent
    bench.do(bench.desk.tick(until))
    assert [frame["method"] for frame in bench.sent[sent:]] == ["order.cancel", "order.place"], "exits go first"


def test_how_long_to_wait_is_told_by_their_time_whatever_ours_is() -> None:
    bench = Bench()
    bench.take(PLACE)
    theirs = T0 // NS_PER_MS - 90_000  # our idea of it is off
    data = {"serverTime": theirs, "retryAfter": theirs + 5_000}
    bench.fail(-1003, "Too much request weight used", status=429, data=data)
    assert bench.errands.budget.silence(T0) == 5 * NS_PER_SECOND


def test_an_entry_that_waits_too_long_for_its_budget_never_left() -> None:
    bench = Bench()
    bench.errands.budget.be_silent(T0 + 60 * NS_PER_SECOND, T0)
    bench.take(PLACE)
    (rejected,) = bench.desk.tick(T0 + 10 * NS_PER_SECOND).events
    assert isinstance(rejected, ev.OrderRejected)
    assert "never sent" in rejected.reason


def test_the_venue_says_what_was_spent() -> None:
    bench = Bench()
    limits = [{"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 50, "count": 50}]
    bench.take(PLACE)
    bench.hear({"id": bench.sent[-1]["id"], "status": 200, "result": order(), "rateLimits": limits})
    sent = len(bench.sent)
    bench.take(SubmitOrder(spec(OrderType.LIMIT, id=ClientOrderId("tw-2"), price=D(61000))))
    assert len(bench.sent) == sent


def test_a_time_that_was_off_is_compared_and_signed_anew_once() -> None:
    bench = Bench()
    bench.take(PLACE)
    wrong = "Timestamp for this request was 1000ms ahead of the server's time."
    assert names(bench.fail(-1021, wrong)) == []
    assert bench.sent[-1]["method"] == "time"
    bench.answer({"serverTime": T0 // NS_PER_MS + 3_000})
    again = bench.sent[-1]
    assert (again["method"], again["params"]["newClientOrderId"]) == ("order.place", ID)
    assert names(bench.fail(-1021, wrong)) == ["OrderRejected"]


@pytest.mark.parametrize("junk", [b"", b"{", b"[]", b'{"id":1,"status":"x"}', b'{"subscriptionId":0,"event":{"e":5}}'])
def test_junk_is_nothing(junk: bytes) -> None:
    bench = Bench()
    assert bench.desk.hear(junk, T0) == Out()


@given(st.lists(st.sampled_from(["place", "cancel", "ask", "account", "answer", "fail", "lose", "tick"]), max_size=30))
def test_every_wish_has_exactly_one_end(steps: list[str]) -> None:
    """Whatever happens in between, each question and each order is answered, refused or in doubt, once."""
    bench, now = Bench(), T0
    wishes: list[Any] = []
    ends: list[str] = []
    for number, step in enumerate(steps):
        now += NS_PER_SECOND
        name, out = ClientOrderId(f"tw-{number}"), Out()
        waiting = len(bench.errands._sent)
        match step:
            case "place":
                wishes.append(name)
                out = bench.take(SubmitOrder(spec(OrderType.LIMIT, id=name, price=D(61000))), now)
            case "ask":
                wishes.append(name)
                out = bench.take(QueryOrder(name, BTC), now)
            case "cancel":
                wishes.append(name)
                out = bench.take(CancelOrder(name, BTC), now)
            case "account":
                wishes.append(f"account {number}")
                out = bench.take(QueryAccount(0, number), now)
            case "fail" if waiting:
                frame = next(iter(bench.errands._sent))
                error = {"code": -2010, "msg": "Market is closed."}
                out = bench.hear({"id": frame, "status": 400, "error": error}, now)
            case "lose":
                out = bench.do(bench.desk.lost("reset", now))
            case "tick":
                now += 20 * NS_PER_SECOND
                out = bench.do(bench.desk.tick(now))
        ends += [str(getattr(e, "order", None) or f"account {getattr(e, 'number', '')}") for e in out.events]
    ends += [
        str(getattr(e, "order", None) or f"account {getattr(e, 'number', '')}")
        for e in (*bench.desk.lost("the end", now).events, *bench.desk.tick(now + 60 * NS_PER_SECOND).events)
    ]
    assert sorted(ends) == sorted(map(str, wishes))
