"""What the venue lists of our orders when it is asked for the account."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from tradewind.domain.account import VenueOrder
from tradewind.domain.events import OrderFilled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tradewind.domain.time import TimeNs
    from tradewind.venues.sim.resting import Resting


_SEEN = attrgetter("ts_recv")


def listed(orders: Iterable[Resting]) -> Iterator[VenueOrder]:
    """Yield those that rest or sleep."""
    return (_listed(order) for order in orders if order.live)


def ended_of(orders: Iterable[Resting], since: TimeNs) -> Iterator[VenueOrder]:
    """Yield those that rest no more, and of which `fills_of` lists an execution."""
    return (_listed(order) for order in orders if order.filled_seen >= since and not order.live)


def _listed(order: Resting) -> VenueOrder:
    spec = order.spec
    return VenueOrder(
        spec.id, order.venue_order, spec.instrument, spec.side, spec.quantity, order.filled, spec.price,
        order.trigger, spec.type, spec.reduces_net,
    )  # fmt: skip


def fills_of(orders: Iterable[Resting], since: TimeNs) -> list[OrderFilled]:
    """Return the executions that we should have heard of at `since` or later, in that order.

    Not by their own time: on bars, what happened at the open is found out at the close.
    """
    words = [word for order in orders if order.filled_seen >= since for word in order.words]
    return sorted((word for word in words if type(word) is OrderFilled and word.ts_recv >= since), key=_SEEN)
