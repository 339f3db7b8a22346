"""What the end of a request means for the engine, as events: it never left, it was refused, nobody answered. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, PlaceExits, QueryAccount, QueryOrder, SubmitOrder

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs

Wish = SubmitOrder | PlaceExits | CancelOrder | AmendOrder | QueryOrder | QueryAccount
"""The effects that a venue can do something about."""


def refused(wish: Wish, why: str, venue: str, ts: TimeNs) -> tuple[ev.Event, ...]:
    """Return the clean no: what was wished for has not happened, and will not."""
    match wish:
        case SubmitOrder():
            exits = (ev.OrderCancelled(spec.id, "its entry was rejected", ts, ts) for spec in wish.attached)
            return (ev.OrderRejected(wish.order.id, why, ts, ts), *exits)
        case PlaceExits():
            return tuple(ev.OrderRejected(spec.id, why, ts, ts) for spec in wish.orders)
        case CancelOrder():
            return (ev.CancelRejected(wish.order, why, ts, ts),)
        case AmendOrder():
            return (ev.AmendRejected(wish.order, why, ts, ts, wish.number),)
        case QueryOrder():
            return (ev.LookupFailed(wish.order, why, ts),)
        case QueryAccount():
            return (ev.SnapshotFailed(venue, why, ts, wish.number),)
        case _:
            assert_never(wish)


def no_answer(wish: Wish, why: str, venue: str, ts: TimeNs) -> tuple[ev.Event, ...]:
    """Return what is known of a request that left and was not answered: nothing."""
    match wish:
        case SubmitOrder():
            return (ev.OutcomeUnknown(wish.order.id, why, ts),)
        case PlaceExits():
            return tuple(ev.OutcomeUnknown(spec.id, why, ts) for spec in wish.orders)
        case CancelOrder() | AmendOrder():
            return (ev.OutcomeUnknown(wish.order, why, ts),)
        case QueryOrder() | QueryAccount():
            return refused(wish, why, venue, ts)
        case _:
            assert_never(wish)
