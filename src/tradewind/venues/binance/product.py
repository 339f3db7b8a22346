"""The two products that are traded here, and how their instruments, symbols and streams are called.

https://developers.binance.com/docs/binance-spot-api-docs and .../docs/derivatives/usds-margined-futures
"""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

from tradewind.domain.ids import InstrumentId, instrument_id

if TYPE_CHECKING:
    from collections.abc import Sequence


class Product(enum.Enum):
    """Spot, or USD-M perpetuals."""

    SPOT = "spot"
    USDM = "usdm"


VENUES = {Product.SPOT: "binance", Product.USDM: "binance_usdm"}
"""The venue in an instrument's id: `binance:BTCUSDT` is the coin, `binance_usdm:BTCUSDT` the contract."""

QUOTES = ("USDT", "USDC", "FDUSD", "TUSD", "BUSD", "BTC", "ETH", "BNB", "EUR", "TRY", "BRL", "JPY")
_SYMBOL = re.compile(r"[A-Z0-9_\u0080-\U0010ffff]{2,30}")
_SLASHED = re.compile(r"([^/:\s]+)/([^/:\s]+)(?::([^/:\s]+))?")


def wire_symbol(text: str, product: Product) -> str:
    """Return Binance's own symbol for what people write: `BTCUSDT`, `BTC/USDT`, `BTC/USDT:USDT` (the perpetual).

    Raises `ValueError` where the text means the other product, or nothing.
    """
    slashed = _SLASHED.fullmatch(text)
    if slashed:
        base, quote, settled = slashed.groups()
        if (settled is not None) != (product is Product.USDM):
            raise ValueError(f"{text} is not of {product.value}: BTC/USDT is the coin, BTC/USDT:USDT the perpetual")
        if settled is not None and settled != quote:
            raise ValueError(f"{text}: a USD-M contract is settled in its quote asset")
        text = base + quote
    symbol = text.upper()
    if not _SYMBOL.fullmatch(symbol):
        raise ValueError(f"not a symbol of Binance: {text!r}")
    return symbol


def our_id(symbol: str, product: Product) -> InstrumentId:
    """Return our id of a symbol of Binance's."""
    return instrument_id(VENUES[product], symbol)


class Route(enum.Enum):
    """Where USD-M serves a stream; one that is asked for elsewhere is acknowledged and stays silent."""

    PUBLIC = "public"
    MARKET = "market"
    PRIVATE = "private"


_PUBLIC = re.compile(r"(depth|rpiDepth|bookTicker|trade)")


def route_of(stream: str) -> Route:
    """Return the route of a USD-M market stream, by its name (`btcusdt@kline_1m`, `!bookTicker`)."""
    kind = stream.lstrip("!").partition("@")[2] or stream.lstrip("!")
    return Route.PUBLIC if _PUBLIC.match(kind) else Route.MARKET


def kline_stream(symbol: str, interval: str) -> str:
    """Return the name of a stream of bars; stream names have the symbol in lower case."""
    return f"{symbol.lower()}@kline_{interval}"


ALSO = {
    Product.SPOT: {"trades": "trade", "quotes": "bookTicker", "book": "depth@100ms"},
    Product.USDM: {"trades": "aggTrade", "quotes": "bookTicker", "book": "depth@100ms"},
}
"""The streams of what may be heard beside bars."""
DEPTH_MAX = {Product.SPOT: 5_000, Product.USDM: 1_000}
"""So many levels of a book may be asked for."""


def streams_of(symbols: Sequence[str], interval: str, product: Product, also: Sequence[str] = ()) -> list[str]:
    """Return the streams that a session hears: bars of each symbol, on USD-M what funding will cost, and the rest."""
    streams = [kline_stream(symbol, interval) for symbol in symbols]
    streams += [f"{symbol.lower()}@markPrice" for symbol in symbols if product is Product.USDM]
    return streams + [f"{symbol.lower()}@{ALSO[product][what]}" for what in also for symbol in symbols]


def routes_of(streams: Sequence[str], product: Product) -> dict[str, list[str]]:
    """Return which streams are asked for below which path: on spot all at one place."""
    if product is Product.SPOT:
        return {"": list(streams)}
    found: dict[str, list[str]] = {}
    for name in streams:
        found.setdefault(f"/{route_of(name).value}", []).append(name)
    return found
