"""The requests that wait for their receipts; each waits so long, and no longer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.venues.exchange.protocol import VenueRequest


class Waiting:
    """Requests by the number under which they were sent; `given_up` is called with what had no answer, and why."""

    def __init__(self, seconds: float, given_up: Callable[[VenueRequest, str], None]) -> None:
        self._seconds = seconds
        self._given_up = given_up
        self._count = 0
        self._sent: dict[int, tuple[VenueRequest, asyncio.TimerHandle]] = {}

    def __len__(self) -> int:
        return len(self._sent)

    def add(self, request: VenueRequest) -> int:
        """Note that a request leaves now; return its number."""
        self._count += 1
        alarm = asyncio.get_running_loop().call_later(self._seconds, self._overdue, self._count)
        self._sent[self._count] = request, alarm
        return self._count

    def answered(self, number: int) -> VenueRequest | None:
        """Take a request off; None if it had been given up."""
        request, alarm = self._sent.pop(number, (None, None))
        if alarm is not None:
            alarm.cancel()
        return request

    def give_up(self, why: str) -> None:
        """Give up all that wait."""
        for number in list(self._sent):
            request = self.answered(number)
            if request is not None:
                self._given_up(request, why)

    def _overdue(self, number: int) -> None:
        request = self.answered(number)
        if request is not None:
            self._given_up(request, f"no answer in {self._seconds:g} s")
