"""A WebSocket as a client has it: frames out, frames in, and how long nothing was heard. The library stands behind it.

It is picows (why: ARCHITECTURE.md, decision 46); who wants another one writes this class anew. Pings are answered
before anything else, with their own payload. Texts of errors have no address with a key in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections import deque
from typing import TYPE_CHECKING

from tradewind.domain.errors import ConfigError, VenueUnavailable
from tradewind.venues._net.masking import masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from picows import WSFrame, WSTransport

CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 10.0
FRAME_BYTES_MAX = 16 << 20
"""A book of 5,000 levels has a quarter of a megabyte."""
WAITING_BYTES_MAX = 1 << 20
"""So much may wait to be received before the venue has to wait; below half of that it is listened to again."""


class Socket:
    """One connection that is open; `receive` has one caller."""

    def __init__(self) -> None:
        from picows import WSMsgType

        self._kinds = WSMsgType
        self._text = WSMsgType.TEXT
        self._link: WSTransport | None = None
        """None before the library has told of it."""
        self._why = ""
        self._code = ""
        """What the venue said when it closed."""
        self._over = False
        self._heard = time.monotonic()
        self._frames: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._holds_back = False
        self._part = b""
        """The first fragments of a message whose last has not come."""
        self._waiter: asyncio.Future[None] | None = None
        self._ear: Callable[[bytes], bool] | None = None
        self._failure: Exception | None = None
        """What the ear raised."""

    def tell(self, ear: Callable[[bytes], bool] | None) -> None:
        """Offer each frame to `ear` in the moment it comes, while `receive` does nothing but wait for one.

        A frame for which it returns False is received, and `receive` raises what it raises. None: no more offers.
        """
        self._ear = ear

    @property
    def silent_seconds(self) -> float:
        """How long nothing came, no ping either."""
        return time.monotonic() - self._heard

    async def receive(self) -> bytes:
        """Return the next frame; raise `VenueUnavailable` when there is none any more."""
        while not self._frames:
            if self._over:
                raise VenueUnavailable(self._why or f"the connection was closed ({self._code or 'without a word'})")
            assert self._waiter is None, "a socket has one who receives"
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
            if self._failure is not None:
                raise self._failure
        frame = self._frames.popleft()
        self._waiting_bytes -= len(frame)
        if self._holds_back and self._waiting_bytes < WAITING_BYTES_MAX // 2:
            self._holds_back = False
            if not self._over and self._link is not None:
                self._link.underlying_transport.resume_reading()
        return frame

    def send(self, frame: bytes) -> None:
        """Send a frame, at once; raise `VenueUnavailable` if the connection is gone: then it has not left."""
        link = self._link
        if self._over or self._why or link is None or link.is_disconnected or link.is_close_frame_sent:
            raise VenueUnavailable("the connection is gone")
        link.send(self._text, frame)

    def abort(self, why: str) -> None:
        """Cut the connection now; who receives is told why."""
        self._why = self._why or why
        if self._link is None:
            self.ended()
        else:
            self._link.disconnect(graceful=False)

    async def close(self) -> None:
        """Say goodbye, and let go."""
        from picows import WSCloseCode, WSError

        link = self._link
        if self._over or link is None:
            self._over = True
            return
        try:
            link.send_close(WSCloseCode.OK)
            with contextlib.suppress(TimeoutError, WSError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await link.wait_disconnected()
        finally:
            link.disconnect(graceful=False)

    # --- what the library tells ---------------------------------------------------------------------

    def opened(self, link: WSTransport) -> None:
        """Take the way out: frames may come at once after that."""
        self._link = link
        if self._over or self._why:  # it was cut before it was open
            link.disconnect(graceful=False)

    def came(self, link: WSTransport, frame: WSFrame) -> None:
        """Take a frame."""
        self._heard = time.monotonic()
        kind = frame.msg_type
        if kind == self._text and frame.fin and not self._part:
            self._take(frame.get_payload_as_bytes())
        elif kind == self._kinds.PING:
            link.send_pong(frame.get_payload_as_bytes())
        elif kind == self._kinds.CLOSE:
            payload = frame.get_payload_as_bytes()
            self._code = str(int.from_bytes(payload[:2], "big")) if len(payload) > 1 else ""
            link.send(kind, payload[:2])
            link.disconnect()
        elif kind != self._kinds.PONG:
            self._add(link, frame)

    def ended(self) -> None:
        """Take it that the connection is gone."""
        self._over = True
        self._wake()

    def _take(self, message: bytes) -> None:
        if self._ear is not None and self._waiter is not None and not self._waiter.done() and self._is_heard(message):
            return
        self._frames.append(message)
        self._waiting_bytes += len(message)
        if self._waiting_bytes > WAITING_BYTES_MAX and not self._holds_back:
            self._holds_back = True
            assert self._link is not None, "a frame came without a connection"
            self._link.underlying_transport.pause_reading()
        self._wake()

    def _is_heard(self, message: bytes) -> bool:
        assert self._ear is not None
        try:
            return self._ear(message)
        except Exception as error:  # noqa: BLE001 - the library would take it for its own; it is raised by `receive`
            self._failure = error
            return False

    def _add(self, link: WSTransport, frame: WSFrame) -> None:
        """Take a part of a message; who never ends one is cut off."""
        self._part += frame.get_payload_as_bytes()
        if len(self._part) > FRAME_BYTES_MAX:
            self._why = self._why or "a message without end"
            link.disconnect(graceful=False)
        elif frame.fin:
            message, self._part = self._part, b""
            self._take(message)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def connect(url: str) -> Socket:
    """Open a connection; raise `VenueUnavailable` if nobody answers: nothing was sent then."""
    try:
        import picows
    except ImportError:
        raise ConfigError("binance: connections need the extra: pip install 'tradewind[binance]'") from None
    socket, given_up = Socket(), True
    try:
        async with asyncio.timeout(CONNECT_SECONDS):  # the library closes what it gives up; what we cancel it leaves
            await picows.ws_connect(
                lambda: _listener_type()(socket), url, enable_auto_pong=False, max_frame_size=FRAME_BYTES_MAX,
                max_redirects=0, websocket_handshake_timeout=0.8 * CONNECT_SECONDS,
            )  # fmt: skip
        given_up = False
    except (picows.WSError, OSError, TimeoutError) as error:
        status = getattr(getattr(error, "response", None), "status", "")
        what = f"{type(error).__name__} {getattr(status, 'value', status)}".rstrip()
        raise VenueUnavailable(f"{masked(url)} cannot be reached: {what}") from None
    finally:
        if given_up:  # it may be let in later all the same, and nobody would close it
            socket.abort("it was given up before it was open")
    return socket


@functools.cache
def _listener_type() -> type:
    """Return who passes on what the library tells: a class of its own, as the library need not be there."""
    from picows import WSListener

    class Listener(WSListener):
        def __init__(self, socket: Socket) -> None:
            super().__init__()
            self._socket = socket

        def on_ws_connected(self, transport: WSTransport) -> None:
            self._socket.opened(transport)

        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            self._socket.came(transport, frame)

        def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - the library's signature
            self._socket.ended()

    return Listener
