"""The socket against a real server on this machine: frames, pings with their payload, every way to end."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import re
from typing import TYPE_CHECKING, Any

import pytest

from tradewind.domain.errors import VenueUnavailable
from tradewind.venues._net import socket as under_test
from tradewind.venues._net.socket import WAITING_BYTES_MAX, Socket, connect

web = pytest.importorskip("aiohttp.web", reason="no aiohttp: pip install 'tradewind[binance]'")

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Script = Callable[[Any], Awaitable[None]]


def play(script: Script, client: Callable[[str], Awaitable[None]]) -> None:
    """Run a client against a server that follows a script, once per connection."""

    async def handle(request: Any) -> Any:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await script(socket)
        return socket

    async def both() -> None:
        app = web.Application()
        app.router.add_get("/ws", handle)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        try:
            async with asyncio.timeout(60):
                await client(f"ws://127.0.0.1:{port}/ws")
        finally:
            await runner.cleanup()

    asyncio.run(both())


def test_frames_go_both_ways_and_a_ping_is_answered_with_its_payload() -> None:
    heard: list[Any] = []

    async def server(socket: Any) -> None:
        heard.append((await socket.receive()).data)
        await socket.ping(b"1719360000")
        await socket.send_str('{"a":1}')
        heard.append(bytes((await socket.receive()).data))

    async def client(url: str) -> None:
        socket = await connect(url)
        socket.send(b'{"id":1}')
        assert await socket.receive() == b'{"a":1}'
        with pytest.raises(VenueUnavailable):
            await socket.receive()
        await socket.close()

    play(server, client)
    assert heard == ['{"id":1}', b"1719360000"]


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1012])
def test_lesson_125_a_close_is_told_with_its_code(code: int) -> None:
    async def server(socket: Any) -> None:
        await socket.close(code=code)

    async def client(url: str) -> None:
        socket = await connect(url)
        with pytest.raises(VenueUnavailable, match=str(code)):
            await socket.receive()
        await socket.close()

    play(server, client)


def test_a_connection_that_is_cut_in_the_middle_ends() -> None:
    async def server(socket: Any) -> None:
        socket._req.transport.write(b"\x81\x7e\x01\x00half of a frame")
        socket._req.transport.abort()

    async def client(url: str) -> None:
        socket = await connect(url)
        with pytest.raises(VenueUnavailable):
            await socket.receive()
        await socket.close()

    play(server, client)


def test_an_abort_ends_who_receives_and_says_why() -> None:
    async def server(socket: Any) -> None:
        await socket.receive()

    async def client(url: str) -> None:
        socket = await connect(url)
        asyncio.get_running_loop().call_soon(socket.abort, "btcusdt@kline_1m: not one word for 90 s")
        with pytest.raises(VenueUnavailable, match="not one word"):
            await socket.receive()
        await socket.close()

    play(server, client)


def test_nobody_there_is_unavailable_and_nothing_was_sent() -> None:
    async def client() -> None:
        with pytest.raises(VenueUnavailable, match="cannot be reached"):
            await connect("ws://127.0.0.1:1/ws/abcdefghijklmnopqrstuvwxyz0123456789")

    asyncio.run(client())


def test_a_key_in_an_address_is_not_told() -> None:
    async def client() -> None:
        with pytest.raises(VenueUnavailable) as caught:
            await connect("ws://127.0.0.1:1/ws/abcdefghijklmnopqrstuvwxyz0123456789?listenKey=geheim")
        assert "geheim" not in str(caught.value)
        assert "abcdefghijkl" not in str(caught.value)

    asyncio.run(client())


def test_a_message_in_parts_is_one_message() -> None:
    async def server(socket: Any) -> None:
        write = socket._req.transport.write
        write(b'\x01\x03{"a' + b"\x89\x01p" + b'\x00\x02":' + b"\x80\x021}")
        assert (await socket.receive()).data == b"p", "a ping between the parts is answered"
        await socket.send_str("next")
        await socket.receive()

    async def client(url: str) -> None:
        socket = await connect(url)
        assert await socket.receive() == b'{"a":1}'
        assert await socket.receive() == b"next"
        await socket.close()

    play(server, client)


def test_lesson_138_who_does_not_receive_makes_the_venue_wait_and_loses_nothing() -> None:
    size, count = 1 << 16, 256
    told = 0

    async def server(socket: Any) -> None:
        nonlocal told
        for number in range(count):
            await socket.send_str(f"{number:>{size}}")
            told = number
        await socket.receive()

    async def client(url: str) -> None:
        socket = await connect(url)
        first, before = await socket.receive(), -1
        while told != before:  # until nothing moves any more: the way is full
            before = told
            await asyncio.sleep(0.5)
        assert told < count - 1
        assert socket._waiting_bytes < 2 * WAITING_BYTES_MAX
        assert [int(first)] + [int(await socket.receive()) for _ in range(count - 1)] == list(range(count))
        await socket.close()

    play(server, client)


def test_nothing_is_sent_on_a_connection_that_is_gone() -> None:
    async def server(socket: Any) -> None:
        await socket.close()

    async def client(url: str) -> None:
        socket = await connect(url)
        with pytest.raises(VenueUnavailable):
            await socket.receive()
        with pytest.raises(VenueUnavailable, match="gone"):
            socket.send(b"{}")
        await socket.close()

    play(server, client)


def test_one_that_is_cut_before_it_is_open_ends_and_sends_nothing() -> None:
    async def main() -> None:
        socket = Socket()
        with pytest.raises(VenueUnavailable):
            socket.send(b"{}")
        socket.abort("cut off")
        with pytest.raises(VenueUnavailable, match="cut off"):
            await socket.receive()
        await socket.close()
        await Socket().close()

    asyncio.run(main())


def test_the_library_gives_up_first_as_it_closes_what_it_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is cancelled in it leaves open: for as long as its own time, or for ever where the loop ends."""
    told: list[float] = []

    async def ws_connect(*_: Any, websocket_handshake_timeout: float, **__: Any) -> None:
        told.append(websocket_handshake_timeout)
        raise OSError

    monkeypatch.setattr("picows.ws_connect", ws_connect)
    with pytest.raises(VenueUnavailable):
        asyncio.run(connect("ws://127.0.0.1/ws"))
    assert 0 < told[0] < under_test.CONNECT_SECONDS


