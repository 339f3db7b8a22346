from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.venues.sim.world import World, ends_once
from tradewind.domain import events as ev
from tradewind.domain.account import AccountKind
from tradewind.domain.money import money_context
from tradewind.domain.order import TimeInForce
from tradewind.testing import builders as make
from tradewind.venues.sim.models import BpsFees

if TYPE_CHECKING:
    from collections.abc import Sequence

OPEN_SHORT: dict[str, Any] = {"account": AccountKind.MARGIN}


def entered(*bars: Sequence[float], **models: Any) -> World:
    """A bracket: 1 BTC at the market, stop 95, target 104; then these bars."""
    world = World(**models)
    world.send("entry", stop_loss=95, take_profit=104)
    for o, h, low, c in bars:
        world.bar(o, h, low, c)
    return world


# --- brackets -----------------------------------------------------------------------------------------


def test_exits_sleep_until_the_entry_fills() -> None:
    world = World()
    world.send("entry", price=90, stop_loss=85, take_profit=99)
    world.bar(100, 105, 91, 100)
    assert world.of("stop") == world.of("target") == []
    world.bar(100, 101, 89, 95)
    assert [type(e) for e in world.of("target")] == [ev.OrderAccepted]


EXITS = {
    "stop in the bar of an entry at the open": ([(100, 101, 94, 100)], ("stop", "95")),
    "target in the bar of an entry at the open": ([(100, 105, 99, 100)], ("target", "104")),
    "both in the bar of the entry: the stop": ([(100, 106, 94, 100)], ("stop", "95")),
    "both in a later bar: the stop": ([(100, 101, 99, 100), (100, 106, 94, 100)], ("stop", "95")),
    "opens beyond the stop": ([(100, 101, 99, 100), (93, 110, 92, 100)], ("stop", "93")),
    "opens beyond the target": ([(100, 101, 99, 100), (107, 108, 90, 100)], ("target", "104")),
    "entry at an open below its stop": ([(94, 96, 93, 95)], ("stop", "94")),
    "entry at an open above its target": ([(106, 108, 105, 107)], ("target", "106")),
}


@pytest.mark.parametrize("name", EXITS)
def test_how_a_bracket_ends(name: str) -> None:
    bars, (winner, price) = EXITS[name]
    world = entered(*bars)
    loser = "target" if winner == "stop" else "stop"
    assert [fill[1] for fill in world.fills(winner)] == [price]
    assert world.fills(loser) == []
    ends_once(world, ("entry", "stop", "target"))
    assert world.held() == "0"


WITHIN: dict[str, tuple[dict[str, Any], tuple[float, ...], list[tuple[str, str, str]]]] = {
    "limit entry, stop in its bar": ({"price": 98}, (100, 101, 94, 97), [("1", "95", "taker")]),
    "limit entry, target in its bar": ({"price": 98}, (100, 106, 97, 99), []),
    "limit entry, both in its bar": ({"price": 98}, (100, 106, 94, 99), [("1", "95", "taker")]),
    "stop entry, stop in its bar": ({"trigger": 102}, (100, 103, 94, 97), [("1", "95", "taker")]),
    "stop entry, target in its bar": ({"trigger": 102}, (100, 106, 99, 103), []),
}


@pytest.mark.parametrize("name", WITHIN)
def test_an_entry_inside_a_bar_may_be_stopped_but_not_reach_its_target(name: str) -> None:
    terms, (o, h, low, c), stopped = WITHIN[name]
    world = World()
    world.send("entry", stop_loss=95, take_profit=104, **terms)
    world.bar(o, h, low, c)
    assert (world.end("entry"), world.fills("stop"), world.fills("target")) == ("filled", stopped, [])
    world.bar(103, 105, 102, 105)
    assert world.fills("target") == ([] if stopped else [("1", "104", "maker")])
    ends_once(world, ("entry", "stop", "target"))


def test_a_close_beyond_the_target_proves_that_it_was_reached_in_the_bar_of_the_entry() -> None:
    world = World()
    world.send("entry", stop_loss=95, take_profit=104, price=98)
    world.bar(100, 106, 97, 105)
    assert world.fills("target") == [("1", "104", "maker")]
    ends_once(world, ("entry", "stop", "target"))


