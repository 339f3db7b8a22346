"""How a connection of the WebSocket API is opened: compare the clocks, log on if the key can, subscribe. Pure.

On USD-M there is nothing to subscribe to: the account's stream has a connection of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_MS
from tradewind.venues.binance.answers import answer_of
from tradewind.venues.binance.errands import Errand
from tradewind.venues.binance.wire_api import Subscription
from tradewind.venues.binance.wire_rest import ServerTime

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.venues._net.offset import VenueClock
    from tradewind.venues.binance.errands import Errands

TIME, LOGON, SUBSCRIBE = "time", "logon", "subscribe"


class Opening:
    """Where one connection is in its opening; the clocks are compared over and over."""

    def __init__(self, clock: VenueClock, *, can_log_on: bool, subscribes: bool = True) -> None:
        self.subscribes = subscribes
        """Whether the account's stream comes over this connection."""
        self._clock = clock
        self._can_log_on = can_log_on
        self.is_done = False

    def begin(self) -> list[Errand]:
        """Return what is said first: nothing can be signed before the venue's time is known."""
        self.is_done = False
        return self.compare_clocks()

    def over(self) -> None:
        """Take it that the connection is gone."""
        self.is_done = False

    def compare_clocks(self) -> list[Errand]:
        """Return the question for the time."""
        return [Errand("time", {}, TIME, protective=True)]

    def done(self, method: str, body: bytes, sent: TimeNs, now: TimeNs, errands: Errands) -> list[Errand]:
        """Take the answer to a step; return the next one."""
        if method == "time":
            self._clock.answered(sent, answer_of(body, ServerTime).server_time * NS_PER_MS, now)
            if self.is_done:
                return []
            if self._can_log_on and not errands.logged_on:
                return [Errand("session.logon", {}, LOGON, protective=True)]
            return self._subscribe(errands)
        if method == "session.logon":
            errands.logged_on = True
            return self._subscribe(errands)
        answer_of(body, Subscription)
        self.is_done = True
        return []

    def _subscribe(self, errands: Errands) -> list[Errand]:
        if not self.subscribes:
            self.is_done = True
            return []
        name = "userDataStream.subscribe" if errands.logged_on else "userDataStream.subscribe.signature"
        return [Errand(name, {}, SUBSCRIBE, protective=True)]
