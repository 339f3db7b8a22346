"""How often the same thing is said. Pure: alerts and times go in, messages to send come out.

One thing is said once in `quiet_seconds`; what lasts and is severe is said again every `again_seconds`; of one kind at
most `hourly_max` an hour are sent, then one line with the count of the rest. A message that was not delivered opens no
quiet time. What was said to be wrong is said to be over.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import msgspec

from tradewind.app.alerting.rules import Alert, is_at_least

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.app.alerting.rules import Over

HOUR = 3_600.0
STANDING_MAX = 1_000
"""Things that are remembered as not over; then the oldest are forgotten."""


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How often things are said; in seconds, but for the count."""

    quiet_seconds: float = 300.0
    again_seconds: float = 1_800.0
    hourly_max: int = 10


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What goes out."""

    severity: str
    text: str
    key: str
    code: str
    standing: Alert | None = None
    """What it says to be wrong, and may be over later."""


class _Standing(msgspec.Struct):
    alert: Alert
    sent: float
    times: int = 1


class Pacing:
    """Knows what was said, when, and what of it is not over."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._said: dict[str, float] = {}
        self._standing: dict[str, _Standing] = {}
        self._sent: dict[str, deque[float]] = {}
        self._held: dict[str, int] = {}

    @property
    def held_back(self) -> int:
        """How many were held back by the hourly limit and have not been told of."""
        return sum(self._held.values())

    def take(self, alert: Alert, now: float) -> Message | None:
        """Return the message of an alert; None if it was said lately, or too often."""
        said = self._said.get(alert.key)
        if said is not None and now - said < self._pace.quiet_seconds:
            return None
        if self._is_full(alert.code, now):
            self._held[alert.code] = self._held.get(alert.code, 0) + 1
            return None
        standing = alert if alert.lasts else None
        return Message(
            severity=alert.severity, text=alert.text, key=alert.key, code=alert.code, standing=standing
        )  # fmt: skip

    def over(self, told: Over) -> Iterator[Message]:
        """Yield that something is over, of what was said; a name that ends with a colon means all that begin so."""
        every = told.key.endswith(":")
        for key in [key for key in self._standing if key == told.key or (every and key.startswith(told.key))]:
            alert = self._standing.pop(key).alert
            self._said.pop(key, None)
            yield Message(
                severity="info", text=f"recovered: {alert.text} ({told.text})", key=f"over {key}", code="recovered"
            )  # fmt: skip

    def delivered(self, message: Message, now: float) -> None:
        """Take it that a message has arrived: from now on it is quiet about it."""
        self._said[message.key] = now
        self._sent.setdefault(message.code, deque()).append(now)
        if message.standing is not None:
            known = self._standing.get(message.key)
            if known is None:
                self._standing[message.key] = _Standing(message.standing, now)
            else:
                known.sent, known.times = now, known.times + 1
            while len(self._standing) > STANDING_MAX:
                del self._standing[next(iter(self._standing))]

    def due(self, now: float) -> Iterator[Message]:
        """Yield what is to be said again, and how many were held back once the hour has room for them."""
        for key, standing in list(self._standing.items()):
            alert = standing.alert
            is_due = now - standing.sent >= self._pace.again_seconds
            if is_due and is_at_least(alert.severity, "error"):
                standing.sent = now  # whether it arrives or not: the next time is as far away
                text = f"still: {alert.text}"
                yield Message(severity=alert.severity, text=text, key=key, code="still", standing=alert)
        for code in [code for code in self._held if not self._is_full(code, now)]:
            yield self._summary(code)
        for key in [key for key, at in self._said.items() if now - at >= HOUR]:
            del self._said[key]

    def rest(self) -> Iterator[Message]:
        """Yield what was held back and not told of, at the end."""
        for code in list(self._held):
            yield self._summary(code)

    def _summary(self, code: str) -> Message:
        count = self._held.pop(code)
        text = f"{count} more of {code} were held back: more than {self._pace.hourly_max} in an hour"
        return Message(severity="warning", text=text, key=f"held back {code}", code="held_back")

    def _is_full(self, code: str, now: float) -> bool:
        sent = self._sent.setdefault(code, deque())
        while sent and now - sent[0] >= HOUR:
            sent.popleft()
        return len(sent) >= self._pace.hourly_max
