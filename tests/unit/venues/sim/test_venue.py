from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.unit.venues.sim.world import MINUTE, World
from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind
from tradewind.domain.commands import SetTimer, SubmitOrder
from tradewind.domain.ids import Asset, ClientOrderId, TimerId
from tradewind.domain.money import exact
from tradewind.domain.order import TimeInForce
from tradewind.domain.time import NS_PER_DAY
from tradewind.execution.lifecycle import OrderState
from tradewind.execution.orders import Orders
from tradewind.testing import builders as make
from tradewind.venues.sim.models import BpsFees, FixedLatency, JitterLatency

# --- expiry ---------------------------------------------------------------------------------------------


def test_a_day_order_lives_through_the_last_bar_of_its_day() -> None:
    world = World(first=None)
    world.until(0)
    world.send("a", price=99, tif=TimeInForce.DAY)
    world.send("b", price=90, tif=TimeInForce.DAY)
    world.market(make.bar(98.0, 0, interval="1d", open=100.0))
    world.until(NS_PER_DAY + 1)
    assert (world.end("a"), world.end("b")) == ("filled", "expired: day: its time is over")
    (expired,) = world.of("b", ev.OrderExpired)
    assert expired.ts_venue == NS_PER_DAY


def test_a_gtd_order_ends_at_its_time() -> None:
    world = World()
    world.send("a", price=99, tif=TimeInForce.GTD, expire_at=3 * MINUTE)
    world.send("late", price=99, tif=TimeInForce.GTD, expire_at=MINUTE)
    world.flat(100, 100, 100)
    assert (world.end("a"), world.end("late")) == (
        "expired: gtd: its time is over",
        "rejected: expires before it arrives",
    )


# --- cancels and amendments -----------------------------------------------------------------------------


def test_a_late_cancel_is_rejected() -> None:
    world = World(latency=FixedLatency(cancel_ns=MINUTE + 1))
    world.send("a")
    world.cancel("a")
    world.cancel("never")
    world.flat(100, 100)
    assert [e.reason for e in world.of("a", ev.CancelRejected)] == ["it has ended"]
    assert [e.reason for e in world.of("never", ev.CancelRejected)] == ["unknown order"]
    assert world.end("a") == "filled"


def test_requests_do_not_overtake_each_other() -> None:
    world = World(latency=FixedLatency(submit_ns=50, cancel_ns=10))
    world.send("a", price=90)
    world.cancel("a")
    assert world.flat(100).end("a") == "cancelled: cancelled by us"


def test_price_quantity_and_trigger_can_be_amended() -> None:
    world = World()
    world.send("limit", price=90)
    world.send("stop", trigger=110)
    world.amend("limit", price=95, quantity=2)
    world.amend("stop", trigger=105)
    world.bar(100, 106, 94, 100)
    assert (world.fills("limit"), world.fills("stop")) == ([("2", "95", "maker")], [("1", "105", "taker")])
    (word,) = world.of("limit", ev.OrderAmended)
    assert (word.quantity, word.price, word.trigger) == (2, 95, None)


def test_a_limit_amended_to_cross_takes_the_market() -> None:
    world = World()
    world.send("a", price=90)
    world.flat(100)
    world.amend("a", price=105)
    assert world.flat(101).fills("a") == [("1", "101", "taker")]


AMENDMENTS = {
    "below what has filled": ({"quantity": 2}, "not above what has filled: 2"),
    "no such price": ({"trigger": 80}, "the order has no trigger, or it was reached"),
    "beyond the purse": ({"quantity": 2000}, "insufficient balance: needs 179820 USDT, free 99800"),
}


@pytest.mark.parametrize("name", AMENDMENTS)
def test_an_amendment_that_cannot_be_leaves_the_order_as_it_is(name: str) -> None:
    values, reason = AMENDMENTS[name]
    world = World(volume_share=Decimal(1))
    world.send("a", quantity=4, price=100)
    world.bar(100, 100, 100, 100, volume=2)
    world.amend("a", price=90)
    world.flat(100)
    world.amend("a", **values)
    world.flat(100)
    assert [e.reason for e in world.of("a", ev.AmendRejected)] == [reason]
    (order,) = world.venue.desk.all()
    assert [order.spec.quantity, order.spec.price, order.filled] == [4, 90, 2]


def test_market_orders_and_ended_orders_cannot_be_amended() -> None:
    world = World(volume_share=Decimal(1))
    world.send("a", quantity=2)
    world.bar(100, 100, 100, 100, volume=1)
    world.amend("a", quantity=3)
    world.flat(100)
    world.amend("a", quantity=3)
    world.flat(100)
    assert [e.reason for e in world.of("a", ev.AmendRejected)] == ["a market order cannot be amended", "unknown order"]


def test_post_only_and_stops_cannot_be_amended_to_trade_at_once() -> None:
    world = World()
    world.send("post", price=90, post_only=True)
    world.send("stop", trigger=110)
    world.amend("post", price=100)
    world.amend("stop", trigger=99)
    world.flat(100)
    assert [e.reason for e in world.of("post", ev.AmendRejected)] == ["post-only: would take at 100"]
    assert [e.reason for e in world.of("stop", ev.AmendRejected)] == ["would trigger at once: the market is at 100"]


# --- questions and repetitions -----------------------------------------------------------------------------


def test_a_query_repeats_what_was_said() -> None:
    world = World()
    world.send("a")
    world.flat(100)
    before = world.of("a")
    world.query("a")
    world.query("never")
    world.until(world.now)
    *again, last = world.of("a")[len(before) :]
    assert [msgspec.structs.replace(e, ts_recv=world.now) for e in before] == again
    assert last == ev.OrderFound(ClientOrderId("a"), world.now, world.now)
    assert [type(e) for e in world.of("never")] == [ev.OrderNotFound]


