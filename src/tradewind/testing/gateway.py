"""The adapter of a simulated process: what a client of a real venue does with requests, answers and the connection.

A request that got no answer in time has an unknown outcome; one that never left is refused, as nobody
can have it. Every question is answered once, in the order of the questions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain import events as ev
from tradewind.domain.commands import AmendOrder, CancelOrder, QueryAccount, QueryOrder, SubmitOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.commands import Effect
    from tradewind.domain.events import Event
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Clock

LINK = "account"


class Gateway:
    """One connection to the venue; `deliver` takes what is heard, `leave` puts a request on its way."""

    def __init__(
        self, clock: Clock, deliver: Callable[[Event], None], leave: Callable[[Gateway, int, Effect], None]
    ) -> None:
        self.up = True
        self.epoch = 0
        """Counts the connections; what was on its way in an older one is lost."""
        self.last_word: TimeNs = 0
        """When the newest word arrives: words of one connection do not overtake each other."""
        self._clock = clock
        self._deliver = deliver
        self._leave = leave
        self._open: dict[int, Effect] = {}
        self._count = 0

    def execute(self, effect: Effect) -> int | None:
        """Send a request and return its number; None if there is no connection, which is an answer at once."""
        if not self.up:
            self.say(refusal(effect, "not sent: no connection", self._clock.now()))
            return None
        self._count += 1
        self._open[self._count] = effect
        self._leave(self, self._count, effect)
        return self._count

    def answered(self, number: int, events: list[Event]) -> None:
        """Take the answer to a request, which may come late, twice or never."""
        effect = self._open.pop(number, None)
        if effect is None:
            return
        if isinstance(effect, QueryOrder):
            self._close_older(number, effect)
        for event in events:
            self.say(event)

    def unreadable(self, number: int) -> None:
        """Take an answer that broke off: something came of the request, and nobody can say what."""
        self.give_up(number, "the answer broke off")

    def give_up(self, number: int, reason: str = "no answer") -> None:
        """Stop waiting for an answer."""
        effect = self._open.pop(number, None)
        if effect is not None:
            self.say(unknown(effect, reason, self._clock.now()))

    def cut(self) -> None:
        """Lose the connection."""
        if self.up:
            self.up = False
            self.epoch += 1
            self.say(ev.LinkChanged("sim", LINK, up=False, ts_recv=self._clock.now()))

    def mend(self) -> None:
        """Have a connection again."""
        if not self.up:
            self.up = True
            self.say(ev.LinkChanged("sim", LINK, up=True, ts_recv=self._clock.now()))

    def say(self, event: Event) -> None:
        """Hand an event in, at the time of our own clock."""
        self._deliver(msgspec.structs.replace(event, ts_recv=self._clock.now()))

    def _close_older(self, number: int, asked: QueryOrder) -> None:
        """End the questions that were overtaken, so that answers come in the order of the questions."""
        older = [
            n for n, e in self._open.items() if n < number and isinstance(e, QueryOrder) and e.order == asked.order
        ]
        for each in older:
            self.give_up(each, "overtaken by the next answer")


def refusal(effect: Effect, reason: str, ts: TimeNs) -> Any:  # noqa: ANN401 - an event of the kind that the request has
    """Return the answer of somebody who did nothing."""
    match effect:
        case SubmitOrder():
            return ev.OrderRejected(effect.order.id, reason, ts, ts)
        case CancelOrder():
            return ev.CancelRejected(effect.order, reason, ts, ts)
        case AmendOrder():
            return ev.AmendRejected(effect.order, reason, ts, ts, effect.number)
        case _:
            return unknown(effect, reason, ts)


def unknown(effect: Effect, reason: str, ts: TimeNs) -> Any:  # noqa: ANN401 - as above
    """Return what is said of a request without an answer."""
    match effect:
        case SubmitOrder():
            return ev.OutcomeUnknown(effect.order.id, reason, ts)
        case CancelOrder() | AmendOrder():
            return ev.OutcomeUnknown(effect.order, reason, ts)
        case QueryOrder():
            return ev.LookupFailed(effect.order, reason, ts)
        case QueryAccount():
            return ev.SnapshotFailed("sim", reason, ts)
        case _:
            raise AssertionError(f"not for a venue: {effect}")