def test_exits_are_never_larger_than_what_the_entry_filled() -> None:
    world = World(volume_share=Decimal("0.5"))
    world.send("entry", quantity=4, price=100, stop_loss=95)
    world.bar(100, 100, 99.5, 100, volume=2)  # 1 at the open, and it takes all that the bar has for us
    assert (world.held(), world.end("entry")) == ("1", "live")
    world.bar(100.5, 101, 94, 94, volume=100)
    # The stop closes what was held; the entry fills through the fall and is stopped out in the same bar.
    assert world.fills("stop") == [("1", "95", "taker"), ("3", "95", "taker")]
    assert world.held() == "0"
    ends_once(world, ("entry", "stop"))


def test_a_target_filled_in_part_leaves_the_rest_to_the_stop() -> None:
    world = World(volume_share=Decimal("0.5"))
    world.send("entry", quantity=4, stop_loss=95, take_profit=104)
    world.bar(100, 100, 100, 100, volume=8)
    world.bar(100, 105, 99, 104, volume=2)
    assert (world.fills("target"), world.end("stop")) == ([("1", "104", "maker")], "live")
    world.bar(100, 100, 90, 90, volume=100)
    assert world.fills("stop") == [("3", "95", "taker")]
    assert world.end("target") == "cancelled: stop was triggered"
    ends_once(world, ("entry", "stop", "target"))


def test_a_cancelled_entry_keeps_the_exits_of_what_filled() -> None:
    world = World(volume_share=Decimal("0.5"))
    world.send("entry", quantity=4, price=100, stop_loss=95, take_profit=104)
    world.bar(100, 100, 100, 100, volume=2)
    world.cancel("entry")
    world.bar(100, 105, 99, 104, volume=100)
    assert (world.fills("target"), world.held()) == ([("1", "104", "maker")], "0")
    assert world.end("target") == "cancelled: nothing is left to close"
    assert world.end("stop") == "cancelled: nothing is left to close"
    ends_once(world, ("entry", "stop", "target"))


def test_exits_end_with_an_entry_that_never_filled() -> None:
    world = World()
    world.send("entry", price=90, stop_loss=85, take_profit=99)
    world.cancel("entry")
    world.flat(100)
    assert world.end("stop") == world.end("target") == "cancelled: its entry ended without a fill"
    ends_once(world, ("entry", "stop", "target"))


def test_exits_end_with_a_rejected_entry() -> None:
    world = World(cash=10)
    world.send("entry", stop_loss=85)
    world.flat(100)
    assert world.end("stop") == "cancelled: its entry was rejected"
    ends_once(world, ("entry", "stop"))


def test_exits_of_a_position_that_is_gone_end_when_they_are_reached() -> None:
    world = entered((100, 101, 99, 100))
    world.send("close", "sell", 1, reduce_only=True)
    world.flat(100)
    world.bar(100, 101, 94, 95)
    assert world.end("stop") == "cancelled: reduce-only: there is no position to reduce"
    ends_once(world, ("entry", "stop", "target", "close"))


def test_a_sleeping_exit_can_be_amended_and_taken_back() -> None:
    world = World()
    world.send("entry", price=90, stop_loss=85, take_profit=99)
    world.amend("stop", trigger=80)
    world.cancel("target")
    world.bar(100, 100, 84, 86)
    assert (world.end("stop"), world.end("target")) == ("live", "cancelled: cancelled by us")
    assert world.bar(86, 86, 79, 82).fills("stop") == [("1", "80", "taker")]


def test_a_bracket_of_a_short() -> None:
    world = World(**OPEN_SHORT)
    world.send("entry", "sell", 2, stop_loss=105, take_profit=96)
    world.bar(100, 106, 95, 100)
    assert (world.fills("stop"), world.held()) == ([("2", "105", "taker")], "0")


# --- orders that cancel each other -----------------------------------------------------------------------


def rivals(**models: Any) -> World:
    world = World(cash=10_000, **models)
    world.send("low", quantity=4, price=98, oco="pair")
    world.send("high", quantity=4, trigger=103, oco="pair")
    return world


