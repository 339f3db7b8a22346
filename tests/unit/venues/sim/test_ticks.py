from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.unit.venues.sim.world import World, ends_once
from tradewind.domain.market import BookDelta, BookSnapshot, Quote, Trade
from tradewind.domain.order import TimeInForce
from tradewind.testing.builders import BTC


class Ticks(World):
    """A venue that is matched on something else than bars; times are counted in nanoseconds."""

    def __init__(self, match_on: str, **models: Any) -> None:
        super().__init__(first=None, match_on=match_on, cash=models.pop("cash", 1_000_000), **models)
        self._updates = 10

    def quote(self, bid: float, ask: float, bid_size: float = 1.0, ask_size: float = 1.0) -> Ticks:
        self.market(Quote(BTC, self.now + 1, self.now + 1, bid, ask, bid_size, ask_size))
        return self

    def trade(self, price: float, size: float = 1.0, *, sold: bool = True) -> Ticks:
        self.market(Trade(BTC, self.now + 1, self.now + 1, price, size, buyer_is_maker=sold, trade_id="m"))
        return self

    def book(self, bids: dict[float, float], asks: dict[float, float]) -> Ticks:
        ts = self.now + 1
        self.market(BookSnapshot(BTC, ts, ts, self._updates, tuple(bids.items()), tuple(asks.items())))
        return self

    def delta(
        self, bids: dict[float, float] | None = None, asks: dict[float, float] | None = None, skip: int = 0
    ) -> Ticks:
        ts, first = self.now + 1, self._updates + 1 + skip
        self._updates = first
        self.market(BookDelta(BTC, ts, ts, first, first, tuple((bids or {}).items()), tuple((asks or {}).items())))
        return self

    def order(self, name: str, side: str = "buy", quantity: object = 1, **terms: Any) -> Ticks:
        self.send(name, side, quantity, **terms)
        self.until(self.now)
        return self


# --- quotes -------------------------------------------------------------------------------------------


def test_a_market_order_takes_the_quote_on_arrival_or_the_next_one() -> None:
    world = Ticks("quotes").order("early").quote(99, 101)
    assert world.fills("early") == [("1", "101", "taker")]
    assert world.order("buy").fills("buy") == [("1", "101", "taker")]
    assert world.order("sell", "sell").fills("sell") == [("1", "99", "taker")]


def test_a_quote_fills_its_size_when_asked_for() -> None:
    world = Ticks("quotes", fill_by_size=True).quote(99, 101, ask_size=2.0).order("a", quantity=5)
    assert world.fills("a") == [("2", "101", "taker")]
    world.order("b")
    assert world.fills("b") == []
    world.quote(100, 102, ask_size=4.0)
    assert world.fills("a")[1:] == [("3", "102", "taker")]
    assert world.fills("b") == [("1", "102", "taker")]


def test_limits_on_quotes() -> None:
    world = Ticks("quotes").quote(99, 101).order("crosses", price=102).order("rests", price=100)
    assert world.fills("crosses") == [("1", "101", "taker")]
    assert world.quote(99, 100.01).fills("rests") == []
    assert world.quote(99, 99.5).fills("rests") == [("1", "100", "maker")]


def test_stops_on_quotes_trigger_on_the_side_they_trade_with() -> None:
    world = Ticks("quotes").quote(100, 101).order("have").order("stop", "sell", trigger=99)
    assert world.quote(99.01, 99.02).fills("stop") == []
    assert world.quote(98, 101).fills("stop") == [("1", "98", "taker")]


def test_trailing_stops_on_quotes() -> None:
    world = Ticks("quotes").quote(100, 101).order("have").order("trail", "sell", trail_amount=2)
    assert world.quote(104, 105).quote(103, 104).fills("trail") == []
    assert world.quote(102, 103).fills("trail") == [("1", "102", "taker")]


def test_brackets_on_quotes() -> None:
    world = Ticks("quotes").quote(99, 100).order("entry", stop_loss=95, take_profit=104)
    world.quote(103, 105).quote(104, 106)
    assert world.fills("target") == [("1", "104", "maker")]
    ends_once(world, ("entry", "stop", "target"))


def test_post_only_and_hasty_orders_on_quotes() -> None:
    world = Ticks("quotes", fill_by_size=True).quote(99, 101).order("post", price=101, post_only=True)
    assert world.end("post") == "rejected: post-only: would take at 101"
    world.order("fok", quantity=2, price=101, tif=TimeInForce.FOK).order("ioc", quantity=2, tif=TimeInForce.IOC)
    assert (world.fills("fok"), world.end("fok")) == ([], "expired: fok: not filled at once")
    assert (world.fills("ioc"), world.end("ioc")) == ([("1", "101", "taker")], "expired: ioc: not filled at once")


def test_one_sided_and_crossed_quotes_are_no_market() -> None:
    world = Ticks("quotes").quote(0, 101).quote(102, 101).order("a")
    assert world.fills("a") == []


def test_trades_beside_quotes_fill_what_rests_and_nothing_else() -> None:
    world = Ticks("quotes").order("market").trade(100)
    assert world.fills("market") == []
    world.quote(99, 101).order("rests", price=99)
    assert world.trade(98.99).fills("rests") == [("1", "99", "maker")]


# --- trades -------------------------------------------------------------------------------------------


