"""ccxt.pro on the wire: a trade comes, an order leaves: `python bench/wire_client_ccxt.py PORT ws|rest`."""

from __future__ import annotations

import asyncio
import sys

import ccxt.pro  # type: ignore[import-not-found,unused-ignore]


async def main(port: str, way: str) -> None:
    """Order on every trade, until nobody is there."""
    rest, sockets = f"http://127.0.0.1:{port}/api/v3", f"ws://127.0.0.1:{port}"
    doors = {"spot": f"{sockets}/ws", "ws-api": {"spot": f"{sockets}/ws-api/v3"}}
    exchange = ccxt.pro.binance({
        "apiKey": "key", "secret": "secret", "enableRateLimit": False,
        "urls": {"api": {"public": rest, "private": rest, "ws": doors}},
        "options": {
            "defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "fetchMargins": False,
            "fetchCurrencies": False,
        },
    })  # fmt: skip
    exchange.has["fetchCurrencies"] = False
    await exchange.load_markets()
    place = exchange.create_order_ws if way == "ws" else exchange.create_order
    sides = ("sell", "buy")
    count = 0
    while True:
        await exchange.watch_trades("BTC/USDT")
        count += 1
        await place("BTC/USDT", "market", sides[count % 2], 0.001)


asyncio.run(main(*sys.argv[1:3]))