def test_of_its_amendments_an_order_is_told_by_the_last() -> None:
    """Told in turn, the fill would complete an order of 1 for whoever has not heard of any of it."""
    world = World(volume_share=exact("0.5"))
    world.send("a", quantity=1, price=90)
    world.flat(100)
    world.amend("a", quantity=4)
    world.bar(100, 100, 80, 80, volume=4.0)
    world.amend("a", quantity=5, price=50)
    world.flat(100)
    before = len(world.of("a"))
    world.query("a")
    world.until(world.now)
    again = world.of("a")[before:]
    assert [type(event).__name__ for event in again] == [
        "OrderAccepted", "OrderAmended", "OrderFilled", "OrderFound",
    ]  # fmt: skip
    assert (again[1].quantity, again[1].price, again[2].quantity) == (5, 50, 2)
    orders = Orders()
    orders.submit(world.specs["a"])
    for event in again:
        orders.apply(event)
    known = orders.by_id[again[0].order]
    assert (known.open_quantity, known.state) == (exact(3), OrderState.OPEN)


def test_a_request_sent_twice_is_one_order() -> None:
    world = World()
    world.send("a")
    world.venue.execute(SubmitOrder(world.specs["a"]), world.now)
    world.flat(100)
    world.venue.execute(SubmitOrder(world.specs["a"]), world.now)
    world.flat(100)
    assert world.held() == "1"
    assert len({e.trade_id for e in world.of("a", ev.OrderFilled)}) == 1


def test_an_effect_that_is_not_for_a_venue_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="not for a venue"):
        World().venue.execute(SetTimer(TimerId("t"), 0), 0)


# --- money -------------------------------------------------------------------------------------------------


def test_lesson_58_five_concurrent_buys_cannot_spend_the_same_cash() -> None:
    world = World(cash=1_000, fees=BpsFees())
    for number in range(5):
        world.send(f"o{number}", quantity=3)
    world.flat(100)
    assert [world.end(f"o{n}").partition(":")[0] for n in range(5)] == ["filled"] * 3 + ["rejected"] * 2
    assert world.cash() == "99.1"


def test_no_short_on_a_cash_account() -> None:
    world = World()
    world.send("a", "sell")
    assert world.flat(100).end("a") == "rejected: insufficient balance: needs 1 BTC, free 0"


def test_the_same_coins_are_not_sold_twice() -> None:
    world = World()
    world.send("have", quantity=2)
    world.flat(100)
    world.send("a", "sell", 2, price=110)
    world.send("b", "sell", 1)
    assert world.flat(100).end("b") == "rejected: insufficient balance: needs 1 BTC, free 0"


def test_a_cash_account_with_orders_at_many_instruments_locks_their_own_prices() -> None:
    world = World(make.instrument(), make.instrument("ETHUSDT"), cash=1_000)
    world.market(make.bar(10.0, 0, of=world.instruments[1].id))
    world.send("eth", quantity=50, instrument=world.instruments[1].id)
    world.send("btc", quantity=6)
    assert world.flat(100).end("btc") == "rejected: insufficient balance: needs 600 USDT, free 500"


def test_the_snapshot_tells_what_is_owned_locked_and_held() -> None:
    world = World()
    world.send("have", quantity=2)
    world.flat(100)
    world.send("bid", quantity=1, price=90)
    world.send("offer", "sell", "0.5", price=110)
    world.until(world.now)
    snapshot = world.venue.snapshot(world.now)
    assert snapshot.balances is not None
    assert snapshot.positions is not None
    owned: dict[str, Any] = {b.asset: (b.total, b.locked) for b in snapshot.balances}
    assert owned == {Asset("USDT"): (99_800, 90), Asset("BTC"): (2, Decimal("0.5"))}
    (position,) = snapshot.positions
    assert [position.quantity, position.average_price] == [2, 100]


def test_jitter_is_the_same_for_the_same_seed() -> None:
    def run(seed: int) -> list[int]:
        world = World(latency=JitterLatency(FixedLatency(1_000, 1_000, 1_000), 0.5, seed))
        for number in range(5):
            world.send(f"o{number}")
        world.flat(100, 100)
        return [event.ts_recv for event in world.heard]

    assert run(7) == run(7)
    assert run(7) != run(8)
    assert run(7) == sorted(run(7))


def test_a_margin_account_counts_what_rests() -> None:
    spot = make.instrument(margin_initial="0.5")
    world = World(spot, cash=1_000, account=AccountKind.MARGIN)
    world.send("a", quantity=15, price=99)
    world.send("b", quantity=6)
    world.send("c", "sell", 18)
    world.flat(100)
    assert world.end("b") == "rejected: insufficient margin: needs 1050 USDT, equity 1000"
    assert world.end("c") == "filled"


def test_a_stop_has_no_price_to_amend_and_a_post_only_limit_keeps_its_rank() -> None:
    world = World()
    world.send("stop", trigger=110)
    world.send("post", price=90, post_only=True)
    world.amend("stop", price=120)
    world.amend("post", price=95)
    world.bar(94, 100, 93, 94)
    assert [e.reason for e in world.of("stop", ev.AmendRejected)] == ["the order has no price"]
    assert world.fills("post") == [("1", "95", "maker")]


def test_ended_orders_are_forgotten_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.venues.sim.desk.ENDED_KEPT_MAX", 2)
    world = World()
    for number in range(3):
        world.send(f"o{number}")
    world.flat(100)
    assert [world.venue.desk.knows(f"o{n}") for n in range(3)] == [False, True, True]  # type: ignore[arg-type]
