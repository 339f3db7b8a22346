"""The replica reckons as the engine does, and tells what each step brought."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.unit.record.session_steps import BTC, HEADER, INSTRUMENT, OCT_1, Script, header, session
from tradewind.domain import events as ev
from tradewind.domain.account import Balance
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryOrder, SetTimer, SubmitOrder
from tradewind.domain.ids import Asset, InstrumentId, TimerId, TradeId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.market import Quote, Trade
from tradewind.domain.money import money_context
from tradewind.domain.order import OrderType, Side
from tradewind.domain.step import Step
from tradewind.domain.time import NS_PER_SECOND
from tradewind.engine.engine import Engine
from tradewind.record.recorder.books import Books
from tradewind.record.recorder.facts import CostPaid, Executed, Fact, OrderMoved, Transferred, TripClosed, Valued

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ETHBTC = InstrumentId("binance:ETHBTC")
CROSS = msgspec.structs.replace(
    INSTRUMENT, id=ETHBTC, symbol="ETHBTC", base=Asset("ETH"), quote=Asset("BTC"), tick=Decimal("0.000001")
)
PERPETUAL = header(instruments=(msgspec.structs.replace(INSTRUMENT, kind=InstrumentKind.PERPETUAL),))


@pytest.fixture(autouse=True)
def exact() -> Iterator[None]:
    with money_context():
        yield


def facts(books: Books, steps: list[Step], kind: type[Any]) -> list[Any]:
    found: list[Fact] = [fact for step in steps for fact in books.take(step)]
    return [fact for fact in found if isinstance(fact, kind)]


def test_a_quiet_bar_brings_nothing_and_makes_nothing() -> None:
    script, books = Script(), Books(HEADER)
    books.take(script.steps[0])
    quiet = [books.take(script.bar(OCT_1 + n, 100.0 + n)) for n in range(3)]
    assert quiet == [(), (), ()]
    assert quiet[0] is quiet[1]


def test_money_adds_up() -> None:
    books = Books(HEADER)
    steps = session(48)
    found = [fact for step in steps for fact in books.take(step)]
    trips = [fact.trip for fact in found if isinstance(fact, TripClosed)]
    executed = [fact for fact in found if isinstance(fact, Executed)]
    assert sum(t.gross for t in trips) == sum(e.profit for e in executed)
    assert sum(t.fees for t in trips) == sum(e.fee_base or 0 for e in executed)
    last = next(fact for fact in reversed(found) if isinstance(fact, Valued))
    assert last.equity == Decimal(100_000) + sum(t.net for t in trips)
    assert not books.portfolio.trips


def test_profit_is_in_the_base_currency() -> None:
    """A pair that is quoted in BTC, in an account that counts in USDT."""
    books, script = Books(header(instruments=(INSTRUMENT, CROSS))), Script()
    script.bar(OCT_1, 50_000.0)
    buy, sell = (script.order(side, "10", instrument=ETHBTC) for side in (Side.BUY, Side.SELL))
    script.bar(OCT_1 + 1, 50_000.0, SubmitOrder(buy))
    script.fill(buy, 0.05, fee="0")
    script.bar(OCT_1 + 2, 50_000.0, SubmitOrder(sell))
    script.fill(sell, 0.06, fee="0")
    found = [fact for step in script.steps for fact in books.take(step)]
    closing = [fact for fact in found if isinstance(fact, Executed)][-1]
    assert (closing.profit, closing.pnl_asset, closing.profit_base) == (Decimal("0.10"), "BTC", Decimal(5000))
    assert closing.notional_base == Decimal(30_000)
    assert [fact.trip.net for fact in found if isinstance(fact, TripClosed)] == [Decimal(5000)]


def test_without_a_price_what_it_is_worth_is_unknown() -> None:
    books, script = Books(header(instruments=(INSTRUMENT, CROSS))), Script()
    buy = script.order(Side.BUY, "10", instrument=ETHBTC)
    script.take(ev.TimerFired(TimerId("t"), script.now), SubmitOrder(buy))
    script.fill(buy, 0.05)
    (executed,) = facts(books, script.steps, Executed)
    assert (executed.notional_base, executed.profit_base) == (None, 0), "a profit of nothing is known at any price"
    assert executed.fee_base == Decimal("1.25")


def test_a_fee_in_what_was_bought_is_worth_its_price() -> None:
    books, script = Books(HEADER), Script()
    buy = script.order(Side.BUY, "2")
    script.take(ev.TimerFired(TimerId("t"), script.now), SubmitOrder(buy))
    fill = script.fill
    fill(buy, 100.0, fee="0.01")
    step = script.steps[-1]
    script.steps[-1] = msgspec.structs.replace(step, event=msgspec.structs.replace(step.event, fee_asset=Asset("BTC")))
    (executed,) = facts(books, script.steps, Executed)
    assert executed.fee_base == Decimal(1)


def test_an_order_is_told_of_at_each_turn_of_its_life() -> None:
    books, script = Books(HEADER), Script()
    spec = script.order(Side.BUY, type=OrderType.LIMIT, price=Decimal(90))
    script.bar(OCT_1, 100.0, SubmitOrder(spec), SetTimer(TimerId("t"), OCT_1))
    script.accept(spec)
    script.bar(OCT_1 + 1, 100.0, AmendOrder(spec.id, BTC, price=Decimal(91)), QueryOrder(spec.id, BTC))
    script.take(ev.OrderAmended(spec.id, Decimal("0.5"), Decimal(91), None, script.now, script.now))
    script.bar(OCT_1 + 2, 100.0, CancelOrder(spec.id, BTC))
    script.take(ev.CancelRejected(spec.id, "too late", script.now, script.now))
    script.fill(spec, 91.0)
    states = []
    for step in script.steps:
        states += [
            (fact.order.state.value, fact.order.spec.price, fact.placed.reason)
            for fact in books.take(step)
            if isinstance(fact, OrderMoved)
        ]
    ninety, ninety_one = Decimal(90), Decimal(91)
    assert states == [
        ("in_flight", ninety, ""),
        ("open", ninety, ""),
        ("open", ninety, ""),
        ("open", ninety_one, ""),
        ("cancelling", ninety_one, ""),
        ("open", ninety_one, "too late"),
        ("filled", ninety_one, "too late"),
    ]


def test_a_repeated_fill_and_a_foreign_order_bring_nothing() -> None:
    books, script = Books(HEADER), Script()
    spec = script.order(Side.BUY)
    script.bar(OCT_1, 100.0, SubmitOrder(spec))
    script.fill(spec, 100.0)
    script.take(script.steps[-1].event)
    script.take(ev.OrderCancelled(script.order(Side.BUY).id, "", script.now, script.now))
    assert len(facts(books, script.steps, Executed)) == 1


def test_a_liquidation_is_an_execution_without_an_order() -> None:
    books, script = Books(PERPETUAL), Script()
    spec = script.order(Side.BUY, "2")
    script.bar(OCT_1, 100.0, SubmitOrder(spec))
    script.fill(spec, 100.0)
    script.take(
        ev.PositionLiquidated(
            BTC, TradeId("L"), Side.SELL, Decimal(2), Decimal(60), Decimal(1), Asset("USDT"), script.now, script.now
        )
    )
    opened, closed = facts(books, script.steps, Executed)
    assert opened.spec == spec
    assert (closed.spec, closed.placed, closed.position_type, closed.profit) == (None, None, "long", Decimal(-80))


def test_the_fee_of_a_liquidation_that_nobody_can_explain_is_a_cost_all_the_same() -> None:
    books, script = Books(PERPETUAL), Script()
    for name, fee, asset in (("L", Decimal(3), Asset("USDT")), ("M", Decimal("0.5"), Asset("BTC"))):
        script.take(
            ev.PositionLiquidated(
                BTC, TradeId(name), Side.SELL, Decimal(2), Decimal(60), fee, asset, script.now, script.now
            )
        )
    assert facts(books, script.steps, CostPaid) == [CostPaid("fees", Decimal(3)), CostPaid("fees", Decimal(30))]
    assert facts(Books(PERPETUAL), script.steps, Executed) == []


def test_costs_and_transfers_in_the_base_currency() -> None:
    books, script = Books(HEADER), Script()
    script.bar(OCT_1, 50_000.0)
    now = script.now
    script.take(ev.FundingPaid(BTC, Decimal("0.001"), Asset("BTC"), now, now))
    script.take(ev.BorrowCharged(BTC, Decimal("0.002"), Asset("BTC"), now, now))
    script.take(ev.BalanceTransferred("binance", Asset("BTC"), Decimal(1), now))
    found = [fact for step in script.steps for fact in books.take(step)]
    assert [fact for fact in found if isinstance(fact, CostPaid)] == [
        CostPaid("funding", Decimal(-50)),
        CostPaid("interest", Decimal(100)),
    ]
    assert [fact for fact in found if isinstance(fact, Transferred)] == [Transferred(Decimal(50_000))]


def test_quotes_and_trades_move_what_it_is_worth_once_a_second() -> None:
    books, script = Books(HEADER), Script()
    start = ev.SessionStarted(OCT_1, "binance", (Balance(Asset("BTC"), Decimal(1)),))
    script.steps = []
    script.seq = 0
    script.take(start)
    for tenth in range(25):
        ts = OCT_1 + tenth * NS_PER_SECOND // 10
        price = 100.0 + tenth
        script.take(
            Quote(BTC, ts, ts, price - 1, price + 1, 1.0, 1.0)
            if tenth % 2
            else Trade(BTC, ts, ts, price, 1.0, buyer_is_maker=False, trade_id=str(tenth))
        )
    assert [fact.equity for fact in facts(books, script.steps, Valued)] == [Decimal(100), Decimal(110), Decimal(120)]


def test_a_bar_that_comes_twice_moves_nothing() -> None:
    books, script = Books(HEADER), Script()
    script.take(ev.BalanceTransferred("binance", Asset("BTC"), Decimal(1), script.now))
    script.bar(OCT_1, 100.0)
    script.take(msgspec.structs.replace(script.steps[-1].event, close=101.0))
    assert [fact.equity for fact in facts(books, script.steps, Valued)][-1] == Decimal(100_100)


def test_orders_long_ended_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("tradewind.execution.orders", "tradewind.record.recorder.books"):
        monkeypatch.setattr(f"{module}.CLOSED_KEPT_MAX", 5)
    books, script = Books(HEADER), Script()
    for number in range(100):
        spec = script.order(Side.BUY if number % 2 else Side.SELL)
        script.bar(OCT_1 + number * NS_PER_SECOND, 100.0, SubmitOrder(spec))
        script.fill(spec, 100.0)
    assert len(facts(books, script.steps, OrderMoved)) == 200
    assert len(books._placed) < 20


@pytest.mark.parametrize("cut", [5, 8, 9, 17, 20, 40, 71])
def test_a_session_that_is_gone_on_with_is_told_as_one(cut: int) -> None:
    """Orders that live, what is held, what it cost: all comes over; a round trip ends with all that it has cost."""
    steps = [step for step in session(48) if not step.refusals]
    whole, before, after = Books(HEADER), Engine((INSTRUMENT,), {}, HEADER.engine, recording=True), Books(HEADER)
    for step in steps[:cut]:
        whole.take(step)
        before.follow(step)
    start = ev.SessionStarted(steps[cut - 1].event.ts_recv, "binance", (), restored=before.state())
    told = facts(after, [Step(1, start)], OrderMoved)
    assert [fact.order.spec.id for fact in told] == list(whole.orders.living)
    for step in steps[cut:]:
        expected, found = whole.take(step), after.take(step)
        assert _plain(found) == _plain(expected)


def _plain(found: Sequence[Fact]) -> list[object]:
    """Leave out of facts what says when an order was placed: one that came over is placed when it comes."""
    told: list[object] = []
    for fact in found:
        if isinstance(fact, OrderMoved):
            told.append((fact.order.spec, fact.order.state, fact.order.filled))
        else:
            told.append(fact._replace(placed=None) if isinstance(fact, Executed) else fact)
    return told


def test_a_position_that_reconciliation_closes_is_told_at_once() -> None:
    script, books = Script(), Books(HEADER)
    buy = script.order(Side.BUY)
    script.bar(OCT_1, 100.0, SubmitOrder(buy))
    script.fill(buy, 100.0)
    held = facts(books, script.steps, TripClosed)
    gone = ev.PositionAdjusted(TradeId("adj"), BTC, buy.quantity, Decimal(0), Decimal(90), script.now)
    [closed] = facts(books, [script.take(gone)], TripClosed)
    assert not held
    assert (closed.trip.closed_at, closed.trip.gross) == (script.now, 0)
