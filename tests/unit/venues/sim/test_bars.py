from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.venues.sim.world import MINUTE, World
from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind
from tradewind.domain.order import TimeInForce
from tradewind.testing import builders as make
from tradewind.venues.sim.models import FixedLatency

Bar = tuple[float, float, float, float]

# An order decided on a bar that closed at 100, the bars that follow, and the fills that come of it.
FILLS: dict[str, tuple[dict[str, Any], list[Bar], list[tuple[str, str, str]]]] = {
    "market at the next open": ({}, [(101, 105, 99, 104)], [("1", "101", "taker")]),
    "limit that the market goes through": ({"price": 98}, [(100, 101, 97.99, 99)], [("1", "98", "maker")]),
    "limit that is touched only": ({"price": 98}, [(100, 101, 98, 99)], []),
    "limit not reached": ({"price": 98}, [(100, 101, 98.01, 99)], []),
    "limit that arrives marketable takes the open": ({"price": 102}, [(101, 105, 99, 104)], [("1", "101", "taker")]),
    "resting limit gapped through keeps its price": (
        {"price": 98}, [(100, 101, 99, 99), (95, 96, 94, 95)], [("1", "98", "maker")],
    ),
    "sale limit gapped through keeps its price": (
        {"side": "sell", "price": 103}, [(100, 101, 99, 99), (107, 108, 106, 107)], [("1", "103", "maker")],
    ),
    "buy stop within the bar at its level": ({"trigger": 103}, [(101, 104, 100, 102)], [("1", "103", "taker")]),
    "buy stop exactly reached": ({"trigger": 104}, [(101, 104, 100, 102)], [("1", "104", "taker")]),
    "buy stop jumped by a gap": ({"trigger": 103}, [(105, 106, 104, 105)], [("1", "105", "taker")]),
    "sale stop at 95, O97 H98 L90 C94": (
        {"side": "sell", "trigger": 95}, [(97, 98, 90, 94)], [("1", "95", "taker")],
    ),
    "sale stop at 95, opens at 93": ({"side": "sell", "trigger": 95}, [(93, 94, 90, 91)], [("1", "93", "taker")]),
    "stop-limit within the bar": ({"trigger": 103, "price": 104}, [(101, 105, 100, 102)], [("1", "103", "taker")]),
    "stop-limit jumped beyond its limit rests": ({"trigger": 103, "price": 104}, [(106, 107, 105, 106)], []),
    "stop-limit jumped, then come back to": (
        {"trigger": 103, "price": 104}, [(106, 107, 105, 106), (105, 106, 103.5, 104)], [("1", "104", "maker")],
    ),
    "stop-limit that waited, jumped within its limit": (
        {"trigger": 103, "price": 104}, [(100, 101, 99, 100), (103.5, 105, 103, 104)], [("1", "103.5", "taker")],
    ),
    "stop-limit whose limit is better than its trigger rests": (
        {"trigger": 103, "price": 102}, [(101, 104, 100, 103), (103, 103, 101, 102)], [("1", "102", "maker")],
    ),
}  # fmt: skip


def holding(**models: Any) -> World:
    """A world that owns 10 BTC at 100 and has seen one more bar at 100."""
    world = World(cash=1_001_000, **models)
    world.send("before", "buy", 10)
    world.flat(100)
    world.heard.clear()
    return world


@pytest.mark.parametrize("name", FILLS)
def test_lesson_76_and_77_and_79_and_80_what_fills_where(name: str) -> None:
    terms, bars, fills = FILLS[name]
    world = holding()
    world.send("a", **terms)
    for o, h, low, c in bars:
        world.bar(o, h, low, c)
    assert world.fills("a") == fills
    assert world.end("a") == ("filled" if fills else "live")


def test_lesson_56_a_limit_below_the_market_rests_until_it_is_reached_an_hour_later() -> None:
    world = holding()
    world.send("a", price=98)
    for _ in range(60):
        world.flat(100)
        assert world.end("a") == "live"
    assert world.bar(99, 99, 97, 98).fills("a") == [("1", "98", "maker")]


