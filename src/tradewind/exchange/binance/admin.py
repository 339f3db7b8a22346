"""Who watches the exchange, and makes things go wrong: a page, what it shows as JSON, and the fault buttons.

It stands below `/__sim/`, on no path of a venue's. Whoever asks for anything but the page itself has the token that
the exchange was started with; and the page is asked for under the name of this machine alone, so that no page of
others that is open in a browser here can ask in its place.
"""

from __future__ import annotations

import hmac
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web

from tradewind.domain.money import money_context
from tradewind.domain.time import iso
from tradewind.exchange.binance.buttons import BUTTONS, ON_MARKET
from tradewind.exchange.binance.watching import product_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.exchange.binance.faults import Faults
    from tradewind.exchange.binance.floor import TradingFloor

CONTROL = "__sim"
HOSTS = ("127.0.0.1", "localhost")
_encode = msgspec.json.Encoder(enc_hook=str).encode


class Press(msgspec.Struct, forbid_unknown_fields=True):
    """A fault that is asked for."""

    kind: str
    count: int = 1
    seconds: float = 0.0
    link: str = ""
    symbol: str = ""
    value: str = ""


class Admin:
    """Answers below `/__sim/`."""

    def __init__(self, floors: Sequence[TradingFloor], faults: Faults, token: str, speed: float) -> None:
        self._floors = floors
        self._faults = faults
        self._token = token
        self._speed = speed

    async def answer(self, request: web.BaseRequest, path: str) -> web.Response:
        """Answer a request for the page, for what it shows, or for a fault."""
        if (request.host or "").partition(":")[0] not in HOSTS:
            return web.Response(status=421, text="this is 127.0.0.1")
        if request.method == "GET" and path.strip("/") == CONTROL:
            page = files("tradewind.exchange.binance").joinpath("page.html").read_text(encoding="utf-8")
            return web.Response(text=page, content_type="text/html", headers={"Cache-Control": "no-store"})
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(sent.encode(), self._token.encode()):
            return web.Response(status=401, text="the token is missing or wrong: `Authorization: Bearer TOKEN`")
        match request.method, path.strip("/").removeprefix(CONTROL).strip("/"):
            case "GET", "state":
                return web.Response(body=_encode(self.state()), content_type="application/json")
            case "POST", "fault":
                return self._press(await request.read())
        return web.Response(status=404, text="there are GET /__sim/, GET /__sim/state and POST /__sim/fault")

    def state(self) -> dict[str, object]:
        """Return what the page shows."""
        now = self._floors[0].conductor.catch_up()
        lines = self._faults.lines
        with money_context():
            products = [product_of(floor) for floor in self._floors]
        return {
            "now": iso(now), "speed": self._speed, "faults": self._faults.allowed,
            "sockets": {name: line.count for name, line in lines.items()},
            "buttons": [{"kind": kind, **button._asdict()} for kind, button in BUTTONS.items()], "products": products,
        }  # fmt: skip

    def _press(self, body: bytes) -> web.Response:
        """Press a button, as `{"kind": …, "count": …, "seconds": …, "link": …, "symbol": …, "value": …}` says."""
        if not self._faults.allowed:
            return web.Response(status=403, text="this exchange was started without --faults")
        try:
            asked = msgspec.json.decode(body, type=Press)
            self._carry_out(asked)
        except (msgspec.DecodeError, ValueError) as error:
            return web.Response(status=400, text=str(error))
        return web.Response(text=f"{asked.kind} pressed")

    def _carry_out(self, asked: Press) -> None:
        if asked.kind not in BUTTONS or asked.link not in ("", *self._faults.lines):
            raise ValueError(f"no such fault or link: {asked.kind} {asked.link}; {', '.join(BUTTONS)}")
        if asked.kind not in ON_MARKET:
            self._faults.press(asked.kind, asked.count, asked.seconds, asked.link)
            return
        floors = [floor for floor in self._floors if floor.symbols.get(asked.symbol) is not None]
        if not floors:
            raise ValueError(f"no such symbol: {asked.symbol!r}")
        for floor in floors:
            if asked.kind == "halt":
                floor.halt(asked.symbol, asked.seconds)
            else:
                floor.change_tick(asked.symbol, asked.value)
