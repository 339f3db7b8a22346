"""python-binance on the wire: a trade comes, an order leaves: `python bench/wire_client_binance.py PORT ws|rest`."""

from __future__ import annotations

import asyncio
import sys

from binance import AsyncClient, BinanceSocketManager  # type: ignore[import-not-found,unused-ignore]


async def main(port: str, way: str) -> None:
    """Order on every trade, until nobody is there."""
    AsyncClient.API_URL = f"http://127.0.0.1:{port}/api"
    AsyncClient.WS_API_URL = f"ws://127.0.0.1:{port}/ws-api/v3"
    BinanceSocketManager.STREAM_URL = f"ws://127.0.0.1:{port}/"
    client = await AsyncClient.create("key", "secret")
    place = client.ws_create_order if way == "ws" else client.create_order
    sides = ("SELL", "BUY")
    async with BinanceSocketManager(client).trade_socket("BTCUSDT") as socket:
        count = 0
        while True:
            await socket.recv()
            count += 1
            await place(symbol="BTCUSDT", side=sides[count % 2], type="MARKET", quantity="0.001")


asyncio.run(main(*sys.argv[1:3]))
