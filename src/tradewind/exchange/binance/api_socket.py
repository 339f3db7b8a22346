"""The WebSocket API: requests by method and parameters, sessions, and the user streams of accounts."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.auth import may, socket_payload
from tradewind.exchange.binance.calls import Call, carried_out
from tradewind.exchange.binance.faults import BadGateway, NoReply
from tradewind.exchange.binance.limits import wait_ms
from tradewind.exchange.binance.params import Params
from tradewind.exchange.binance.refusals import (
    WireError,
    already_subscribed,
    bad_key,
    missing,
    not_subscribed,
)
from tradewind.exchange.binance.routes import Security

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tradewind.exchange.binance.auth import Gate
    from tradewind.exchange.binance.dealer import Dealer
    from tradewind.exchange.binance.faults import Faults
    from tradewind.exchange.binance.floor import TradingFloor
    from tradewind.exchange.binance.keys import ApiKey
    from tradewind.exchange.binance.routes import Route
    from tradewind.exchange.binance.sockets import Socket
    from tradewind.exchange.binance.tickets import Wire

OK = 200
SUBSCRIPTIONS_EVER_MAX = 65_535
_encode = msgspec.json.Encoder().encode


class Request(msgspec.Struct):
    """A request as it comes; parameters are kept as they are written, as signatures are over their text."""

    method: str
    id: Any = None
    params: dict[str, msgspec.Raw] = {}


class Texts(msgspec.Struct):
    """A request of which all parameters are texts, as most are: they are signed as they are."""

    method: str
    id: Any = None
    params: dict[str, str] = {}


_decode = msgspec.json.Decoder(Request).decode
_decode_texts = msgspec.json.Decoder(Texts).decode


class ApiSocket:
    """One connection to the WebSocket API."""

    def __init__(  # noqa: PLR0913 - what is served, to whom, how
        self, socket: Socket, floor: TradingFloor, gate: Gate, methods: Mapping[str, Route], *, with_limits: bool,
        faults: Faults,
    ) -> None:  # fmt: skip
        self._faults = faults
        self._socket = socket
        self._methods = methods
        self._floor = floor
        self._gate = gate
        self._with_limits = with_limits
        self._tasks: asyncio.TaskGroup | None = None
        self._session: tuple[ApiKey, int] | None = None
        """Who has logged on, and when."""
        self._streams: dict[int, tuple[Dealer, Callable[[Wire], None], bool]] = {}
        """Subscriptions by number: whose, how they are told, and whether they came by the session."""
        self._streams_ever = 0
        socket.farewell = lambda: _encode({"event": {"e": "serverShutdown", "E": floor.now() // NS_PER_MS}})
        self._own: dict[str, Callable[[Params, ApiKey | None], object]] = {
            "session.logon": self._logon, "session.status": lambda _, __: self._status(),
            "session.logout": lambda _, __: self._logout(),
            "session.subscriptions": lambda _, __: self._subscriptions(),
            "userDataStream.subscribe": self._subscribe_session,
            "userDataStream.subscribe.signature": self._subscribe_signed,
            "userDataStream.unsubscribe": self._unsubscribe,
        }  # fmt: skip

    async def run(self) -> None:
        """Carry the connection until it ends."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                await self._socket.run(self._take)
        finally:
            for number in list(self._streams):
                self._drop(number)

    def _take(self, text: str) -> None:
        try:
            request = _read(text)
        except msgspec.DecodeError as error:
            return self._refuse(None, WireError(-1135, f"Invalid JSON: {error}"), None)
        try:
            params = request.params if isinstance(request, Texts) else _written(request.params)
            call, result = self._begin(request.method.removeprefix("v3/"), params)
        except WireError as error:
            return self._refuse(request.id, error, None)
        if not inspect.iscoroutine(result):
            return self._answer(request.id, result, call)
        assert self._tasks is not None
        self._tasks.create_task(self._finish(request.id, result, call))
        return None

    async def _finish(self, number: object, result: Any, call: Call | None) -> None:  # noqa: ANN401 - awaitable of any
        try:
            self._answer(number, await result, call)
        except WireError as error:
            self._refuse(number, error, call)

    def _begin(self, method: str, sent: Mapping[str, str]) -> tuple[Call | None, object]:
        params = Params(sent)
        floor = self._floor
        floor.conductor.catch_up()
        self._faults.before(is_signed="signature" in sent)
        own, route = self._own.get(method), self._methods.get(method)
        if own is not None:
            floor.limits.spend(self._socket.address, 2, floor.now())
            key = self._signer(params, sent) if method in _SIGNED else None
            return None, own(params, key)
        if route is None:
            raise WireError(-1020, f"This operation is not supported. Unknown method: '{method}'")
        floor.limits.spend(self._socket.address, route.cost(params), floor.now())
        call = Call(floor, params, self._socket.address)
        call.with_limits = self._with_limits if not params.has("returnRateLimits") else params.flag("returnRateLimits")
        call.key = self._key(route, params, sent)
        if route.security is Security.TRADE:
            return call, carried_out(call, route.operation, self._faults)
        return call, route.operation(call)

    def _key(self, route: Route, params: Params, sent: Mapping[str, str]) -> ApiKey | None:
        if route.security is Security.NONE:
            return None
        if self._session is not None and not params.has("apiKey"):
            key = self._session[0]
            self._gate.in_time(params)
        else:
            key = self._signer(params, sent)
        may(key, trade=route.security is Security.TRADE)
        return key

    def _signer(self, params: Params, sent: Mapping[str, str]) -> ApiKey:
        key = self._gate.keys.find(params.need("apiKey"))
        self._gate.signed(key, params, socket_payload(sent), _encoded(sent.get("signature", "")))
        return key

    # --- sessions and user streams ------------------------------------------------------------------

    def _logon(self, params: Params, key: ApiKey | None) -> Wire:
        del params
        assert key is not None
        if not key.can_log_on:
            raise WireError(-4056, "HMAC_SHA256 API key is not supported.")
        self._session = key, self._floor.now()
        return self._status()

    def _status(self) -> Wire:
        key, since = (None, None) if self._session is None else self._session
        return {
            "apiKey": None if key is None else key.key,
            "authorizedSince": None if since is None else since // NS_PER_MS,
            "connectedSince": since and since // NS_PER_MS,
            "returnRateLimits": self._with_limits,
            "serverTime": self._floor.now() // NS_PER_MS,
            "userDataStream": any(by_session for _, _, by_session in self._streams.values()),
        }

    def _logout(self) -> Wire:
        self._session = None
        for number in [number for number, (_, _, by_session) in self._streams.items() if by_session]:
            self._drop(number)
        return self._status()

    def _subscriptions(self) -> list[Wire]:
        return [{"subscriptionId": number} for number in self._streams]

    def _subscribe_session(self, params: Params, key: ApiKey | None) -> Wire:
        del params, key
        if self._session is None:
            raise bad_key()
        return self._subscribe(self._session[0], by_session=True)

    def _subscribe_signed(self, params: Params, key: ApiKey | None) -> Wire:
        del params
        assert key is not None
        return self._subscribe(key, by_session=False)

    def _subscribe(self, key: ApiKey, *, by_session: bool) -> Wire:
        may(key, trade=False)
        dealer = self._floor.dealers[key.account]
        if any(other is dealer for other, _, _ in self._streams.values()):
            raise already_subscribed()
        number, self._streams_ever = self._streams_ever, self._streams_ever + 1
        if number > SUBSCRIPTIONS_EVER_MAX:
            raise WireError(-1034, "Too many subscriptions on this connection.")

        def tell(event: Wire) -> None:
            self._socket.tell(_encode({"subscriptionId": number, "event": event}))

        self._streams[number] = dealer, tell, by_session
        dealer.outcomes.listeners.append(tell)
        return {"subscriptionId": number}

    def _unsubscribe(self, params: Params, key: ApiKey | None) -> Wire:
        del key
        number = params.integer("subscriptionId")
        numbers = list(self._streams) if number is None else [number]
        if not numbers or any(each not in self._streams for each in numbers):
            raise not_subscribed()
        for each in numbers:
            self._drop(each)
        return {}

    def _drop(self, number: int) -> None:
        dealer, tell, _ = self._streams.pop(number)
        dealer.outcomes.listeners.remove(tell)
        if not self._socket.response.closed:
            ended = {"e": "eventStreamTerminated", "E": self._floor.now() // NS_PER_MS}
            self._socket.send(_encode({"subscriptionId": number, "event": ended}))

    # --- answers ------------------------------------------------------------------------------------

    def _answer(self, number: object, result: object, call: Call | None) -> None:
        told = {"id": number, "status": OK, "result": result}
        self._socket.send(_encode(told | self._limits(call)))

    def _refuse(self, number: object, error: WireError, call: Call | None) -> None:
        if isinstance(error, NoReply | BadGateway):
            return self._socket.abort()
        body = error.body()
        if error.data is not None and (wait := wait_ms(error, self._gate.speed)) is not None:
            body["data"] = {**error.data, "retryAfter": int(str(error.data["serverTime"])) + wait}
        told = {"id": number, "status": error.status, "error": body}
        return self._socket.send(_encode(told | self._limits(call)))

    def _limits(self, call: Call | None) -> Wire:
        if not (self._with_limits if call is None else call.with_limits):
            return {}
        now, limits = self._floor.now(), self._floor.limits
        rows = limits.weight_listed(self._socket.address, now)
        if call is not None and call.order_counts is not None:
            rows = limits.orders_listed(call.dealer.account.name, now) + rows
        return {"rateLimits": rows}


_SIGNED = ("session.logon", "userDataStream.subscribe.signature")


def _read(text: str) -> Request | Texts:
    try:
        return _decode_texts(text)
    except msgspec.ValidationError:
        return _decode(text)


def _written(params: Mapping[str, msgspec.Raw]) -> dict[str, str]:
    """Return parameters as they are signed: texts as they are, the rest as it is written."""
    return {name: _text(value) for name, value in params.items()}


def _text(value: msgspec.Raw) -> str:
    written = bytes(value)
    if written[:1] == b'"':
        return str(msgspec.json.decode(written))
    if written == b"null":
        raise missing("params")
    return written.decode()


def _encoded(signature: str) -> str:
    """Return a signature as it would stand in a query, where `+` means itself only if it is encoded."""
    return signature.replace("%", "%25").replace("+", "%2B")
