"""What became of a request without an answer: found out by asking under the client id, never by sending again.

An order is in doubt from `OutcomeUnknown` on, until the venue has told what became of it and of every
request about it. Invariants:

- nothing but the venue's word ends the doubt; a look-up that failed says nothing;
- "not there" soon after the request means too early: it may still be on its way. It counts only in
  answer to a question that was asked when the grace was over, and ends only what never was at the venue;
- our own clock may have been set forward meanwhile: the venue's must have gone on as long since its first answer;
- "not there" of an order that was there is no end either: it may have traded before. It counts in answer to a late
  question, and only together with an account that does not list the order and tells its executions (`reconcile.py`);
- an end that counts more than we have heard of is in doubt until all of that is told; what it counts is pending;
- as long as there is doubt, there is a next question, at growing distances;
- no order and no amendment is sent again. A cancel is: it can be repeated without harm, and somebody wants it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tradewind.domain.checkpoint import KeptDoubt
from tradewind.domain.commands import CancelTimer, QueryOrder, SetTimer
from tradewind.domain.events import OutcomeUnknown
from tradewind.domain.ids import ClientOrderId, TimerId
from tradewind.domain.message import Message
from tradewind.domain.signal import CancelIntent
from tradewind.domain.time import NS_PER_SECOND, TimeNs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.domain.events import OrderEvent
    from tradewind.execution.orders import Orders

TIMERS_OF_QUESTIONS = "/ask/"
"""How the timers of questions begin; those of strategies begin with a strategy's name."""
ANSWERS_MAX = 64
"""So many questions are remembered until they are answered."""


class Patience(Message, frozen=True, gc=False):
    """When to ask about a request without an answer, and when to believe that it never arrived; in nanoseconds."""

    first_ns: TimeNs = NS_PER_SECOND
    """From the moment at which the outcome became unknown to the first question; doubled after each."""
    longest_ns: TimeNs = 30 * NS_PER_SECOND
    """The longest wait between two questions."""
    grace_ns: TimeNs = 30 * NS_PER_SECOND
    """How long a request may be under way before "not there" is believed."""


class Inquiry:
    """The doubt about one order: since when, and which questions wait for their answers."""

    __slots__ = ("_asked", "_heard", "is_forgotten", "is_over_due", "since")

    def __init__(self, since: TimeNs | None) -> None:
        self.since = since
        """None after another request: it counts from the next question on."""
        self.is_over_due = False
        """Whether the venue has the order, and what is still unanswered has not reached it in time."""
        self.is_forgotten = False
        """Whether the venue had the order, and has answered a late question that it knows of none."""
        self._asked: deque[bool] = deque(maxlen=ANSWERS_MAX)
        """Of each question without an answer, whether it was asked after the grace."""
        self._heard: TimeNs | None = None
        """The venue's time at its first answer."""

    def kept(self, order: ClientOrderId) -> KeptDoubt:
        """Return it as plain data."""
        return KeptDoubt(order, self.since, self.is_over_due, tuple(self._asked), self.is_forgotten, self._heard)

    @classmethod
    def of(cls, kept: KeptDoubt) -> Inquiry:
        """Return the doubt that `kept` wrote down."""
        self = cls(kept.since)
        self.is_over_due, self.is_forgotten = kept.is_over_due, kept.is_forgotten
        self._asked.extend(kept.asked)
        self._heard = kept.heard
        return self

    def renew(self, since: TimeNs | None) -> None:
        """Begin the grace anew: there is something more that may be under way."""
        self.since = since
        self.is_over_due = self.is_forgotten = False
        self._asked = deque((False for _ in self._asked), ANSWERS_MAX)
        self._heard = None

    def ask(self, ts: TimeNs, grace_ns: TimeNs) -> None:
        """Note a question."""
        if self.since is None:
            self.since = ts
        self._asked.append(ts - self.since >= grace_ns)

    def answered(self, ts_venue: TimeNs | None, wait_ns: TimeNs, grace_ns: TimeNs) -> bool:
        """Take the answer to the oldest question, and tell whether it is late enough to be believed.

        It is if the question was asked after the grace by our clock, which may have been set forward meanwhile; so the
        venue's must say so too: its first answer comes `grace_ns` after the doubt began, or a later one `wait_ns` after
        the first. `ts_venue` is the venue's time of it, None where it did not answer.
        """
        was_late = self._asked.popleft() if self._asked else False
        if ts_venue is None:
            return False
        if self._heard is None:
            self._heard = ts_venue
            return was_late and self.since is not None and ts_venue - self.since >= grace_ns
        return was_late and ts_venue - self._heard >= wait_ns


class Asking:
    """Asks about the orders in doubt, each on a timer of its own; the wishes go out like everybody's."""

    def __init__(self, orders: Orders, patience: Patience) -> None:
        self._orders = orders
        self._patience = patience
        self.waits: dict[ClientOrderId, TimeNs] = {}
        """The wait before the next question about an order."""
        self.settled = 0
        """How many doubts have ended."""

    @property
    def is_busy(self) -> bool:
        """Whether there is doubt, or a timer of a doubt that has ended."""
        return bool(self.waits or self._orders.doubts)

    def follow(self, event: OrderEvent) -> Iterator[SetTimer | CancelTimer | CancelIntent]:
        """Begin or end asking, as an event about an order demands."""
        name = event.order
        doubt = self._orders.doubts.get(name)
        if doubt is None:
            if self.waits.pop(name, None) is not None:
                self.settled += 1
                yield CancelTimer(_timer(name))
            return
        if name not in self.waits or type(event) is OutcomeUnknown:
            self.waits[name] = self._patience.first_ns
            yield SetTimer(_timer(name), event.ts_recv + self._patience.first_ns)
        order = self._orders.by_id[name]
        if doubt.is_over_due and order.is_unwanted and order.over is None:
            yield CancelIntent(order.spec.strategy, name)

    def fired(self, timer: TimerId, ts: TimeNs) -> Iterator[QueryOrder | SetTimer]:
        """Ask, and set the timer for the next question."""
        name = ClientOrderId(timer.removeprefix(TIMERS_OF_QUESTIONS))
        if name not in self._orders.doubts:
            return
        wait = self.waits[name] = min(2 * self.waits[name], self._patience.longest_ns)
        yield self._orders.ask(name, ts)
        yield SetTimer(timer, ts + wait)


def _timer(order: ClientOrderId) -> TimerId:
    return TimerId(f"{TIMERS_OF_QUESTIONS}{order}")
