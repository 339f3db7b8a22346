"""What the venue lists of our orders when it is asked for the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.account import VenueOrder
from tradewind.domain.events import OrderFilled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tradewind.domain.time import TimeNs
    from tradewind.venues.sim.resting import Resting


def listed(orders: Iterable[Resting]) -> Iterator[VenueOrder]:
    """Yield those that rest or sleep."""
    for order in orders:
        if order.live:
            spec = order.spec
            yield VenueOrder(
                spec.id, order.venue_order, spec.instrument, spec.side, spec.quantity, order.filled, spec.price,
                order.trigger,
            )  # fmt: skip


def fills_of(orders: Iterable[Resting], since: TimeNs) -> list[OrderFilled]:
    """Return the executions that we should have heard of at `since` or later, in that order.

    Not by their own time: on bars, what happened at the open is found out at the close.
    """
    fills = [word for order in orders for word in order.words if isinstance(word, OrderFilled)]
    return sorted((fill for fill in fills if fill.ts_recv >= since), key=lambda fill: fill.ts_recv)