def test_touch_fills_when_asked_for() -> None:
    world = holding(touch=True)
    world.send("a", price=98)
    assert world.bar(100, 101, 98, 99).fills("a") == [("1", "98", "maker")]


def test_nothing_fills_on_the_bar_that_decided() -> None:
    world = holding()
    world.send("a")
    world.until(world.now)
    assert world.fills("a") == []
    assert world.flat(100).fills("a") == [("1", "100", "taker")]


def test_post_only_that_would_take_is_rejected() -> None:
    world = holding()
    world.send("a", price=100, post_only=True)
    world.send("b", price="99.99", post_only=True)
    world.bar(95, 96, 94, 95)
    assert world.end("a") == "rejected: post-only: would take at 100"
    assert world.fills("b") == [("1", "99.99", "maker")]


def test_post_only_without_a_price_waits_for_the_first_and_never_takes() -> None:
    world = World(first=None)
    world.send("a", price=101, post_only=True)
    world.send("b", price=99, post_only=True)
    world.bar(100, 101, 98, 99)
    assert (world.end("a"), world.fills("b")) == ("cancelled: post-only: would take", [("1", "99", "maker")])


def test_a_stop_that_is_already_reached_is_rejected() -> None:
    world = holding()
    world.send("a", trigger=100)
    world.send("b", "sell", trigger=100)
    assert world.flat(100).end("a") == "rejected: would trigger at once: the market is at 100"
    assert world.end("b") == "rejected: would trigger at once: the market is at 100"


@pytest.mark.parametrize("tif", [TimeInForce.IOC, TimeInForce.FOK])
def test_hasty_orders_fill_at_the_first_open_or_not_at_all(tif: TimeInForce) -> None:
    world = holding()
    world.send("a", price=101, tif=tif)
    world.send("b", price=99, tif=tif)
    world.bar(100, 101, 98, 99)
    assert world.fills("a") == [("1", "100", "taker")]
    assert world.end("b") == f"expired: {tif.value}: not filled at once"


def test_ioc_keeps_what_it_got_and_fok_wants_all() -> None:
    world = World(volume_share=Decimal("0.5"))
    world.send("a", quantity=4, tif=TimeInForce.IOC)
    world.bar(100, 100, 100, 100, volume=4)
    world.send("b", quantity=4, tif=TimeInForce.FOK)
    world.bar(100, 100, 100, 100, volume=4)
    assert (world.fills("a"), world.end("a")) == ([("2", "100", "taker")], "expired: ioc: not filled at once")
    assert (world.fills("b"), world.end("b")) == ([], "expired: fok: not filled at once")


def test_fok_that_may_only_reduce_part_of_it_is_killed() -> None:
    world = holding()
    world.send("a", "sell", 11, reduce_only=True, tif=TimeInForce.FOK)
    assert world.flat(100).end("a") == "expired: fok: not filled at once"


def test_partial_fills_by_share_of_volume_complete_over_following_bars() -> None:
    world = World(volume_share=Decimal("0.25"))
    world.send("a", quantity=100)
    for price in (100, 101, 102, 103):
        world.bar(price, price, price, price, volume=100)
    assert world.fills("a") == [("25", str(p), "taker") for p in (100, 101, 102, 103)]
    assert world.end("a") == "filled"


def test_our_orders_share_the_volume_of_a_bar() -> None:
    world = World(volume_share=Decimal("0.5"))
    world.send("a", quantity=3)
    world.send("b", quantity=3)
    world.bar(100, 100, 100, 100, volume=8)
    assert (world.fills("a"), world.fills("b")) == ([("3", "100", "taker")], [("1", "100", "taker")])


