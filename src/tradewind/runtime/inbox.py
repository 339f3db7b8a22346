"""The inbox: bounded, in the order of arrival, with a separate lane for operator commands.

A full inbox makes its sources wait (`room`). What cannot wait, the reports of a venue, is taken all
the same up to `HARD_FACTOR` times the bound; beyond it `QueueFull` stops the session, loudly.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from tradewind.domain.errors import QueueFull

if TYPE_CHECKING:
    from tradewind.domain.events import Event

INBOX_MAX = 8_192
HARD_FACTOR = 4


class Inbox:
    """Events that wait for the engine."""

    def __init__(self, size_max: int = INBOX_MAX) -> None:
        self._size_max = size_max
        self._events: deque[Event] = deque()
        self._words: deque[Event] = deque()
        self._waiter: asyncio.Future[None] | None = None
        """Who waits in `wait`: a bare future, which wakes in half the time of an `Event` within a `timeout`."""
        self._has_room = asyncio.Event()
        self._has_room.set()

    def __len__(self) -> int:
        return len(self._events) + len(self._words)

    @property
    def is_full(self) -> bool:
        """Whether sources should wait for `room`."""
        return len(self._events) >= self._size_max

    @property
    def is_waited_for(self) -> bool:
        """Whether the reader does nothing but wait."""
        return self._waiter is not None and not self._waiter.done()

    def put(self, event: Event) -> None:
        """Take an event; raise `QueueFull` far beyond the bound."""
        self._events.append(event)
        if len(self._events) >= self._size_max:
            self._has_room.clear()
            if len(self._events) > HARD_FACTOR * self._size_max:
                raise QueueFull(f"the inbox holds {len(self._events)} events; its bound is {self._size_max}")
        if self._waiter is not None:
            _wake(self._waiter)

    def put_word(self, event: Event) -> None:
        """Take an operator command; it goes before everything that waits."""
        self._words.append(event)
        if self._waiter is not None:
            _wake(self._waiter)

    def wake(self) -> None:
        """Wake the waiting task without an event: only time has passed."""
        if self._waiter is not None:
            _wake(self._waiter)

    async def room(self) -> None:
        """Wait until the engine has caught up."""
        await self._has_room.wait()

    async def wait(self, seconds: float | None) -> None:
        """Wait for something to arrive, at most so long; one task waits at a time."""
        if self._events or self._words:
            return
        assert self._waiter is None, "the inbox has one reader"
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        alarm = None if seconds is None else loop.call_later(seconds, _wake, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if alarm is not None:
                alarm.cancel()

    def take(self, count_max: int) -> list[Event]:
        """Take what is there, at most `count_max`, or only the operator commands if there are any; never waits."""
        words, events = self._words, self._events
        count = 0 if words else min(count_max, len(events))
        batch = [words.popleft() for _ in range(len(words))] or [events.popleft() for _ in range(count)]
        if len(events) < self._size_max:
            self._has_room.set()
        return batch


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
