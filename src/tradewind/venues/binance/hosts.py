"""Where Binance is: live, testnet, demo, or a server on this machine; and whether money is real there. Pure.

https://developers.binance.com/docs/binance-spot-api-docs. Names have moved before, so each may be configured. A host
that is not known for a sandbox counts as real.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from tradewind.venues.binance.product import Product

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SANDBOXES = frozenset(
    {
        "testnet.binance.vision", "api.testnet.binance.vision", "stream.testnet.binance.vision",
        "ws-api.testnet.binance.vision", "demo-api.binance.com", "demo-stream.binance.com", "demo-ws-api.binance.com",
        "testnet.binancefuture.com", "fstream.binancefuture.com", "demo-fapi.binance.com", "demo-fstream.binance.com",
    }
)  # fmt: skip
"""Hosts of Binance's at which nothing is real."""


class Hosts(NamedTuple):
    """The three doors."""

    rest: str
    stream: str
    api: str


LIVE = Hosts("https://api.binance.com", "wss://stream.binance.com:9443", "wss://ws-api.binance.com:443/ws-api/v3")
TESTNET = Hosts(
    "https://testnet.binance.vision", "wss://stream.testnet.binance.vision",
    "wss://ws-api.testnet.binance.vision/ws-api/v3",
)  # fmt: skip
DEMO = Hosts("https://demo-api.binance.com", "wss://demo-stream.binance.com", "wss://demo-ws-api.binance.com/ws-api/v3")
NAMED = {"live": LIVE, "testnet": TESTNET, "demo": DEMO}
USDM_LIVE = Hosts("https://fapi.binance.com", "wss://fstream.binance.com", "wss://ws-fapi.binance.com/ws-fapi/v1")
USDM_TESTNET = Hosts(
    "https://testnet.binancefuture.com", "wss://fstream.binancefuture.com",
    "wss://testnet.binancefuture.com/ws-fapi/v1",
)  # fmt: skip
USDM_NAMED = {"live": USDM_LIVE, "testnet": USDM_TESTNET}
"""The demo of USD-M has no address for the WebSocket API that is known: its servers may be named one by one."""
_API = {Product.SPOT: "ws-api/v3", Product.USDM: "ws-fapi/v1"}


def named(environment: str, product: Product) -> Hosts:
    """Return the doors of an environment; raise `ValueError` if the product has none there."""
    known = NAMED if product is Product.SPOT else USDM_NAMED
    if environment not in known:
        raise ValueError(f"{product.value} has no {environment} here: {', '.join(known)}")
    return known[environment]


def at(base_url: str, product: Product = Product.SPOT) -> Hosts:
    """Return the doors of a server that has all three below one address; raise `ValueError` for no address."""
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"an address is like http://127.0.0.1:8900, not {base_url}")
    if parts.username or parts.password or parts.query:
        raise ValueError("an address has neither a name nor a password nor a query in it")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError(f"{parts.hostname} is not this machine, so it is spoken to by https alone")
    root = base_url.rstrip("/")
    socket = "ws" + root.removeprefix("http")
    return Hosts(root, socket, f"{socket}/{_API[product]}")


def is_real(hosts: Hosts) -> bool:
    """Tell whether money may be real behind one of the doors."""
    names = [urlsplit(address).hostname or "" for address in hosts]
    return not all(name in LOOPBACK or name in SANDBOXES for name in names)
