"""What the engine is told of a request that did not go as it should: one function a way of going wrong. Pure.

- It never left: a clean no, so that whoever wanted it may want it again.
- It left, and no answer came: unknown. It is never sent again; the engine asks under the client id.
- The exchange refused it: its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryAccount, QueryOrder, SubmitOrder

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.venues.exchange.protocol import VenueRequest

REPEATED = "repeated"
"""The code of a submit that came before, word for word."""


def never_sent(request: VenueRequest, why: str, venue: str, ts: TimeNs) -> list[ev.Event]:
    """Return the clean no for a request that certainly did not leave."""
    return refused(request, "", f"never sent: {why}", venue, ts)


def no_answer(request: VenueRequest, why: str, venue: str, ts: TimeNs) -> list[ev.Event]:
    """Return what is known of a request that left and was not answered: nothing."""
    match request:
        case SubmitOrder():
            return [ev.OutcomeUnknown(request.order.id, why, ts)]
        case CancelOrder() | AmendOrder():
            return [ev.OutcomeUnknown(request.order, why, ts)]
        case QueryOrder():
            return [ev.LookupFailed(request.order, why, ts)]
        case QueryAccount():
            return [ev.SnapshotFailed(venue, why, ts)]
        case _:
            assert_never(request)


def refused(request: VenueRequest, code: str, why: str, venue: str, ts: TimeNs) -> list[ev.Event]:
    """Return what the exchange's no means; a submit that it had before is one whose outcome we do not know."""
    match request:
        case SubmitOrder() if code == REPEATED:
            return no_answer(request, why, venue, ts)
        case SubmitOrder():
            exits = (ev.OrderCancelled(spec.id, "its entry was rejected", ts, ts) for spec in request.attached)
            return [ev.OrderRejected(request.order.id, why, ts, ts), *exits]
        case CancelOrder():
            return [ev.CancelRejected(request.order, why, ts, ts)]
        case AmendOrder():
            return [ev.AmendRejected(request.order, why, ts, ts, request.number)]
        case QueryOrder():
            return [ev.LookupFailed(request.order, why, ts)]
        case QueryAccount():
            return [ev.SnapshotFailed(venue, why, ts)]
        case _:
            assert_never(request)
