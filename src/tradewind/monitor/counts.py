"""Counts what happens in a session, from its committed steps: orders, refusals, breakers, and how long things took."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from tradewind.domain.breakers import BreakerChanged, BreakerState
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.events import OrderAccepted, OrderCancelled, OrderExpired, OrderFilled, OrderRejected
from tradewind.domain.market import MarketEvent
from tradewind.domain.time import NS_PER_SECOND
from tradewind.monitor.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tradewind.domain.events import Event
    from tradewind.domain.ids import ClientOrderId
    from tradewind.domain.step import Step
    from tradewind.domain.time import TimeNs

WAITING_MAX = 10_000
"""Orders without an answer whose time of leaving is kept."""
RATE_SECONDS = 10.0
_ANSWERS = (OrderAccepted, OrderRejected, OrderFilled)
_MARKET = frozenset(MarketEvent.__args__)
_TRIPS = (BreakerState.TRIPPED, BreakerState.LATCHED)


class Counts:
    """A watcher of a session, called after each commit: a quiet step costs it a look at four fields."""

    name = "metrics"
    missed = ""
    is_behind = False

    def __init__(self, now: Callable[[], TimeNs], wall: Callable[[], float]) -> None:
        """Make it; `now` is the session's clock, `wall` counts seconds."""
        self._now = now
        self._wall = wall
        self.events: Counter[type] = Counter()
        self.submitted = self.filled = self.rejected = self.cancelled = self.expired = 0
        self.refusals: Counter[str] = Counter()
        self.trips: Counter[str] = Counter()
        self.event_latency, self.order_latency = Histogram(), Histogram()
        self.seq = 0
        self.decided_at: TimeNs | None = None
        """When a strategy's wish was last let through or refused; None before the first."""
        self.decided = ""
        """What it was."""
        self._left: dict[ClientOrderId, TimeNs] = {}
        self._marks: deque[tuple[float, int]] = deque()

    def observe(self, steps: Sequence[Step]) -> None:
        """Count the steps of a turn."""
        events = self.events
        for step in steps:
            kind = type(step.event)
            events[kind] += 1
            if step.effects or step.refusals or step.notices:
                self._decided(step)
            if kind not in _MARKET:
                self._heard(step.event)
        last = steps[-1]
        self.seq = last.seq
        self.event_latency.add(max(self._now() - last.event.ts_recv, 0) / NS_PER_SECOND)
        self._mark()

    def close(self) -> None:
        """Nothing to close."""

    @property
    def events_per_second(self) -> float:
        """Steps a second, over the last ten seconds or less."""
        if len(self._marks) < 2:
            return 0.0
        (began, first), (ended, last) = self._marks[0], self._marks[-1]
        return (last - first) / (ended - began) if ended > began else 0.0

    def _decided(self, step: Step) -> None:
        for effect in step.effects:
            if type(effect) is SubmitOrder:
                self.submitted += 1 + len(effect.attached)
                if len(self._left) < WAITING_MAX:
                    self._left[effect.order.id] = step.event.ts_recv
                self._decide(step, f"{effect.order.id} sent")
        for refusal in step.refusals:
            self.refusals[refusal.code.value] += 1
            self._decide(step, f"refused: {refusal.code.value}")
        for notice in step.notices:
            if type(notice) is BreakerChanged and notice.state in _TRIPS and not notice.is_drill:
                self.trips[notice.breaker] += 1

    def _decide(self, step: Step, what: str) -> None:
        self.decided_at, self.decided = step.event.ts_recv, what

    def _heard(self, event: Event) -> None:
        if isinstance(event, _ANSWERS):
            left = self._left.pop(event.order, None)
            if left is not None:
                self.order_latency.add(max(event.ts_recv - left, 0) / NS_PER_SECOND)
        match event:
            case OrderFilled():
                self.filled += 1
            case OrderRejected():
                self.rejected += 1
            case OrderCancelled():
                self.cancelled += 1
            case OrderExpired():
                self.expired += 1

    def _mark(self) -> None:
        now = self._wall()
        if not self._marks or now - self._marks[-1][0] >= 1.0:
            self._marks.append((now, self.seq))
            while now - self._marks[0][0] > RATE_SECONDS:
                self._marks.popleft()