def test_who_is_let_in_after_giving_up_goes_again() -> None:
    """Cancelled while it waits to be let in: a connection that opens then is nobody's, and is closed."""

    async def both() -> None:
        asked, given_up, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def server(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            asked.set()
            await given_up.wait()
            key = re.search(rb"Sec-WebSocket-Key: (\S+)", head, re.IGNORECASE)
            assert key is not None
            proof = base64.b64encode(hashlib.sha1(key[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
            writer.write(b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                await reader.read()
            writer.close()
            gone.set()

        listening = await asyncio.start_server(server, "127.0.0.1", 0)
        async with listening, asyncio.timeout(30):
            trying = asyncio.ensure_future(connect(f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}/ws"))
            await asked.wait()
            trying.cancel()
            await asyncio.wait([trying])
            given_up.set()
            await gone.wait()

    asyncio.run(both())


def test_an_ear_is_offered_what_comes_while_nothing_else_waits() -> None:
    async def server(socket: Any) -> None:
        await socket.send_str("a")  # before anybody receives
        await socket.receive()
        for text in ("b", "keep", "c"):
            await socket.send_str(text)
            await socket.receive()

    async def client(url: str) -> None:
        heard: list[bytes] = []

        def ear(frame: bytes) -> bool:
            heard.append(frame)
            if frame != b"keep":
                socket.send(b"go on")
            return frame != b"keep"

        socket = await connect(url)
        socket.tell(ear)
        while not socket._frames:  # noqa: ASYNC110 - what is waited for is not the test's to set
            await asyncio.sleep(0.001)
        assert heard == [], "nobody receives"
        assert await socket.receive() == b"a"
        socket.send(b"go on")
        assert await socket.receive() == b"keep"
        assert heard == [b"b", b"keep"]
        socket.tell(None)
        socket.send(b"go on")
        assert await socket.receive() == b"c"
        await socket.close()

    play(server, client)


def test_what_an_ear_raises_is_raised_by_who_receives() -> None:
    async def server(socket: Any) -> None:
        await socket.receive()
        await socket.send_str("a")
        with contextlib.suppress(asyncio.CancelledError):
            await socket.receive()

    async def client(url: str) -> None:
        def ear(frame: bytes) -> bool:
            raise AssertionError("a bug")

        socket = await connect(url)
        socket.tell(ear)
        socket.send(b"go on")
        with pytest.raises(AssertionError, match="a bug"):
            await socket.receive()
        await socket.close()

    play(server, client)