def test_lesson_78_a_trailing_stop_follows_after_the_bar_and_never_loosens() -> None:
    world = holding()
    world.send("a", "sell", trail_amount=5)
    world.bar(100, 110, 99, 108)  # would be 105 within the bar; it was 95
    assert world.fills("a") == []
    world.bar(108, 109, 106, 107)  # 105 now, 109 is no new best
    assert world.fills("a") == []
    assert world.bar(107, 107, 104, 104).fills("a") == [("1", "105", "taker")]


def test_a_trailing_stop_by_fraction_for_a_short() -> None:
    world = World(account=AccountKind.MARGIN)
    world.send("s", "sell")
    world.flat(100)
    world.send("a", "buy", trail_fraction="0.1", reduce_only=True)
    world.bar(100, 101, 80, 82)
    assert world.bar(82, 90, 81, 89).fills("a") == [("1", "88", "taker")]


def test_an_order_that_arrives_within_a_bar_sees_its_close_alone() -> None:
    world = holding(latency=FixedLatency(submit_ns=MINUTE // 2))
    world.send("market")
    world.send("limit", price=98)
    world.send("stop", trigger=104)
    world.bar(100, 105, 95, 101)
    assert world.fills("market") == [("1", "101", "taker")]
    assert (world.fills("limit"), world.fills("stop")) == ([], [])
    world.bar(101, 105, 97, 101)
    assert (world.fills("limit"), world.fills("stop")) == ([("1", "98", "maker")], [("1", "104", "taker")])


def test_an_order_that_arrives_at_the_close_has_seen_nothing_of_the_bar() -> None:
    world = holding(latency=FixedLatency(submit_ns=MINUTE))
    world.send("a", "sell", trail_amount=5)
    world.bar(100, 120, 99, 100)
    assert world.fills("a") == []
    assert world.bar(100, 101, 96, 97).fills("a") == []  # 95, not 115


def test_longer_bars_of_the_same_instrument_are_not_met_again() -> None:
    world = World()
    world.send("a", price=90)
    world.flat(100)
    long = make.bar(100, 0, interval="5m", low=80.0, ts_open=-3 * MINUTE, ts_venue=world.now, ts_recv=world.now)
    assert world.market(long).fills("a") == []


def test_a_report_shows_after_its_way_back() -> None:
    world = World(latency=FixedLatency(report_ns=5))
    world.send("a")
    world.flat(101)
    assert world.fills("a") == []
    world.until(world.now + 5)
    (done,) = world.of("a", ev.OrderFilled)
    assert (done.ts_venue, done.ts_recv) == (MINUTE, 2 * MINUTE + 5)


def test_a_trailing_stop_without_a_price_starts_at_the_first_open() -> None:
    world = World(first=None)
    world.send("a", trail_amount=5)
    assert world.bar(100, 106, 99, 104).fills("a") == [("1", "105", "taker")]


def test_stops_that_arrive_within_a_bar_look_at_its_close() -> None:
    world = World(first=None, latency=FixedLatency(submit_ns=MINUTE // 2))
    world.send("stop", trigger=104)
    world.send("trail", trail_amount=5)
    world.bar(100, 110, 90, 105)
    assert (world.fills("stop"), world.end("trail")) == ([("1", "105", "taker")], "live")
    assert world.bar(105, 110, 104, 108).fills("trail") == [("1", "110", "taker")]


@pytest.mark.parametrize(
    "odd",
    [(100, math.inf, 99, 100), (100, 101, math.nan, 100), (100, 95, 97, 96), (100, 101, -1, 100), (90, 101, 95, 100)],
)
def test_nothing_trades_in_a_bar_that_cannot_be(odd: Bar) -> None:
    world = holding()
    world.send("stop", "sell", trigger=98)
    world.send("limit", "buy", price=97)
    world.send("short", "buy", trigger=100.5)
    world.flat(100)
    world.bar(*odd)
    assert not any(world.fills(order) for order in ("stop", "limit", "short"))
    world.send("now", "sell", 1)
    world.flat(100)
    assert world.fills("now") == [("1", "100", "taker")], "nor is it the last price"
