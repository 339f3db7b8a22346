"""A client of the local exchange that costs as little as can be, so that the exchange is measured and not the client.

Frames are masked with nothing, as a mask of zeros is allowed, and answers are counted, not read. Prints what it saw.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import struct
import sys
import time

IN_FLIGHT = 16
PARTS = ("trade", "aggTrade", "kline_1m", "depth@100ms", "depth", "depth20@100ms", "bookTicker", "miniTicker", "ticker")


class Socket:
    """A WebSocket connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int, path: str) -> Socket:
        """Connect."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")
        return cls(reader, writer)

    def send(self, text: bytes) -> None:
        """Send a message."""
        size = len(text)
        head = struct.pack("!BB", 0x81, 0x80 | size) if size < 126 else struct.pack("!BBH", 0x81, 0x80 | 126, size)
        self._writer.write(head + b"\0\0\0\0" + text)

    async def receive(self) -> bytes:
        """Return the next message."""
        first, size = await self._reader.readexactly(2)
        if size >= 126:
            wide = 2 if size == 126 else 8
            size = int.from_bytes(await self._reader.readexactly(wide), "big")
        body = await self._reader.readexactly(size)
        if first & 0x0F == 0x9:  # a ping
            self._writer.write(struct.pack("!BB", 0x8A, 0x80 | size) + b"\0\0\0\0" + body)
        return body


class Signer:
    """Signs requests of one account."""

    def __init__(self, key: str, secret: str) -> None:
        self._key, self._secret = key, secret.encode()

    def order(self, side: str) -> tuple[str, str]:
        """Return the parameters of an order, sorted, and their signature."""
        stamp = time.time_ns() // 1_000_000
        text = (
            f"apiKey={self._key}&quantity=0.001&recvWindow=60000&side={side}&symbol=BTCUSDT"
            f"&timestamp={stamp}&type=MARKET"
        )
        return text, hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def request(self, number: int, side: str, method: str = "order.place") -> bytes:
        """Return a request of the WebSocket API."""
        text, signature = self.order(side)
        params = dict(pair.split("=") for pair in text.split("&")) | {"signature": signature}
        return json.dumps({"id": number, "method": method, "params": params}).encode()

    def subscribe(self) -> bytes:
        """Return the request for the user stream."""
        text = f"apiKey={self._key}&recvWindow=60000&timestamp={time.time_ns() // 1_000_000}"
        signature = hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
        params = dict(pair.split("=") for pair in text.split("&")) | {"signature": signature}
        return json.dumps({"id": 0, "method": "userDataStream.subscribe.signature", "params": params}).encode()


async def over_socket(port: int, signer: Signer, count: int, warm: int) -> dict[str, float]:
    """Place market orders, some in flight at a time, with the user stream on the same connection."""
    socket = await Socket.open(port, "/ws-api/v3?returnRateLimits=false")
    socket.send(signer.subscribe())
    await socket.receive()
    sent = answered = filled = 0
    began = 0.0
    while answered < warm + count:
        while sent < warm + count and sent - answered < IN_FLIGHT:
            socket.send(signer.request(sent, "BUY" if sent % 2 else "SELL"))
            sent += 1
        told = await socket.receive()
        if told.startswith(b'{"id"'):
            answered += 1
            if answered == warm:
                began = time.time()
            elif answered > warm:
                filled += b'"status":"FILLED"' in told
    return {"began": began, "ended": time.time(), "filled": filled}


async def over_rest(port: int, signer: Signer, count: int, warm: int) -> dict[str, float]:
    """Place market orders, one after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began, filled = time.time(), 0
    for number in range(warm + count):
        text, _ = signer.order("BUY" if number % 2 else "SELL")
        _, _, text = text.partition("&")
        signature = hmac.new(signer._secret, text.encode(), hashlib.sha256).hexdigest()  # noqa: SLF001 - its own
        writer.write(
            f"POST /api/v3/order?{text}&signature={signature} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"X-MBX-APIKEY: {signer._key}\r\nContent-Length: 0\r\n\r\n".encode()  # noqa: SLF001 - its own
        )
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]))
        if number == warm - 1:
            began = time.time()
        filled += number >= warm and b'"status":"FILLED"' in body
    return {"began": began, "ended": time.time(), "filled": filled}


async def streams(port: int, connections: int, seconds: float) -> dict[str, float]:
    """Listen to all kinds of streams on many connections."""
    names = "/".join(f"{symbol}@{part}" for symbol in ("btcusdt", "ethusdt") for part in PARTS)
    sockets = [await Socket.open(port, f"/stream?streams={names}") for _ in range(connections)]
    counts = [0] * connections
    end = time.monotonic() + seconds

    async def listen(place: int) -> None:
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + end - time.monotonic()):
                while True:
                    await sockets[place].receive()
                    counts[place] += 1
        except TimeoutError:
            return

    async with asyncio.TaskGroup() as group:
        for place in range(connections):
            group.create_task(listen(place))
    return {"messages": sum(counts), "seconds": seconds, "least": min(counts), "most": max(counts)}


def main() -> None:
    """Do what is asked for."""
    port, key, secret, what, *rest = sys.argv[1:]
    if what == "streams":
        told = asyncio.run(streams(int(port), int(rest[0]), float(rest[1])))
    else:
        run = over_socket if what == "ws" else over_rest
        told = asyncio.run(run(int(port), Signer(key, secret), int(rest[0]), int(rest[1])))
    print(json.dumps(told))


if __name__ == "__main__":
    main()
