"""An account at Binance as the engine sees it (port `Venue`): the desk on connections that are kept for ever.

`events` owns the connections: it opens them, hears them, looks at the time, and opens them anew with growing waits.
`execute` sends what the desk makes of an effect, at once. What comes of anything is told by `events`. While nobody
hears the account's stream, entries wait and are then refused; what protects leaves by whichever way there is.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from tradewind.domain.errors import VenueUnavailable
from tradewind.domain.events import LinkChanged
from tradewind.venues._net import socket as net
from tradewind.venues._net.keep import kept
from tradewind.venues.binance.calls import Call
from tradewind.venues.binance.carry import carried
from tradewind.venues.binance.replies import Wish, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tradewind.domain.commands import Effect
    from tradewind.domain.events import Event
    from tradewind.ports import Clock
    from tradewind.venues._net.socket import Socket
    from tradewind.venues._net.web import Web
    from tradewind.venues.binance.desk import Desk
    from tradewind.venues.binance.out import Out
    from tradewind.venues.binance.policy import Patience
    from tradewind.venues.binance.private import PrivateStream

LINK = "private"
TICK_SECONDS = 0.1


class BinanceVenue:
    """One account, and the ways to it."""

    def __init__(  # noqa: PLR0913 - an account, and the ways to it
        self,
        desk: Desk,
        url: str,
        clock: Clock,
        patience: Patience,
        *,
        web: Web | None = None,
        private: PrivateStream | None = None,
    ) -> None:
        """Make it for the WebSocket API at `url`; `web` is the way round it."""
        self._desk = desk
        self._url = url
        self._clock = clock
        self._patience = patience
        self._web = web
        self._private = private
        self._socket: Socket | None = None
        self._told: asyncio.Queue[Event] = asyncio.Queue()
        self._calls: asyncio.Queue[Call] = asyncio.Queue()
        self._up = asyncio.Event()
        self._hopeless = 0.0
        """Until when what is to leave waits for a connection, by the loop's clock; 0 if nothing waits."""
        self._was_down = False

    async def execute(self, effect: Effect) -> None:
        """Send one effect. A failure becomes an event: never sent, refused, or outcome unknown."""
        assert isinstance(effect, Wish), f"not for a venue: {effect}"
        if not self._up.is_set():
            # Counted from when it broke: of many that wait for it, the last must not wait for all before it as well.
            self._hopeless = self._hopeless or asyncio.get_running_loop().time() + self._patience.wait_seconds
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._hopeless):
                    await self._up.wait()
        now = self._clock.now()
        goes_round = self._web is not None and self._desk.may_leave_unheard(effect)
        if not self._up.is_set() and not goes_round:
            self._tell(refused(effect, f"never sent: no connection to {self._desk.venue}", self._desk.venue, now))
            return
        self._do(self._desk.take(effect, now))

    def send_now(self, effect: Effect) -> bool:
        """Send one effect, if there is a connection to send it on; False if it would have to wait for one."""
        if not self._up.is_set():
            return False
        assert isinstance(effect, Wish), f"not for a venue: {effect}"
        self._do(self._desk.take(effect, self._clock.now()))
        return True

    async def events(self) -> AsyncIterator[Event]:
        """Yield what Binance says of our orders and our account, for ever."""
        try:
            async with asyncio.TaskGroup() as tasks:
                waits, venue = self._patience.backoff_seconds, self._desk.venue
                tasks.create_task(kept(self._converse, waits, venue))
                if self._private is not None:
                    tasks.create_task(kept(self._listen, waits, venue))
                    tasks.create_task(self._private.keep())
                tasks.create_task(self._tick())
                tasks.create_task(self._carry(tasks))
                while True:
                    yield await self._told.get()
        finally:
            if self._web is not None:
                await self._web.close()

    # --- connections --------------------------------------------------------------------------------

    async def _converse(self, works: Callable[[], None]) -> None:
        """Open the WebSocket API, and hear it."""
        socket, why = None, "the connection is gone"
        try:
            socket = self._socket = await net.connect(self._url)
            self._do(self._desk.open(self._clock.now()))
            why = await self._hear(socket, works)
        except VenueUnavailable as error:
            why = error.message
        finally:
            self._socket = None
            self._tell(self._desk.lost(why, self._clock.now()).events)
            self._look_up_here()
            if socket is not None:
                await socket.close()
        raise VenueUnavailable(why)

    async def _hear(self, socket: Socket, works: Callable[[], None]) -> str:
        """Hear the WebSocket API until it says why it is over."""
        while True:
            out = self._desk.hear(await socket.receive(), self._clock.now())
            if self._desk.is_open:
                works()
                self._look_up_here()
            self._do(out)
            if out.over:
                return out.over

    async def _listen(self, works: Callable[[], None]) -> None:
        """Open the account's own stream, and hear it."""
        assert self._private is not None
        try:
            socket = await self._private.open()
            works()
            opened = self._desk.stream_opened(self._clock.now())
            self._look_up()
            self._do(opened)
            while True:
                out = self._desk.hear_stream(await socket.receive(), self._clock.now())
                self._do(out)
                if out.over:
                    raise VenueUnavailable(out.over)
        finally:
            self._desk.stream_lost()
            self._look_up()
            await self._private.close()

    def _look_up_here(self) -> None:
        """Look up after news of the WebSocket API: of a stream with a connection of its own it knows nothing."""
        if self._private is None:
            self._look_up()

    def _look_up(self) -> None:
        """Tell if the account's stream has come to be heard again, or is heard no more."""
        is_up = self._desk.is_heard
        if is_up is self._up.is_set() and is_up is not self._was_down:
            return
        (self._up.set if is_up else self._up.clear)()
        self._hopeless = 0.0
        if is_up is self._was_down:
            self._was_down = not is_up
            self._tell((LinkChanged(self._desk.venue, LINK, up=is_up, ts_recv=self._clock.now()),))

    async def _tick(self) -> None:
        """Look at the time: what waits too long, what fits into the budgets now, a connection that is dead."""
        wall = asyncio.get_running_loop().time
        compared = looked = wall()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            socket, now = self._socket, self._clock.now()
            if socket is not None and socket.silent_seconds >= self._patience.dead_seconds:
                socket.abort(f"not even a ping for {socket.silent_seconds:.0f} s")
                continue
            due = self._desk.due()
            if due is not None and due <= now:
                out = self._desk.tick(now)
                self._do(out)
                if out.over and socket is not None:
                    socket.abort(out.over)
            if wall() - compared >= self._patience.clock_seconds and self._up.is_set():
                compared = wall()
                self._do(self._desk.compare_clocks(now))
            if wall() - looked >= self._patience.terms_seconds and self._up.is_set():
                looked = wall()
                self._do(self._desk.compare_terms(now))

    # --- what leaves --------------------------------------------------------------------------------

    def _do(self, out: Out) -> None:
        """Tell the events, then send the rest; what cannot be sent is settled when the connection is given up."""
        self._tell(out.events)
        for frame in out.frames:
            if isinstance(frame, Call):
                self._calls.put_nowait(frame)
            elif self._socket is not None:
                try:
                    self._socket.send(frame)
                except VenueUnavailable as error:
                    self._socket.abort(error.message)

    async def _carry(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            tasks.create_task(self._ask(await self._calls.get()))

    async def _ask(self, call: Call) -> None:
        assert self._web is not None
        self._do(await carried(call, self._web, self._desk, self._clock))

    def _tell(self, events: tuple[Event, ...]) -> None:
        for event in events:
            self._told.put_nowait(event)
