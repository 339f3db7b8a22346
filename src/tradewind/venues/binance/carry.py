"""Carries a call over REST, and brings back what the desk makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.errors import VenueTimeout, VenueUnavailable
from tradewind.venues.binance.calls import Reply

if TYPE_CHECKING:
    from tradewind.ports import Clock
    from tradewind.venues._net.web import Web
    from tradewind.venues.binance.calls import Call
    from tradewind.venues.binance.desk import Desk
    from tradewind.venues.binance.out import Out


async def carried(call: Call, web: Web, desk: Desk, clock: Clock) -> Out:
    """Ask, once; what cannot have left is no doubt, what may have is one."""
    try:
        reply = await web.ask(call.verb, call.target, call.headers)
    except VenueUnavailable as error:
        return desk.unheard(call.id, error.message, clock.now(), left=False)
    except VenueTimeout as error:
        return desk.unheard(call.id, error.message, clock.now(), left=True)
    return desk.replied(call.id, Reply(*reply), clock.now())
