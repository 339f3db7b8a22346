"""The door of this dialect: one port at 127.0.0.1 for REST, streams and the WebSocket API, told apart by path."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from tradewind.domain.errors import LocalError
from tradewind.exchange.binance.api_socket import ApiSocket
from tradewind.exchange.binance.auth import Gate
from tradewind.exchange.binance.rest import Rest
from tradewind.exchange.binance.sockets import Socket
from tradewind.exchange.binance.stream_socket import StreamSocket, streams_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.exchange.binance.floor import TradingFloor
    from tradewind.exchange.binance.keys import KeyRing

STREAM_MESSAGES_MAX = 5
"""So many messages a second may come on a connection for streams."""
PULSE_SECONDS, PULSE_SECONDS_MIN = 0.05, 0.01


class BinanceServer:
    """Serves a trading floor."""

    def __init__(self, floor: TradingFloor, keys: KeyRing, port: int, speed: float) -> None:
        self.port = port
        """Where it listens; with 0, where it came to listen."""
        self._floor = floor
        self._gate = Gate(keys, floor.now, speed)
        self._rest = Rest(floor, self._gate, speed)
        self._pulse_seconds = max(PULSE_SECONDS / speed, PULSE_SECONDS_MIN)

    @property
    def oddities(self) -> dict[str, int]:
        """What clients did that those of good manners do not."""
        return {**self._rest.oddities, "unknown streams": self._floor.hub.unknown}

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
                self._floor.pulse()
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return await self._rest.answer(request)
        path, _, query = request.raw_path.partition("?")
        if "ws-api" in path:
            api = Socket(request, messages_max=0)
            with_limits = "returnRateLimits=false" not in query
            await ApiSocket(api, self._floor, self._gate, with_limits=with_limits).run()
            return api.response
        asked = streams_at(path, query)
        if asked is None:
            return await self._rest.answer(request)
        streams, combined = asked
        socket = Socket(request, messages_max=STREAM_MESSAGES_MAX)
        await StreamSocket(socket, self._floor, combined=combined).run(streams)
        return socket.response
