"""What becomes of a request: refused, or given to the venue, with what was made to go wrong on the way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tradewind.domain.commands import SubmitOrder
from tradewind.exchange.faults import ON_SUBMITS
from tradewind.exchange.request_entry import Entry
from tradewind.venues.exchange.protocol import Receipt, Refused

if TYPE_CHECKING:
    from tradewind.exchange.account import Account
    from tradewind.exchange.conductor import Conductor
    from tradewind.venues.exchange.protocol import Request, VenueRequest


class Counter:
    """Takes the requests of one account."""

    def __init__(self, account: Account, conductor: Conductor) -> None:
        self._account = account
        self._conductor = conductor
        self._left = dict.fromkeys(ON_SUBMITS, 0)
        self._late_seconds = 0.0

    def press(self, kind: str, count: int, seconds: float) -> None:
        """Let a fault begin; see `faults.py` for the kinds."""
        self._left[kind] += count
        if kind == "late":
            self._late_seconds = seconds

    def take(self, request: Request) -> Receipt | Refused | None:
        """Take a request; return what is said at once, None for nothing."""
        account, effect = self._account, request.effect
        objection = account.objection(effect)
        if objection is not None:
            return Refused(request.id, *objection)
        fault = self._next_fault() if isinstance(effect, SubmitOrder) else ""
        if fault == "reject":
            return Refused(request.id, "fault", "refused, as was asked for")
        if fault == "late":
            asyncio.get_running_loop().call_later(self._late_seconds, self._late, request)
            return None
        if fault == "drop_reply" and isinstance(effect, SubmitOrder):
            account.venue.desk.muted.add(effect.order.id)
        self._execute(effect)
        return None if fault else Receipt(request.id)

    def _late(self, request: Request) -> None:
        self._execute(request.effect)
        self._conductor.poke()

    def _execute(self, effect: VenueRequest) -> None:
        conductor, account = self._conductor, self._account
        now = conductor.now_of(account)
        conductor.log(Entry(conductor.reached, now, account.name, effect))
        account.execute(effect, now)

    def _next_fault(self) -> str:
        for kind, left in self._left.items():
            if left:
                self._left[kind] -= 1
                return kind
        return ""
