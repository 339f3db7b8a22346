"""One WebSocket connection: what is to be sent waits in a bounded line, pings go out, and who is rude is cut off."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tradewind.exchange.binance.faults import Line

LINE_BYTES_MAX = 32 * 2**20
"""Who does not read so much is cut off."""
PING_SECONDS, PONG_SECONDS = 20.0, 60.0
LIFE_SECONDS, GRACE = 24 * 3600.0, 1 / 144
"""How old a connection becomes, in the exchange's time, and for which part of that it goes on once it was said."""
POLICY = 1008
GOING_AWAY = 1001


_WIDE = 126
_SHORT = [bytes((0x81, size)) for size in range(_WIDE)]
"""The heads of short text frames, which a server does not mask."""


def _head(size: int) -> bytes:
    """Return the head of a text frame that is not short."""
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big")
    return b"\x81\x7f" + size.to_bytes(8, "big")


class Socket:
    """A connection; `messages_max` bounds what may come in a second, frames of all kinds counted, 0 for anything."""

    def __init__(
        self, request: web.BaseRequest, faults: Line, *, messages_max: int, life_seconds: float = LIFE_SECONDS
    ) -> None:
        self._faults = faults
        self._request = request
        self._ws = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=2**20)
        self._messages_max = messages_max
        self._line: list[bytes] = []
        """Frames that leave together, at the end of this turn of the loop."""
        self._line_bytes = 0
        self._is_open = self._is_flushing = False
        self._life_seconds = life_seconds
        self._end_seconds: float | None = None
        self._ends = asyncio.Event()
        self.farewell: Callable[[], bytes] = lambda: b""
        """What is said before the server goes down."""
        self._pinged: dict[bytes, float] = {}
        self._recent: deque[float] = deque()
        self.address = request.remote or ""

    @property
    def response(self) -> web.WebSocketResponse:
        """What aiohttp wants to have back."""
        return self._ws

    def send(self, message: bytes) -> None:
        """Put a message in line."""
        size = len(message)
        self._line += (_SHORT[size] if size < _WIDE else _head(size), message)
        self._line_bytes += size
        if self._line_bytes > LINE_BYTES_MAX:
            self.abort()
        elif not self._is_flushing and self._is_open:
            self._is_flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def tell(self, event: bytes) -> None:
        """Put an event in line, as far as the faults let it through."""
        self._faults.send(event, self.send)

    def abort(self) -> None:
        """Cut the connection, without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    def end_in(self, seconds: float) -> None:
        """Say that the server goes down, and close the connection in order so much later."""
        self._end_seconds = seconds
        self._ends.set()

    async def close(self, code: int, text: str = "") -> None:
        """End the connection in order."""
        await self._ws.close(code=code, message=text.encode())

    async def run(self, take: Callable[[str], Awaitable[None] | None]) -> None:
        """Carry the connection until it ends; each message that comes is given to `take`."""
        await self._ws.prepare(self._request)
        self._is_open = self._is_flushing = True
        self._faults.enter(self)
        try:
            self._flush()
            await self._carry(take)
        finally:
            self._is_open = False
            self._faults.leave(self)

    def _flush(self) -> None:
        """Send what is in line; who has not read what was sent before it is cut off."""
        transport, dead_seconds = self._request.transport, self._faults.dead_seconds
        if transport is None or transport.is_closing():
            return
        if self._line_bytes + transport.get_write_buffer_size() > LINE_BYTES_MAX:
            self.abort()
        elif dead_seconds:
            asyncio.get_running_loop().call_later(dead_seconds, self._flush)
        else:
            self._is_flushing = False
            if self._line:
                transport.write(b"".join(self._line))
                self._line.clear()
                self._line_bytes = 0

    async def _carry(self, take: Callable[[str], Awaitable[None] | None]) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._ping()), group.create_task(self._live())]
            try:
                await self._read(take)
            finally:
                for task in tasks:
                    task.cancel()

    async def _live(self) -> None:
        """End the connection when it is a day old, or somebody asks for it: said first, then done."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._life_seconds):
                await self._ends.wait()
        self.send(self.farewell())
        grace_seconds = self._life_seconds * GRACE if self._end_seconds is None else self._end_seconds
        await asyncio.sleep(grace_seconds)
        await self.close(GOING_AWAY, "Server is shutting down")

    async def _read(self, take: Callable[[str], Awaitable[None] | None]) -> None:
        async for message in self._ws:
            if self._is_too_much():
                await self.close(POLICY, "Too many messages")
                return
            match message.type:
                case WSMsgType.TEXT:
                    done = take(message.data)
                    if done is not None:
                        await done
                case WSMsgType.PING:
                    await self._ws.pong(message.data)
                case WSMsgType.PONG:
                    self._pinged.pop(bytes(message.data), None)
                case _:
                    return

    def _is_too_much(self) -> bool:
        if not self._messages_max:
            return False
        now = time.monotonic()
        self._recent.append(now)
        while self._recent and self._recent[0] <= now - 1.0:
            self._recent.popleft()
        return len(self._recent) > self._messages_max

    async def _ping(self) -> None:
        try:
            while True:
                await asyncio.sleep(PING_SECONDS)
                now = time.monotonic()
                if any(then < now - PONG_SECONDS for then in self._pinged.values()):
                    await self.close(POLICY, "Pong timeout")
                    return
                if self._faults.dead_seconds:
                    continue
                payload = str(time.time_ns() // 1_000_000).encode()
                self._pinged[payload] = now
                await self._ws.ping(payload)
        except ConnectionError:
            return


def loads(text: str) -> Any:  # noqa: ANN401 - whatever a client sends
    """Read JSON; raise `ValueError` for what is none."""
    import msgspec

    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
