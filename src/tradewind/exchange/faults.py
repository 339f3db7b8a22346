"""What can be made to go wrong with a client of the exchange, one button a fault.

| button | what happens |
|---|---|
| `disconnect` | both links are cut; for `seconds` nobody is let in |
| `silence` | for `seconds` nothing is sent, not even that the link lives |
| `stale` | for `seconds` the links live, and nothing else is sent |
| `drop` | the next `count` reports and market events are not sent |
| `duplicate` | the next `count` are sent twice |
| `reorder` | each of the next `count` is sent after the one that follows it |
| `delay` | the next `count` words leave `seconds` later |
| `slow` | the next `count` words leave with `seconds` between them |
| `drop_reply` | the next `count` submits are accepted; nothing is heard of them until somebody asks |
| `late` | the next `count` submits are taken `seconds` later; no receipt |
| `reject` | the next `count` submits are refused |

Seconds are of the clock on the wall. Knows nothing of accounts or of time.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tradewind.venues.exchange.protocol import Beat, Market, Report

if TYPE_CHECKING:
    from tradewind.venues.exchange.link import Link
    from tradewind.venues.exchange.protocol import Frame

ON_LINKS = ("disconnect", "silence", "stale", "drop", "duplicate", "reorder", "delay", "slow")
ON_SUBMITS = ("drop_reply", "late", "reject")
FAULTS = (*ON_LINKS, *ON_SUBMITS)
REORDER_SECONDS = 0.2
"""A word that is sent after the one that follows it does not wait longer for that."""


class Wire:
    """One direction of one link of a client, over all its connections, with what was made to go wrong on it."""

    def __init__(self) -> None:
        self._link: Link | None = None
        self._quiet_until = 0.0
        self._beats = True
        self._left = dict.fromkeys(("drop", "duplicate", "reorder", "delay", "slow"), 0)
        self._seconds = dict.fromkeys(("delay", "slow"), 0.0)
        self._leaves = 0.0
        self._held: Frame | None = None

    @property
    def is_up(self) -> bool:
        """Whether there is a link."""
        return self._link is not None and self._link.is_up

    def carries(self, link: Link) -> bool:
        """Tell whether this is the link."""
        return self._link is link

    def begin(self, link: Link) -> None:
        """Go on with a new connection; the one before ends."""
        if self._link is not None:
            self._link.close("another client has come")
        self._link = link
        self._held = None
        self._leaves = 0.0

    def lose(self, link: Link) -> None:
        """Note that a connection is gone."""
        if self._link is link:
            self._link = None

    def cut(self, why: str) -> None:
        """Cut the connection at once."""
        if self._link is not None:
            self._link.cut(why)

    def press(self, kind: str, count: int, seconds: float) -> None:
        """Let a fault begin."""
        match kind:
            case "silence" | "stale":
                self._quiet_until = asyncio.get_running_loop().time() + seconds
                self._beats = kind == "stale"
            case "disconnect":
                self.cut("a fault was asked for")
            case _:
                self._left[kind] += count
                self._seconds[kind] = seconds

    def beat(self, beat: Beat) -> Beat | None:
        """Return the beat as it goes out, None in silence."""
        return None if self._is_quiet and not self._beats else beat

    def send(self, frame: Frame) -> None:
        """Send a word, as far as the faults let it through."""
        if self._is_quiet:
            return
        if isinstance(frame, Report | Market):
            if self._spend("drop"):
                return
            if self._held is None and self._spend("reorder"):
                self._held = frame
                asyncio.get_running_loop().call_later(REORDER_SECONDS, self._let_go)
                return
            if self._spend("duplicate"):
                self._leave(frame)
        self._leave(frame)
        self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._leave(held)

    def _leave(self, frame: Frame) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        leaves = max(now, self._leaves)
        if self._spend("delay"):
            leaves = max(leaves, now + self._seconds["delay"])
        if self._spend("slow"):
            leaves += self._seconds["slow"]
        if self._link is None:
            return
        if leaves <= now:
            self._link.send(frame)
        else:
            self._leaves = leaves
            loop.call_at(leaves, self._link.send, frame)

    @property
    def _is_quiet(self) -> bool:
        return asyncio.get_running_loop().time() < self._quiet_until

    def _spend(self, kind: str) -> bool:
        if not self._left[kind]:
            return False
        self._left[kind] -= 1
        return True
