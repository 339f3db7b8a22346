"""A spot account at Binance as the engine sees it (port `Venue`): the desk on a connection that is kept for ever.

`events` owns the connection: it opens it, hears it, looks at the time, and opens it anew with growing waits. `execute`
sends what the desk makes of an effect, at once. What comes of anything is told by `events`.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import structlog

from tradewind.domain.errors import VenueUnavailable
from tradewind.domain.events import LinkChanged
from tradewind.domain.time import NS_PER_SECOND
from tradewind.venues._net import socket as net
from tradewind.venues.binance.desk import VENUE, Desk
from tradewind.venues.binance.replies import Wish, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tradewind.domain.commands import Effect
    from tradewind.domain.events import Event
    from tradewind.ports import Clock
    from tradewind.venues._net.socket import Socket
    from tradewind.venues.binance.out import Out
    from tradewind.venues.binance.policy import Patience

LINK = "private"
TICK_SECONDS = 0.1
log = structlog.get_logger(__name__)


class BinanceVenue:
    """One account, and the way to it."""

    def __init__(self, desk: Desk, url: str, clock: Clock, patience: Patience) -> None:
        self._desk = desk
        self._url = url
        self._clock = clock
        self._patience = patience
        self._socket: Socket | None = None
        self._told: asyncio.Queue[Event] = asyncio.Queue()
        self._up = asyncio.Event()
        self._was_down = False

    async def execute(self, effect: Effect) -> None:
        """Send one effect. A failure becomes an event: never sent, refused, or outcome unknown."""
        assert isinstance(effect, Wish), f"not for a venue: {effect}"
        if not self._up.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._patience.wait_seconds):
                    await self._up.wait()
        now = self._clock.now()
        if not self._up.is_set():
            self._tell(refused(effect, f"never sent: no connection to {VENUE}", VENUE, now))
            return
        await self._do(self._desk.take(effect, now))

    async def events(self) -> AsyncIterator[Event]:
        """Yield what Binance says of our orders and our account, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep())
            tasks.create_task(self._tick())
            while True:
                yield await self._told.get()

    async def _keep(self) -> None:
        failures = 0
        while True:
            try:
                socket = await net.connect(self._url)
                try:
                    await self._converse(socket)
                finally:
                    failures = 0 if self._up.is_set() else failures + 1
                    self._gone()
                    await socket.close()
            except VenueUnavailable as error:
                log.warning("the connection to the account is down", venue=VENUE, error=error.message)
                self._tell(self._desk.lost(error.message, self._clock.now()).events)
            if not self._was_down:
                self._was_down = True
                self._tell((LinkChanged(VENUE, LINK, up=False, ts_recv=self._clock.now()),))
            waits = self._patience.backoff_seconds
            await asyncio.sleep(waits[min(failures, len(waits) - 1)])

    async def _converse(self, socket: Socket) -> None:
        """Open the account's stream, then hear it; ends by `VenueUnavailable` alone."""
        self._socket = socket
        await self._do(self._desk.open(self._clock.now()))
        while True:
            frame = await socket.receive()
            out = self._desk.hear(frame, self._clock.now())
            if self._desk.is_open and not self._up.is_set():
                self._up.set()
                if self._was_down:
                    self._was_down = False
                    self._tell((LinkChanged(VENUE, LINK, up=True, ts_recv=self._clock.now()),))
            await self._do(out)
            if out.over:
                raise VenueUnavailable(out.over)

    async def _tick(self) -> None:
        """Look at the time: what waits too long, what fits into the budgets now, a connection that is dead."""
        compared = self._clock.now()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            socket, now = self._socket, self._clock.now()
            if socket is None:
                continue
            if socket.silent_seconds >= self._patience.dead_seconds:
                socket.abort(f"not even a ping for {socket.silent_seconds:.0f} s")
                continue
            due = self._desk.due()
            if due is not None and due <= now:
                out = self._desk.tick(now)
                await self._do(out)
                if out.over:
                    socket.abort(out.over)
            if now - compared >= self._patience.clock_seconds * NS_PER_SECOND and self._up.is_set():
                compared = now
                await self._do(self._desk.compare_clocks(now))

    async def _do(self, out: Out) -> None:
        """Tell the events, then send the frames; what cannot be sent is settled when the connection is given up."""
        self._tell(out.events)
        for frame in out.frames:
            if self._socket is None:
                return
            try:
                await self._socket.send(frame)
            except VenueUnavailable as error:
                self._socket.abort(error.message)
                return

    def _tell(self, events: tuple[Event, ...]) -> None:
        for event in events:
            self._told.put_nowait(event)

    def _gone(self) -> None:
        self._socket = None
        self._up.clear()
