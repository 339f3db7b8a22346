"""What is asked of Binance under which name: over the WebSocket API, and over REST. Pure tables.

A call has the name that it has over the WebSocket API; those that are served over REST alone have one of the same
kind. https://developers.binance.com/docs/binance-spot-api-docs/web-socket-api
https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-api-general-info
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from tradewind.venues.binance.product import Product


class Asks(enum.Enum):
    """What a call must bring besides its parameters."""

    NOTHING = "nothing"
    KEY = "key"
    SIGNATURE = "signature"


class Way(NamedTuple):
    """One call over REST, and whether the WebSocket API has it too."""

    verb: str
    path: str
    """Below the host, without a slash at its end."""
    over_api: bool = True
    asks: Asks = Asks.SIGNATURE

    @property
    def cost(self) -> str:
        """Return the name under which `costs.py` has its weight."""
        return f"{self.verb} {self.path.partition('/v')[2].partition('/')[2]}"


def _spot(verb: str, name: str, *, over_api: bool = True, asks: Asks = Asks.SIGNATURE) -> Way:
    return Way(verb, f"/api/v3/{name}", over_api, asks)


def _usdm(verb: str, name: str, *, over_api: bool = True, asks: Asks = Asks.SIGNATURE, version: int = 1) -> Way:
    return Way(verb, f"/fapi/v{version}/{name}", over_api, asks)


_NOTHING = Asks.NOTHING
SPOT: dict[str, Way] = {
    "time": _spot("GET", "time", asks=_NOTHING),
    "exchangeInfo": _spot("GET", "exchangeInfo", over_api=False, asks=_NOTHING),
    "order.place": _spot("POST", "order"),
    "orderList.place.oco": _spot("POST", "orderList/oco"),
    "order.cancel": _spot("DELETE", "order"),
    "order.amend.keepPriority": _spot("PUT", "order/amend/keepPriority"),
    "order.status": _spot("GET", "order"),
    "openOrders.status": _spot("GET", "openOrders"),
    "account.status": _spot("GET", "account"),
    "myTrades": _spot("GET", "myTrades"),
    "session.logon": _spot("GET", "time"),
    "userDataStream.subscribe": _spot("GET", "time", asks=_NOTHING),
    "userDataStream.subscribe.signature": _spot("GET", "time"),
}
"""What costs the same over REST; the last three are of the WebSocket API alone."""
USDM: dict[str, Way] = {
    "time": _usdm("GET", "time", asks=_NOTHING),
    "exchangeInfo": _usdm("GET", "exchangeInfo", over_api=False, asks=_NOTHING),
    "session.logon": _usdm("GET", "time"),
    "order.place": _usdm("POST", "order"),
    "order.cancel": _usdm("DELETE", "order"),
    "order.modify": _usdm("PUT", "order"),
    "order.status": _usdm("GET", "order"),
    "algoOrder.place": _usdm("POST", "algoOrder"),
    "algoOrder.cancel": _usdm("DELETE", "algoOrder"),
    "algoOrder.status": _usdm("GET", "algoOrder", over_api=False),
    "openOrders.status": _usdm("GET", "openOrders", over_api=False),
    "openAlgoOrders": _usdm("GET", "openAlgoOrders", over_api=False),
    "allAlgoOrders": _usdm("GET", "allAlgoOrders", over_api=False),
    "userTrades": _usdm("GET", "userTrades", over_api=False),
    "income": _usdm("GET", "income", over_api=False),
    "v2/account.balance": _usdm("GET", "balance", version=3),
    "v2/account.position": _usdm("GET", "positionRisk", version=3),
    "listenKey.start": _usdm("POST", "listenKey", over_api=False, asks=Asks.KEY),
    "listenKey.keep": _usdm("PUT", "listenKey", over_api=False, asks=Asks.KEY),
}
CALLS = {Product.SPOT: SPOT, Product.USDM: USDM}
ORDERS = {"order.place": 1, "algoOrder.place": 1, "orderList.place.oco": 2}
"""What is counted as how many orders."""
OF_CONNECTION = frozenset({
    "session.logon", "userDataStream.subscribe", "userDataStream.subscribe.signature",
})  # fmt: skip
"""What is said to a connection, and means nothing anywhere else."""


class Call(NamedTuple):
    """A request over REST, signed and ready; `repr` shows nothing that is secret."""

    id: str
    verb: str
    target: str
    """Path and query."""
    headers: dict[str, str]

    def __repr__(self) -> str:
        return f"<{self.verb} {self.target.partition('?')[0]}>"


class Reply(NamedTuple):
    """What came back to a call."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


Frame = bytes | Call
"""What leaves: a frame on the WebSocket API, or a request over REST."""
