"""The stream of a USD-M account against a server on this machine: its key is kept alive, or replaced."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tradewind.domain.errors import VenueUnavailable
from tradewind.venues._net.web import Web
from tradewind.venues.binance import private
from tradewind.venues.binance.policy import Patience
from tradewind.venues.binance.private import ListenKeys, PrivateStream

web = pytest.importorskip("aiohttp.web", reason="no aiohttp: pip install 'tradewind[binance]'")

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

ENOUGH = 3


class Server:
    """Keys by number; a connection lasts as long as its client wants, and keeping fails once `is_gone`."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.is_gone = False
        self.made = 0

    async def key(self, request: Any) -> Any:
        assert request.headers["X-MBX-APIKEY"] == "the-key"
        self.said.append((request.method, ""))
        if request.method == "POST":
            self.made += 1
            self.is_gone = False
        elif self.is_gone:
            return web.json_response({"code": -1125, "msg": "This listenKey does not exist."}, status=400)
        return web.json_response({"listenKey": f"key{self.made}"})

    async def stream(self, request: Any) -> Any:
        self.said.append(("WS", request.match_info["key"]))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        return socket


def play(server: Server, client: Callable[[PrivateStream], Awaitable[None]], patience: Patience) -> None:
    async def both() -> None:
        app = web.Application()
        app.router.add_route("*", "/fapi/v1/listenKey", server.key)
        app.router.add_get("/private/ws/{key}", server.stream)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        rest = Web(f"http://127.0.0.1:{port}", 10.0)
        stream = PrivateStream(ListenKeys(rest, "the-key"), f"ws://127.0.0.1:{port}", patience)
        try:
            async with asyncio.timeout(60):
                keeping = asyncio.ensure_future(stream.keep())
                await client(stream)
                keeping.cancel()
        finally:
            await stream.close()
            await rest.close()
            await runner.cleanup()

    asyncio.run(both())


def test_the_key_is_kept_alive_and_the_connection_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "LOOK_SECONDS", 0.01)
    server = Server()

    async def client(stream: PrivateStream) -> None:
        socket = await stream.open()
        while server.said.count(("PUT", "")) < ENOUGH:  # noqa: ASYNC110 - the server counts
            await asyncio.sleep(0.01)
        hearing = asyncio.ensure_future(socket.receive())
        await asyncio.sleep(0)
        assert not hearing.done(), "nobody has cut it"
        hearing.cancel()

    play(server, client, Patience(listen_key_seconds=0.0))
    assert server.said[:3] == [("POST", ""), ("WS", "key1"), ("PUT", "")]
    assert server.made == 1


def test_a_key_that_is_gone_ends_the_connection_and_the_next_has_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "LOOK_SECONDS", 0.01)
    server = Server()

    async def client(stream: PrivateStream) -> None:
        socket = await stream.open()
        server.is_gone = True
        with pytest.raises(VenueUnavailable, match="no listen key: HTTP 400") as caught:
            await socket.receive()
        assert "key1" not in str(caught.value)
        await stream.close()
        await stream.open()

    play(server, client, Patience(listen_key_seconds=0.0))
    opened = [key for verb, key in server.said if verb == "WS"]
    assert opened == ["key1", "key2"]


def test_before_its_time_a_key_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "LOOK_SECONDS", 0.0)
    server = Server()

    async def client(stream: PrivateStream) -> None:
        await stream.open()
        for _ in range(100):
            await asyncio.sleep(0)

    play(server, client, Patience(listen_key_seconds=1_500.0))
    assert ("PUT", "") not in server.said
