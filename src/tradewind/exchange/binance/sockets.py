"""One WebSocket connection: what is to be sent waits in a bounded line, pings go out, and who is rude is cut off."""

from __future__ import annotations

import asyncio
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
POLICY = 1008
GOING_AWAY = 1001


class Socket:
    """A connection; `messages_max` bounds what may come in a second, frames of all kinds counted, 0 for anything."""

    def __init__(self, request: web.BaseRequest, faults: Line, *, messages_max: int) -> None:
        self._faults = faults
        self._request = request
        self._ws = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=2**20)
        self._messages_max = messages_max
        self._line: deque[bytes] = deque()
        self._line_bytes = 0
        self._wake = asyncio.Event()
        self._pinged: dict[bytes, float] = {}
        self._recent: deque[float] = deque()
        self.address = request.remote or ""

    @property
    def response(self) -> web.WebSocketResponse:
        """What aiohttp wants to have back."""
        return self._ws

    def send(self, message: bytes) -> None:
        """Put a message in line."""
        self._line.append(message)
        self._line_bytes += len(message)
        self._wake.set()
        if self._line_bytes > LINE_BYTES_MAX:
            self.abort()

    def tell(self, event: bytes) -> None:
        """Put an event in line, as far as the faults let it through."""
        self._faults.send(event, self.send)

    def abort(self) -> None:
        """Cut the connection, without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def close(self, code: int, text: str = "") -> None:
        """End the connection in order."""
        await self._ws.close(code=code, message=text.encode())

    async def run(self, take: Callable[[str], Awaitable[None] | None]) -> None:
        """Carry the connection until it ends; each message that comes is given to `take`."""
        await self._ws.prepare(self._request)
        self._faults.enter(self.abort)
        try:
            await self._carry(take)
        finally:
            self._faults.leave(self.abort)

    async def _carry(self, take: Callable[[str], Awaitable[None] | None]) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._write()), group.create_task(self._ping())]
            try:
                await self._read(take)
            finally:
                for task in tasks:
                    task.cancel()

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

    async def _write(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                if self._faults.dead_seconds:
                    await asyncio.sleep(self._faults.dead_seconds)
                while self._line:
                    message = self._line.popleft()
                    self._line_bytes -= len(message)
                    await self._ws.send_frame(message, WSMsgType.TEXT)
        except ConnectionError:
            return  # gone; who reads learns of it as well

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