def test_any_execution_ends_the_rivals() -> None:
    world = rivals(volume_share=Decimal("0.5"))
    world.bar(100, 100, 97, 99, volume=2)
    assert (world.fills("low"), world.end("high")) == ([("1", "98", "maker")], "cancelled: low was executed")


def test_a_trigger_ends_the_rivals() -> None:
    world = rivals()
    world.bar(100, 104, 97, 99)
    assert (world.fills("high"), world.end("low")) == ([("4", "103", "taker")], "cancelled: high was triggered")


def test_two_rivals_that_both_cross_the_open_do_not_both_fill() -> None:
    world = World()
    world.send("a", price=101, oco="pair")
    world.send("b", price=102, oco="pair")
    world.flat(100)
    assert (world.end("a"), world.end("b")) == ("filled", "cancelled: a was executed")
    world.send("a2", price=101, oco="pair")
    assert world.flat(100).end("a2") == "filled"


def test_a_rival_on_its_way_when_the_other_fills_is_rejected() -> None:
    world = World(match_on="quotes", first=None)
    world.market(make.quote(99.0, 100.0))
    world.send("a", price=101, oco="pair")
    world.send("b", price=101, oco="pair")
    world.until(world.now)
    assert (world.end("a"), world.end("b")) == ("filled", "rejected: an order that shares pair was executed")


# --- what the account cannot do ---------------------------------------------------------------------------


def test_reduce_only_never_flips() -> None:
    world = World(**OPEN_SHORT)
    world.send("long", quantity=2)
    world.flat(100)
    world.send("a", "sell", 5, reduce_only=True)
    world.flat(100)
    assert (world.held(), world.fills("a"), world.end("a")) == ("0", [("2", "100", "taker")], "live")
    world.flat(100)
    assert world.end("a") == "cancelled: reduce-only: there is no position to reduce"
    world.send("b", "sell", 1, reduce_only=True)
    assert world.flat(100).end("b") == "rejected: reduce-only: there is no position to reduce"


def test_a_market_that_ran_away_from_the_purse_ends_the_order() -> None:
    world = World(cash=100)
    world.send("a")
    world.flat(101)
    assert world.end("a") == "cancelled: insufficient balance: needs 101 USDT, has 100"
    assert world.cash() == "100"


def test_an_order_that_ends_at_the_open_is_not_expired_as_well() -> None:
    world = World(cash=100)
    world.send("a", price=101, tif=TimeInForce.IOC)
    world.send("b")
    world.flat(100)
    assert world.end("a") == "rejected: insufficient balance: needs 101 USDT, free 100"
    assert world.end("b") == "filled"


# --- whatever happens -------------------------------------------------------------------------------------

PRICES = st.integers(90, 110)


@given(st.lists(st.tuples(PRICES, PRICES, PRICES, PRICES), min_size=1, max_size=12), st.data())
def test_every_order_ends_once_and_none_is_forgotten(bars: list[tuple[int, ...]], data: st.DataObject) -> None:
    with money_context():
        share = data.draw(st.sampled_from([None, Decimal("0.5")]))
        kind = data.draw(st.sampled_from(list(AccountKind)))
        world = World(cash=500, volume_share=share, account=kind, fees=BpsFees())
        for number, prices in enumerate(bars):
            name, side = f"e{number}", data.draw(st.sampled_from(["buy", "sell"]))
            terms: dict[str, Any] = data.draw(
                st.sampled_from(
                    [{}, {"price": 98}, {"price": 103}, {"trigger": 102}, {"trail_amount": 2}, {"reduce_only": True}]
                )
            )
            stop, target = (95, 106) if side == "buy" else (106, 95)
            if "stop" not in world.specs and data.draw(st.booleans()):
                world.send(name, side, 2, stop_loss=stop, take_profit=target, **terms)
            else:
                world.send(name, side, 2, oco=data.draw(st.sampled_from([None, "x"])), **terms)
            world.bar(prices[0], max(prices), min(prices), prices[3], volume=2)
            if kind is AccountKind.CASH:
                assert Decimal(world.cash()) >= 0
                assert Decimal(world.cash("BTC")) >= 0
        left = list(world.venue.desk.all())
        assert all(order.live for order in left)
        for order in world.specs:
            world.cancel(order)
        world.until(world.now)
        ends_once(world, world.specs)
