"""The door of this dialect: one port at 127.0.0.1 for REST, streams and the WebSocket API, told apart by path."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from tradewind.domain.errors import LocalError
from tradewind.exchange.binance.api_socket import ApiSocket
from tradewind.exchange.binance.auth import Gate
from tradewind.exchange.binance.faults import BUTTONS, UNAVAILABLE, Faults
from tradewind.exchange.binance.private_socket import PrivateSocket, key_at
from tradewind.exchange.binance.rest import Rest
from tradewind.exchange.binance.sockets import Socket
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
CONTROL = "__sim"
"""Where buttons are pressed: on no path of a venue's."""
ROUTES = ("public", "market", "private")
"""Where streams of futures begin."""
PULSE_SECONDS, PULSE_SECONDS_MIN = 0.05, 0.01


class Press(msgspec.Struct):
    """A fault that is asked for."""

    kind: str
    count: int = 1
    seconds: float = 0.0
    link: str = ""


@dataclass(frozen=True, eq=False)
class Face:
    """A product as it is served: its floor, and its requests by path and by method."""

    floor: TradingFloor
    paths: Mapping[tuple[str, str], Route]
    methods: Mapping[str, Route]


class BinanceServer:
    """Serves spot, and futures if there are any: what is asked for says which."""

    def __init__(  # noqa: PLR0913 - what is served, to whom, how
        self, spot: Face, futures: Face, keys: KeyRing, port: int, speed: float, *, with_faults: bool
    ) -> None:
        self.faults = Faults(allowed=with_faults)
        self.port = port
        """Where it listens; with 0, where it came to listen."""
        self._spot, self._futures = spot, futures
        self._gate = Gate(keys, spot.floor.now, speed)
        self._rest = {
            face: Rest(face.floor, self._gate, speed, face.paths, faults=self.faults) for face in (spot, futures)
        }
        self._pulse_seconds = max(PULSE_SECONDS / speed, PULSE_SECONDS_MIN)

    def described(self) -> str:
        """Say where it listens, and the keys of the accounts."""
        keys = "\n".join(
            f"  account {key.account}: key {key.key} secret {key.secret}" for key in self._gate.keys if key.secret
        )
        at = f"127.0.0.1:{self.port}"
        return f"binance at http://{at} (streams ws://{at}/stream, requests ws://{at}/ws-api/v3)\n{keys}"

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
                return await press(request, self.faults)
            return await self._rest[face].answer(request)
        line = self.faults.lines["private" if parts[0] in PRIVATE else "market"]
        if line.is_closed:
            return web.Response(status=UNAVAILABLE)
        if parts[0] in ("ws-api", "ws-fapi"):
            socket = Socket(request, line, messages_max=0)
            with_limits = "returnRateLimits=false" not in query
            await ApiSocket(
                socket, face.floor, self._gate, face.methods, with_limits=with_limits, faults=self.faults
            ).run()
            return socket.response
        asked = streams_at(path, query)
        if asked is None:
            return await self._rest[face].answer(request)
        streams, combined = asked
        socket = Socket(request, line, messages_max=FUTURES_MESSAGES_MAX if is_futures else STREAM_MESSAGES_MAX)
        if parts[0] == "private":
            key, combined = key_at(path, query)
            await PrivateSocket(socket, face.floor, key, combined=combined).run()
        else:
            tells = partial(_is_told_at, face.floor.words, parts[0])
            await StreamSocket(socket, face.floor, combined=combined, tells=tells).run(streams)
        return socket.response


async def press(request: web.BaseRequest, faults: Faults) -> web.Response:
    """Press a button, as `{"kind": …, "count": …, "seconds": …, "link": …}` says."""
    if not faults.allowed:
        return web.Response(status=403, text="this exchange was started without --faults")
    try:
        asked = msgspec.json.decode(await request.read(), type=Press)
    except msgspec.DecodeError as error:
        return web.Response(status=400, text=str(error))
    if asked.kind not in BUTTONS or asked.link not in ("", *faults.lines):
        return web.Response(status=400, text=f"no such fault or link: {asked.kind} {asked.link}; {', '.join(BUTTONS)}")
    faults.press(asked.kind, asked.count, asked.seconds, asked.link)
    return web.Response(text=f"{asked.kind} pressed")


def _is_told_at(words: Words, route: str, name: str) -> bool:
    return not isinstance(words, FuturesWords) or words.is_told_at(route, name)
