"""What can be made to go wrong for clients of this dialect; `buttons.py` has the list.

`link` says which sockets: `market` for streams, `private` for requests and user streams, nothing for both. Seconds are
of the clock on the wall, where nothing else is said.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from tradewind.domain.time import NS_PER_MS, NS_PER_SECOND
from tradewind.exchange.binance.buttons import ON_MARKET, ON_ORDERS, ON_REQUESTS, ON_SOCKETS
from tradewind.exchange.binance.refusals import (
    TEAPOT,
    TOO_MANY,
    WireError,
    clock_behind,
    no_answer,
    rejected,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.time import TimeNs

UNAVAILABLE = 503
ADVICE = "Please use WebSocket Streams for live updates to avoid bans."
REORDER_SECONDS = 0.2
"""An event that is to come after the one that follows it does not wait longer for that."""


class Member(Protocol):
    """A connection, as faults reach for it."""

    def abort(self) -> None:
        """Cut it, without a word."""
        ...

    def end_in(self, seconds: float) -> None:
        """Say that the server goes down, and close it in order a while later."""
        ...


class Line:
    """What goes wrong on the sockets of one kind."""

    def __init__(self) -> None:
        self._left = dict.fromkeys(("drop", "duplicate", "reorder", "delay"), 0)
        self._delay_seconds = 0.0
        self._quiet_until = 0.0
        self._beats = True
        self._closed_until = 0.0
        self._held: tuple[Callable[[bytes], None], bytes] | None = None
        self._members: list[Member] = []
        self._is_pressed = False
        """Whether anything ever went wrong here."""

    @property
    def is_closed(self) -> bool:
        """Whether nobody is let in."""
        return _now() < self._closed_until

    @property
    def dead_seconds(self) -> float:
        """For how long nothing at all is sent: what comes waits, as on a network that stands still."""
        return 0.0 if self._beats or not self._is_pressed else max(self._quiet_until - _now(), 0.0)

    @property
    def count(self) -> int:
        """How many connections there are."""
        return len(self._members)

    def enter(self, member: Member) -> None:
        """Note a connection."""
        self._members.append(member)

    def leave(self, member: Member) -> None:
        """Note that a connection has gone."""
        self._members.remove(member)

    def press(self, kind: str, count: int, seconds: float) -> None:
        """Let a fault begin."""
        self._is_pressed = True
        if kind == "disconnect":
            self._closed_until = _now() + seconds
            for member in list(self._members):
                member.abort()
        elif kind == "shutdown":
            for member in list(self._members):
                member.end_in(seconds)
        elif kind in ("silence", "stale"):
            self._quiet_until, self._beats = _now() + seconds, kind == "stale"
        else:
            self._left[kind] += count
            self._delay_seconds = seconds

    def send(self, event: bytes, put: Callable[[bytes], None]) -> None:
        """Send an event, as far as the faults let it through."""
        if not self._is_pressed:
            put(event)
            return
        if (self._beats and _now() < self._quiet_until) or self._spend("drop"):
            return
        if self._held is None and self._spend("reorder"):
            self._held = put, event
            asyncio.get_running_loop().call_later(REORDER_SECONDS, self._let_go)
            return
        if self._spend("delay"):
            asyncio.get_running_loop().call_later(self._delay_seconds, put, event)
            return
        if self._spend("duplicate"):
            put(event)
        put(event)
        self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held[0](held[1])

    def _spend(self, kind: str) -> bool:
        if not self._left[kind]:
            return False
        self._left[kind] -= 1
        return True


class Faults:
    """All that was asked to go wrong."""

    def __init__(self, time: Callable[[], TimeNs], speed: float, *, allowed: bool) -> None:
        """Make it for an exchange of this `time`, of which `speed` seconds pass in one of ours."""
        self._time = time
        self._speed = speed
        self.allowed = allowed
        """Whether buttons may be pressed."""
        self.lines = {"market": Line(), "private": Line()}
        self._left = dict.fromkeys((*ON_ORDERS, *ON_REQUESTS), 0)
        self._until = dict.fromkeys(("ban", "maintenance"), 0.0)
        self._wait_seconds = 1.0

    def press(self, kind: str, count: int = 1, seconds: float = 0.0, link: str = "") -> None:
        """Let a fault begin."""
        assert kind not in ON_MARKET, kind
        if kind in ON_SOCKETS:
            for name, line in self.lines.items():
                if link in ("", name):
                    line.press(kind, count, seconds)
        elif kind in self._until:
            self._until[kind] = _now() + seconds
        else:
            self._left[kind] += count
            if kind == "limit":
                self._wait_seconds = seconds

    def before(self, *, is_signed: bool) -> None:
        """Raise what a request is answered before anything is done."""
        if not self.allowed:
            return
        if _now() < self._until["ban"]:
            told = self._retry(self._until["ban"] - _now())
            text = f"Way too much request weight used; IP banned until {told['retryAfter']}. {ADVICE}"
            raise WireError(-1003, text, TEAPOT, told)
        if _now() < self._until["maintenance"]:
            raise WireError(-1016, "This service is no longer available.", UNAVAILABLE)
        if self._spend("bad_gateway"):
            raise BadGateway
        if self._spend("overloaded"):
            text = "Server is currently overloaded with other requests. Please try again in a few minutes."
            raise WireError(-1008, text, UNAVAILABLE)
        if self._spend("limit"):
            text = "Too many requests queued."
            raise WireError(-1003, text, TOO_MANY, self._retry(self._wait_seconds))
        if is_signed and self._spend("clock"):
            raise clock_behind()

    def _retry(self, seconds: float) -> dict[str, int]:
        """Return from when to when a client is to wait that waits for so many seconds of its own."""
        now = self._time()
        until = now + int(seconds * self._speed * NS_PER_SECOND)
        return {"serverTime": now // NS_PER_MS, "retryAfter": until // NS_PER_MS}

    def cuts_short(self) -> bool:
        """Tell whether half of an order that is placed now is never executed."""
        return self.allowed and self._spend("partial")

    def before_order(self) -> None:
        """Raise what an order or a cancel is answered that is not carried out."""
        if not self.allowed:
            return
        if self._spend("lost"):
            raise no_answer()
        if self._spend("reject"):
            raise rejected("This action is disabled on this account.")

    def after_order(self) -> None:
        """Raise what an order or a cancel is answered that was carried out."""
        if not self.allowed:
            return
        if self._spend("timeout"):
            raise no_answer()
        if self._spend("drop_reply"):
            raise NoReply

    def _spend(self, kind: str) -> bool:
        if not self._left[kind]:
            return False
        self._left[kind] -= 1
        return True


class BadGateway(WireError):
    """Somebody before the exchange answers, with a page."""

    def __init__(self) -> None:
        super().__init__(0, "502 Bad Gateway", 502)


class NoReply(WireError):
    """The connection is cut instead of an answer."""

    def __init__(self) -> None:
        super().__init__(0, "no reply", 0)


def _now() -> float:
    return asyncio.get_running_loop().time()
