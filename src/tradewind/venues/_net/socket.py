"""A WebSocket as a client has it: frames out, frames in, and how long nothing was heard. The library stands behind it.

It is aiohttp's (why: ARCHITECTURE.md, decision 46); who wants another one writes this class anew. Pings are answered
before anything else, with their own payload. Texts of errors have no address with a key in it.
"""

from __future__ import annotations

import contextlib
import socket as sockets
import time
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import ConfigError, VenueUnavailable
from tradewind.venues._net.masking import masked

if TYPE_CHECKING:
    import aiohttp

CONNECT_SECONDS = 10.0
FRAME_BYTES_MAX = 16 << 20
"""A book of 5,000 levels has a quarter of a megabyte."""


class Socket:
    """One connection that is open; `receive` has one caller."""

    def __init__(self, session: aiohttp.ClientSession, link: aiohttp.ClientWebSocketResponse[Any]) -> None:
        self._session = session
        self._link = link
        self._why = ""
        self._heard = time.monotonic()

    @property
    def silent_seconds(self) -> float:
        """How long nothing came, no ping either."""
        return time.monotonic() - self._heard

    async def receive(self) -> bytes:
        """Return the next frame; raise `VenueUnavailable` when there is none any more."""
        import aiohttp

        kinds = aiohttp.WSMsgType
        while True:
            message = await self._link.receive()
            self._heard = time.monotonic()
            if message.type is kinds.TEXT or message.type is kinds.BINARY:
                data: bytes = message.data
                return data
            if message.type is kinds.PING:
                with contextlib.suppress(ConnectionError):
                    await self._link.pong(message.data)
            elif message.type is not kinds.PONG:
                raise VenueUnavailable(self._why or f"the connection was closed ({self._link.close_code})")

    async def send(self, frame: bytes) -> None:
        """Send a frame; raise `VenueUnavailable` if the connection is gone: then it has not left, or not whole."""
        try:
            await self._link.send_frame(frame, _text())
        except (ConnectionError, RuntimeError) as error:
            raise VenueUnavailable(f"the connection is gone: {type(error).__name__}") from None

    def abort(self, why: str) -> None:
        """Cut the connection now; who receives is told why."""
        self._why = self._why or why
        link: Any = self._link.get_extra_info("socket")
        if link is not None:
            with contextlib.suppress(OSError):
                link.shutdown(sockets.SHUT_RDWR)

    async def close(self) -> None:
        """Say goodbye, and let go."""
        try:
            await self._link.close()
        finally:
            await self._session.close()


def _text() -> Any:  # noqa: ANN401 - an enum of a library that may not be there
    import aiohttp

    return aiohttp.WSMsgType.TEXT


async def connect(url: str) -> Socket:
    """Open a connection; raise `VenueUnavailable` if nobody answers: nothing was sent then."""
    try:
        import aiohttp
    except ImportError:
        raise ConfigError("binance: connections need the extra: pip install 'tradewind[binance]'") from None
    session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS))
    try:
        link = await session.ws_connect(
            url, autoping=False, autoclose=True, compress=0, max_msg_size=FRAME_BYTES_MAX, decode_text=False
        )
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        await session.close()
        status = getattr(error, "status", "")
        raise VenueUnavailable(f"{masked(url)} cannot be reached: {type(error).__name__} {status}".rstrip()) from None
    except BaseException:
        await session.close()
        raise
    return Socket(session, link)
