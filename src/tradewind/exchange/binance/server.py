"""The door of this dialect: one port at 127.0.0.1 for REST, streams and the WebSocket API, told apart by path."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from tradewind.domain.errors import LocalError
from tradewind.exchange.binance.admin import CONTROL, Admin
from tradewind.exchange.binance.api_socket import ApiSocket
from tradewind.exchange.binance.auth import Gate
from tradewind.exchange.binance.faults import UNAVAILABLE, Faults
from tradewind.exchange.binance.private_socket import PrivateSocket, key_at
from tradewind.exchange.binance.rest import Rest
from tradewind.exchange.binance.sockets import LIFE_SECONDS, Socket
from tradewind.exchange.binance.stream_socket import StreamSocket, streams_at
from tradewind.exchange.binance.usdm.words import FuturesWords

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tradewind.exchange.binance.floor import TradingFloor
    from tradewind.exchange.binance.keys import KeyRing
    from tradewind.exchange.binance.routes import Route
    from tradewind.exchange.binance.words import Words

STREAM_MESSAGES_MAX, FUTURES_MESSAGES_MAX = 5, 10
"""So many messages a second may come on a connection for streams."""
PRIVATE = ("ws-api", "ws-fapi", "private")
"""What of paths leads to accounts."""
ROUTES = ("public", "market", "private")
"""Where streams of futures begin."""
PULSE_SECONDS, PULSE_SECONDS_MIN = 0.05, 0.01


@dataclass(frozen=True, eq=False)
class Face:
    """A product as it is served: its floor, and its requests by path and by method."""

    floor: TradingFloor
    paths: Mapping[tuple[str, str], Route]
    methods: Mapping[str, Route]


class BinanceServer:
    """Serves spot, and futures if there are any: what is asked for says which."""

    def __init__(  # noqa: PLR0913 - what is served, to whom, how
        self, spot: Face, futures: Face, keys: KeyRing, *, port: int, speed: float, with_faults: bool,
        admin_token: str, tells_secrets: bool,
    ) -> None:  # fmt: skip
        self.faults = Faults(spot.floor.now, speed, allowed=with_faults)
        for face in (spot, futures):
            face.floor.cuts_short = self.faults.cuts_short
        self.port = port
        """Where it listens; with 0, where it came to listen."""
        self._spot, self._futures = spot, futures
        self._gate = Gate(keys, spot.floor.now, speed)
        self._rest = {
            face: Rest(face.floor, self._gate, speed, face.paths, faults=self.faults) for face in (spot, futures)
        }
        self._tells_secrets = tells_secrets
        self._admin_token = admin_token
        self._admin = Admin((spot.floor, futures.floor), self.faults, admin_token, speed)
        self._life_seconds = LIFE_SECONDS / speed
        self._pulse_seconds = max(PULSE_SECONDS / speed, PULSE_SECONDS_MIN)

    def described(self) -> str:
        """Say where it listens, which keys there are, and where the page is.

        The secrets are told of the keys that accounts have from the start: they are made of the accounts' names.
        """
        at = f"127.0.0.1:{self.port}"
        keys = [
            f"  account {key.account}: key {key.key}" + (f" secret {key.secret}" if self._tells_secrets else "")
            for key in self._gate.keys
        ]
        where = f"binance at http://{at} (streams ws://{at}/stream, requests ws://{at}/ws-api/v3)"
        return "\n".join((where, *keys, f"  page http://{at}/{CONTROL}/#{self._admin_token}"))

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve until it is cancelled; `ready` is called when clients may come."""
        runner = web.ServerRunner(web.Server(self._handle, access_log=None))
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", self.port, shutdown_timeout=1.0)
            try:
                await site.start()
            except OSError as error:
                raise LocalError(f"the exchange cannot listen at 127.0.0.1:{self.port}: {error}") from error
            self.port = runner.addresses[0][1]
            ready()
            while True:
                await asyncio.sleep(self._pulse_seconds)
                self._spot.floor.pulse()
                self._futures.floor.pulse()
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        parts = path.strip("/").split("/")
        is_futures = parts[0] in ("fapi", "ws-fapi", *ROUTES)
        face = self._futures if is_futures else self._spot
        if request.headers.get("Upgrade", "").lower() != "websocket":
            if parts[0] == CONTROL:
                return await self._admin.answer(request, path)
            return await self._rest[face].answer(request)
        line = self.faults.lines["private" if parts[0] in PRIVATE else "market"]
        if line.is_closed:
            return web.Response(status=UNAVAILABLE)
        if parts[0] in ("ws-api", "ws-fapi"):
            socket = Socket(request, line, messages_max=0, life_seconds=self._life_seconds)
            with_limits = "returnRateLimits=false" not in query
            await ApiSocket(
                socket, face.floor, self._gate, face.methods, with_limits=with_limits, faults=self.faults
            ).run()
            return socket.response
        asked = streams_at(path, query)
        if asked is None:
            return await self._rest[face].answer(request)
        streams, combined = asked
        most = FUTURES_MESSAGES_MAX if is_futures else STREAM_MESSAGES_MAX
        socket = Socket(request, line, messages_max=most, life_seconds=self._life_seconds)
        if parts[0] == "private":
            key, combined = key_at(path, query)
            await PrivateSocket(socket, face.floor, key, combined=combined).run()
        else:
            tells = partial(_is_told_at, face.floor.words, parts[0])
            await StreamSocket(socket, face.floor, combined=combined, tells=tells).run(streams)
        return socket.response


def _is_told_at(words: Words, route: str, name: str) -> bool:
    return not isinstance(words, FuturesWords) or words.is_told_at(route, name)
