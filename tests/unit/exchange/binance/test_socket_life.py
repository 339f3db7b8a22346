"""A connection that has become a day old is told so, and closed: at the exchange's pace."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import web

from tradewind.exchange.binance.faults import Line
from tradewind.exchange.binance.sockets import Socket


def test_a_connection_ends_after_its_day() -> None:
    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        socket = Socket(request, Line(), messages_max=0, life_seconds=0.2)
        socket.farewell = lambda: b"farewell"
        await socket.run(lambda _: None)
        return socket.response

    async def main() -> tuple[list[str], int]:
        runner = web.ServerRunner(web.Server(serve))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        try:
            async with aiohttp.ClientSession() as session:
                port = runner.addresses[0][1]
                async with session.ws_connect(f"http://127.0.0.1:{port}") as client:
                    seen = []
                    while (message := await client.receive()).type is aiohttp.WSMsgType.TEXT:
                        seen.append(message.data)
                    return seen, message.data
        finally:
            await runner.cleanup()

    assert asyncio.run(main()) == (["farewell"], 1001)
