"""The stream of a USD-M account: a connection of its own, opened by a listen key that must be kept alive.

The key is as good as a password: it stands in no log and no text of an error.
https://developers.binance.com/docs/derivatives/usds-margined-futures/user-data-streams
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tradewind.domain.errors import VenueError, VenueUnavailable
from tradewind.venues._net import socket as net
from tradewind.venues.binance.answers import answer_of
from tradewind.venues.binance.calls import USDM
from tradewind.venues.binance.wire_usdm_rest import ListenKey

if TYPE_CHECKING:
    from typing import NoReturn

    from tradewind.venues._net.socket import Socket
    from tradewind.venues._net.web import Web
    from tradewind.venues.binance.policy import Patience


LOOK_SECONDS = 1.0


class ListenKeys:
    """Gets the key of an account's stream, and keeps it alive."""

    def __init__(self, web: Web, api_key: str) -> None:
        self._web = web
        self._headers = {"X-MBX-APIKEY": api_key}

    async def start(self) -> str:
        """Return the key; raise `VenueUnavailable` if there is none to be had now."""
        body = await self._ask("listenKey.start")
        answer: ListenKey = answer_of(body, ListenKey)
        return answer.listen_key

    async def keep(self) -> None:
        """Let the key live on; raise `VenueUnavailable` if it is gone."""
        await self._ask("listenKey.keep")

    async def _ask(self, name: str) -> bytes:
        way = USDM[name]
        try:
            status, _, body = await self._web.ask(way.verb, way.path, self._headers)
        except VenueError as error:
            raise VenueUnavailable(f"no listen key: {error.message}") from None
        if status >= 300:
            raise VenueUnavailable(f"no listen key: HTTP {status}")
        return body


class PrivateStream:
    """One account's stream."""

    def __init__(self, keys: ListenKeys, url: str, patience: Patience) -> None:
        self._keys = keys
        self._url = url
        self._patience = patience
        self._socket: Socket | None = None

    async def open(self) -> Socket:
        """Return a connection that says what happens to the account; raise `VenueUnavailable` if there is none."""
        self._socket = await net.connect(f"{self._url}/private/ws/{await self._keys.start()}")
        return self._socket

    async def close(self) -> None:
        """Let the connection go, if there is one."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def keep(self) -> NoReturn:
        """Let the key live on; cut a connection whose key is gone, or that is dead."""
        loop = asyncio.get_running_loop()
        kept = loop.time()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            socket = self._socket
            if socket is None:
                kept = loop.time()
            elif socket.silent_seconds >= self._patience.private_dead_seconds:
                socket.abort(f"not even a ping for {socket.silent_seconds:.0f} s")
            elif loop.time() - kept >= self._patience.listen_key_seconds:
                kept = loop.time()
                try:
                    await self._keys.keep()
                except VenueUnavailable as error:
                    socket.abort(error.message)
