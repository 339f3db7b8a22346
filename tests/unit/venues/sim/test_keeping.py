"""A simulated venue that stops and goes on elsewhere meets orders as it would have: with its quotes and its books."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.unit.venues.sim.test_ticks import Ticks
from tradewind.domain.account import AccountKind
from tradewind.domain.venue_state import VenueState


def quoted(**models: Any) -> Ticks:
    return Ticks("quotes", account=AccountKind.MARGIN, **models).quote(99, 101, bid_size=3.0, ask_size=4.0)


def sized() -> Ticks:
    return quoted(fill_by_size=True).order("before", quantity=1).order("sold", "sell", quantity=1)


def booked(**models: Any) -> Ticks:
    world = Ticks("book", account=AccountKind.MARGIN, **models).book(
        {99.0: 2.0, 98.0: 5.0}, {101.0: 1.0, 102.0: 4.0, 103.0: 9.0}
    )
    return world.order("before", quantity=2).order("queues", price=99)


def holed() -> Ticks:
    return booked().delta({97.0: 1.0}, skip=1)


WORLDS = {"quotes": quoted, "sizes": sized, "book": booked, "queue": lambda: booked(queue=True), "hole": holed}


def gone_on(world: Ticks) -> Ticks:
    """Return another world that goes on where this one stands, by way of bytes."""
    state = world.venue.state()
    models = world.venue._models
    other = Ticks(models.match_on, account=models.account, fill_by_size=models.fill_by_size, queue=models.queue)
    other.now, other._updates = world.now, world._updates
    other.venue.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=VenueState), 0)
    assert other.venue.state() == state
    return other


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_who_arrives_before_the_next_market_data_trades_as_if_nothing_had_been(name: str, side: str) -> None:
    first = WORLDS[name]()
    heard = len(first.heard)
    second = gone_on(first)
    for world in (first, second):
        world.order("after", side, quantity=4).order("limited", side, price=101 if side == "buy" else 99)
        if first.venue._models.match_on == "book":
            world.delta({99.0: 1.0}, {104.0: 2.0}).trade(99.0, size=1.5)
            world.book({98.0: 9.0}, {100.0: 9.0})
        else:
            world.quote(98, 100, bid_size=9.0, ask_size=9.0)
    assert second.heard == first.heard[heard:]
    assert second.fills("after")
    assert second.venue.state() == first.venue.state()


def test_a_book_goes_on_with_the_next_update_and_not_over_a_hole() -> None:
    assert gone_on(booked()).delta({100.0: 1.0}).order("sells", "sell").fills("sells") == [("1", "100", "taker")]
    assert gone_on(booked()).delta({100.0: 1.0}, skip=1).order("sells", "sell").fills("sells") == []
