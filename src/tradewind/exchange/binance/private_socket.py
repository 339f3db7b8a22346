"""A connection for the user stream of a futures account, opened by its listen key."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import msgspec

from tradewind.domain.time import NS_PER_MS

if TYPE_CHECKING:
    from tradewind.exchange.binance.floor import TradingFloor
    from tradewind.exchange.binance.sockets import Socket
    from tradewind.exchange.binance.tickets import Wire

POLICY = 1008
_encode = msgspec.json.Encoder().encode


class PrivateSocket:
    """Tells an account what happens to it."""

    def __init__(self, socket: Socket, floor: TradingFloor, key: str, *, combined: bool) -> None:
        self._socket = socket
        self._floor = floor
        self._key = key
        self._combined = combined
        socket.farewell = lambda: _encode({"e": "serverShutdown", "E": floor.now() // NS_PER_MS})

    async def run(self) -> None:
        """Carry the connection until it ends; with a key that is nobody's it stays silent."""
        account = self._floor.listen_keys.account(self._key, self._floor.now())
        if account is None:
            return await self._socket.run(lambda _: None)
        listeners = self._floor.dealers[account].outcomes.listeners
        listeners.append(self._tell)
        self._floor.listen_keys.watch(self._key, self._expired)
        try:
            await self._socket.run(lambda _: None)
        finally:
            listeners.remove(self._tell)
            self._floor.listen_keys.forget(self._key, self._expired)
        return None

    def _tell(self, event: Wire) -> None:
        self._socket.tell(_encode({"stream": self._key, "data": event} if self._combined else event))

    def _expired(self) -> None:
        self._tell({"e": "listenKeyExpired", "E": self._floor.now() // NS_PER_MS, "listenKey": self._key})


def key_at(path: str, query: str) -> tuple[str, bool]:
    """Return the listen key of an address, and whether events come combined."""
    parts = path.strip("/").split("/")
    asked = parse_qs(query)
    combined = parts[-1] == "stream"
    for name in ("listenKey", "streams"):
        if asked.get(name):
            return asked[name][0].split("/")[0], combined
    return parts[-1], combined
