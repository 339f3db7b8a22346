"""A connection for market streams: subscribed by its path, or by what is said on it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import msgspec

from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.refusals import WireError
from tradewind.exchange.binance.sockets import loads

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.exchange.binance.floor import TradingFloor
    from tradewind.exchange.binance.sockets import Socket

STREAMS_MAX = 1024
METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
ID_MAX = 36
_encode = msgspec.json.Encoder().encode


class StreamSocket:
    """Listens to streams for one client."""

    def __init__(
        self, socket: Socket, floor: TradingFloor, *, combined: bool, tells: Callable[[str], bool] = lambda _: True
    ) -> None:
        self._socket = socket
        self._tells = tells
        """Which streams are told here; the others are acknowledged."""
        self._floor = floor
        self._combined = combined
        self._streams: dict[str, None] = {}
        socket.farewell = self._farewell

    def _farewell(self) -> bytes:
        told = {"e": "serverShutdown", "E": self._floor.now() // NS_PER_MS}
        return _encode({"stream": "!serverShutdown", "data": told} if self._combined else told)

    def hear(self, raw: bytes, combined: bytes) -> None:
        """Send what a stream tells."""
        self._socket.tell(combined if self._combined else raw)

    async def run(self, streams: list[str]) -> None:
        """Carry the connection until it ends."""
        self._subscribe(streams)
        try:
            await self._socket.run(self._take)
        finally:
            self._floor.hub.leave(self)

    def _take(self, text: str) -> None:
        said: object = None
        try:
            try:
                said = loads(text)
            except ValueError as error:
                raise WireError(3, f"Invalid JSON: {error}") from None
            result = self._carry_out(said)
        except WireError as error:
            told: dict[str, object] = {"code": error.code, "msg": error.msg}
            if isinstance(said, dict) and _is_id(said.get("id")):
                told["id"] = said.get("id")
            self._socket.send(_encode(told))
            return
        assert isinstance(said, dict)
        self._socket.send(_encode({"result": result, "id": said.get("id")}))

    def _carry_out(self, said: object) -> object:
        if not isinstance(said, dict):
            raise WireError(2, "Invalid request: expected an object")
        if not _is_id(said.get("id")):
            raise WireError(2, "Invalid request: request ID must be an unsigned integer")
        method, params = said.get("method"), said.get("params", [])
        if "method" not in said:
            raise WireError(2, "Invalid request: missing field `method` at line 1 column 1")
        if method not in METHODS:
            known = ", ".join(f"`{name}`" for name in METHODS)
            raise WireError(2, f"Invalid request: unknown variant `{method}`, expected one of {known}")
        if not isinstance(params, list):
            raise WireError(2, "Invalid request: params must be a list")
        match method:
            case "SUBSCRIBE":
                self._subscribe(_names(params))
            case "UNSUBSCRIBE":
                self._unsubscribe(_names(params))
            case "LIST_SUBSCRIPTIONS":
                return list(self._streams)
            case "GET_PROPERTY":
                return self._property(params)
            case _:
                self._set_property(params)
        return None

    def _subscribe(self, names: list[str]) -> None:
        if len({*self._streams, *names}) > STREAMS_MAX:
            raise WireError(2, "Invalid request: too many parameters")
        for name in names:
            self._streams[name] = None
            if self._tells(name):
                self._floor.hub.subscribe(name, self, self._floor.now())

    def _unsubscribe(self, names: list[str]) -> None:
        for name in names:
            self._streams.pop(name, None)
            self._floor.hub.unsubscribe(name, self)

    def _property(self, params: list[object]) -> bool:
        if params != ["combined"]:
            raise WireError(0, "Unknown property")
        return self._combined

    def _set_property(self, params: list[object]) -> None:
        if len(params) != 2 or params[0] != "combined":
            raise WireError(0, "Unknown property")
        if not isinstance(params[1], bool):
            raise WireError(1, "Invalid value type: expected Boolean")
        self._combined = params[1]


def _names(params: list[object]) -> list[str]:
    if not all(isinstance(name, str) for name in params):
        raise WireError(2, "Invalid request: stream names must be strings")
    return [str(name) for name in params]


def _is_id(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return value is None or isinstance(value, int) or (isinstance(value, str) and len(value) <= ID_MAX)


def streams_at(path: str, query: str) -> tuple[list[str], bool] | None:
    """Return which streams an address asks for, and whether they come combined; None if it is none for streams.

    Clients put what they like before `/ws` and `/stream`, and some a number behind `/ws`.
    """
    parts = path.strip("/").split("/")
    if parts[-1] == "stream":
        names = "/".join(parse_qs(query).get("streams", []))
        return [name for name in names.split("/") if name], True
    if "ws" not in parts:
        return None
    return [name for name in parts[parts.index("ws") + 1 :] if "@" in name or name.startswith("!")], False
