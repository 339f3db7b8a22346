"""REST: a request comes in by path and parameters, its result goes out as JSON, with what is left of the limits."""

from __future__ import annotations

import inspect
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from tradewind.exchange.binance.auth import may
from tradewind.exchange.binance.calls import Call, carried_out
from tradewind.exchange.binance.faults import BadGateway, NoReply
from tradewind.exchange.binance.limits import wait_ms
from tradewind.exchange.binance.params import Params, query_params, signed_part
from tradewind.exchange.binance.refusals import GONE, WireError, not_found
from tradewind.exchange.binance.routes import GONE_PATHS, Security

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.exchange.binance.auth import Gate
    from tradewind.exchange.binance.faults import Faults
    from tradewind.exchange.binance.floor import TradingFloor
    from tradewind.exchange.binance.keys import ApiKey
    from tradewind.exchange.binance.routes import Route

_encode = msgspec.json.Encoder().encode
PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
TYPE = "application/json;charset=UTF-8"
_WITH_DATA = (-2021, -2022)
"""Errors whose data REST tells as well; the others' are for the WebSocket API."""
_UUID_PARTS = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))


class Rest:
    """Answers requests."""

    def __init__(
        self, floor: TradingFloor, gate: Gate, speed: float, paths: Mapping[tuple[str, str], Route], *, faults: Faults
    ) -> None:
        self._faults = faults
        self._floor = floor
        self._paths = paths
        self._gate = gate
        self._speed = speed
        self._answers = 0
        self.oddities: Counter[str] = Counter()
        """What no client of good manners does: unknown paths, bad signatures."""

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer a request, whatever it is."""
        path, _, query = request.raw_path.partition("?")
        body = (await request.read()).decode("utf-8", "replace") if request.can_read_body else ""
        address = request.remote or ""
        call: Call | None = None
        try:
            route = self._route(request.method, path)
            call = Call(self._floor, Params(query_params(query, body)), address)
            self._floor.conductor.catch_up()
            self._faults.before(is_signed=route.security in (Security.READ, Security.TRADE))
            self._floor.limits.spend(address, route.cost(call.params), self._floor.now())
            call.key = self._key(route, request.headers.get("X-MBX-APIKEY"), call.params, query, body)
            trades = route.security is Security.TRADE
            result: Any = carried_out(call, route.operation, self._faults) if trades else route.operation(call)
            if inspect.isawaitable(result):
                result = await result
        except NoReply:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        except BadGateway:
            return web.Response(status=502, text=PAGE, content_type="text/html")
        except WireError as error:
            return self._refused(error, address, call)
        return web.Response(body=_encode(result), headers=self._headers(address, call))

    def _route(self, method: str, path: str) -> Route:
        route = self._paths.get((method, path))
        if route is not None:
            return route
        if path in GONE_PATHS:
            raise WireError(-1020, "This operation is not supported.", GONE)
        self.oddities["unknown path"] += 1
        raise not_found()

    def _key(self, route: Route, name: str | None, params: Params, query: str, body: str) -> ApiKey | None:
        if route.security is Security.NONE:
            return None
        key = self._gate.keys.find(name)
        if route.security is not Security.KEY:
            may(key, trade=route.security is Security.TRADE)
            self._gate.signed(key, params, *signed_part(query, body))
        return key

    def _refused(self, error: WireError, address: str, call: Call | None) -> web.Response:
        if error.code == -1022:
            self.oddities["bad signature"] += 1
        headers = self._headers(address, call)
        if (wait := wait_ms(error, self._speed)) is not None:
            headers["Retry-After"] = str(math.ceil(wait / 1_000))
        body = error.body() if error.code in _WITH_DATA else {"code": error.code, "msg": error.msg}
        return web.Response(status=error.status, body=_encode(body), headers=headers)

    def _headers(self, address: str, call: Call | None) -> dict[str, str]:
        self._answers += 1
        used = str(self._floor.limits.used(address, self._floor.now()))
        number = f"{self._answers:032x}"
        headers = {
            "Content-Type": TYPE,
            "x-mbx-uuid": "-".join(number[start:end] for start, end in _UUID_PARTS),
            "X-MBX-USED-WEIGHT": used,
            "X-MBX-USED-WEIGHT-1M": used,
        }
        if call is not None and call.order_counts is not None:
            ten_seconds, day = call.order_counts
            headers |= {"X-MBX-ORDER-COUNT-10S": str(ten_seconds), "X-MBX-ORDER-COUNT-1D": str(day)}
        return headers