def test_orders_on_trades() -> None:
    world = Ticks("trades").trade(100).order("market").order("limit", price=99).order("stop", trigger=102)
    assert world.fills("market") == []
    world.trade(101)
    assert world.fills("market") == [("1", "101", "taker")]
    assert world.trade(99).fills("limit") == []
    assert world.trade(98).fills("limit") == [("1", "99", "maker")]
    assert world.trade(103).fills("stop") == [("1", "103", "taker")]


def test_a_touch_counts_when_the_aggressor_came_to_us() -> None:
    world = Ticks("trades", touch=True).trade(100).order("limit", price=99).trade(100)
    assert world.trade(99, sold=False).fills("limit") == []
    assert world.trade(99, sold=True).fills("limit") == [("1", "99", "maker")]


def test_trades_fill_a_share_of_their_size() -> None:
    world = Ticks("trades", volume_share=Decimal("0.5")).trade(100).order("a", quantity=3).order("b")
    world.trade(100, size=4).trade(101, size=4)
    assert world.fills("a") == [("2", "100", "taker"), ("1", "101", "taker")]
    assert world.fills("b") == [("1", "101", "taker")]


# --- books --------------------------------------------------------------------------------------------


def a_book(**models: Any) -> Ticks:
    return Ticks("book", **models).book({99: 5, 98: 5}, {101: 2, 102: 3, 103: 10})


def test_a_taker_walks_the_levels() -> None:
    world = a_book().order("a", quantity=6)
    assert world.fills("a") == [("2", "101", "taker"), ("3", "102", "taker"), ("1", "103", "taker")]
    assert world.order("b", quantity=10).fills("b") == [("9", "103", "taker")]
    assert world.delta(asks={104: 1}).fills("b")[1:] == [("1", "104", "taker")]


def test_a_limit_takes_what_it_crosses_and_rests_with_what_is_left() -> None:
    world = a_book().order("a", quantity=4, price=101)
    assert world.fills("a") == [("2", "101", "taker")]
    assert world.delta(asks={101: 1}).fills("a")[1:] == [("1", "101", "taker")]
    world.delta(asks={102: 3})  # nothing crosses: it rests now, the first at its price
    assert world.trade(101, size=9).fills("a")[2:] == [("1", "101", "maker")]


def test_fok_counts_all_levels_that_it_crosses() -> None:
    world = a_book().order("a", quantity=6, price=102, tif=TimeInForce.FOK)
    assert world.end("a") == "expired: fok: not filled at once"
    assert world.order("b", quantity=5, price=102, tif=TimeInForce.FOK).end("b") == "filled"


def test_a_resting_limit_waits_behind_the_queue() -> None:
    world = a_book().order("a", quantity=2, price=99)
    assert world.trade(99, size=4).fills("a") == []
    assert world.trade(99, size=2).fills("a") == [("1", "99", "maker")]
    assert world.trade(99, size=1).fills("a") == [("1", "99", "maker"), ("1", "99", "maker")]


def test_cancellations_shorten_the_queue_in_proportion() -> None:
    world = a_book().order("a", price=99)
    world.delta(bids={99: 15})  # ten more, behind us: 5 of 15 are before us
    world.delta(bids={99: 9})  # six cancelled, two of them before us
    (order,) = world.venue.desk.all()
    assert order.queue_ahead == pytest.approx(3.0)
    world.trade(99, size=1).delta(bids={99: 8})  # explained by the trade
    assert order.queue_ahead == pytest.approx(2.0)
    assert world.trade(99, size=2.5).fills("a") == [("0.5", "99", "maker")]


def test_what_trades_through_a_limit_has_filled_it() -> None:
    world = a_book().order("a", quantity=7, price=99)
    assert world.trade(98.5, size=1).fills("a") == [("7", "99", "maker")]


def test_without_a_queue_the_first_trade_is_ours() -> None:
    world = a_book(queue=False).order("a", price=99)
    assert world.trade(99, size=0.4).trade(99, size=5, sold=False).fills("a") == [("0.4", "99", "maker")]


def test_two_orders_of_ours_do_not_share_a_trade() -> None:
    world = a_book(queue=False).order("a", price=99).order("b", price=99)
    world.trade(99, size=1.5)
    assert (world.fills("a"), world.fills("b")) == ([("1", "99", "maker")], [("0.5", "99", "maker")])


def test_an_ask_that_comes_down_to_us_fills_us_at_our_price() -> None:
    world = a_book().order("a", quantity=3, price=99)
    world.delta(bids={99: 0}, asks={98.5: 2})
    assert world.fills("a") == [("2", "99", "maker")]


def test_a_hole_or_a_crossed_book_matches_nothing_until_the_next_snapshot() -> None:
    world = a_book().order("rests", price=99).delta(bids={99: 4}, skip=1).order("a")
    world.trade(90, size=99).delta(asks={101: 1})
    assert (world.fills("a"), world.fills("rests")) == ([], [])
    world.book({99: 5}, {101: 2})
    assert world.fills("a") == [("1", "101", "taker")]
    assert world.delta(bids={102: 1}).order("b").fills("b") == []


def test_stops_on_a_book() -> None:
    world = a_book().order("have").order("stop", "sell", trigger=98)
    assert world.delta(bids={99: 0}).fills("stop") == [("1", "98", "taker")]
