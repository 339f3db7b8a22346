"""Questions about the market of contracts, where they differ from those of spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_MS
from tradewind.exchange.binance.market_calls import klines_of

if TYPE_CHECKING:
    from tradewind.exchange.binance.calls import Call
    from tradewind.exchange.binance.tickets import Wire


def exchange_info(call: Call) -> Wire:
    """Return what is traded, and the limits."""
    floor = call.floor
    quotes = sorted({symbol.quote for symbol in floor.symbols})
    return {
        "timezone": "UTC", "serverTime": floor.now() // NS_PER_MS, "futuresType": "U_MARGINED",
        "rateLimits": floor.limits.listed(), "exchangeFilters": [],
        "assets": [{"asset": asset, "marginAvailable": True, "autoAssetExchange": "0"} for asset in quotes],
        "symbols": [symbol.listed() for symbol in floor.symbols],
    }  # fmt: skip


def depth(call: Call) -> Wire:
    """Return the best levels of a book."""
    market = call.market
    return call.floor.words.snapshot(market, call.params.limit(500, 1000), call.floor.now() // NS_PER_MS)


def klines(call: Call) -> list[list[object]]:
    """Return klines, up to 1500 of them."""
    return klines_of(call, 1500)
