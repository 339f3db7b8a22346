"""Just enough HTTP and WebSocket for a loopback server that costs little; the standard library alone.

The time at which bytes came is taken before anything is made of them.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import struct
import time
from abc import abstractmethod
from typing import Any
from urllib.parse import parse_qsl, urlsplit

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


class Connection(asyncio.Protocol):
    """One connection: requests until it is upgraded, frames after that."""

    def __init__(self) -> None:
        self.path = ""
        self._buffer = b""
        self._is_socket = False

    @abstractmethod
    def said(self, text: bytes, came: int) -> None:
        """Take a message that came at this time, nanoseconds of the monotonic clock."""

    @abstractmethod
    def asked(self, verb: str, path: str, params: dict[str, str], came: int) -> Any:  # noqa: ANN401 - JSON
        """Return the answer to a request."""

    def opened(self) -> None:
        """Take it that a socket is open at `path`."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        came = time.monotonic_ns()
        self._buffer += data
        while (self._frame if self._is_socket else self._request)(came):
            pass

    def send(self, text: bytes, kind: int = TEXT) -> None:
        """Send a message."""
        size, first = len(text), 0x80 | kind
        if size < 126:
            head = struct.pack("!BB", first, size)
        else:
            head = struct.pack("!BBH", first, 126, size) if size < 1 << 16 else struct.pack("!BBQ", first, 127, size)
        self.transport.write(head + text)

    def _frame(self, came: int) -> bool:
        data = self._buffer
        if len(data) < 2:
            return False
        size, start = data[1] & 0x7F, 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        assert data[1] & 0x80, "clients mask"
        assert size < 127 or start == 4, "nobody says so much"
        end = start + 4 + size
        if len(data) < end:
            return False
        mask, body, self._buffer = data[start : start + 4], data[start + 4 : end], data[end:]
        wide = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        text = (int.from_bytes(body, "big") ^ wide).to_bytes(size, "big")
        kind = data[0] & 0x0F
        if kind == TEXT:
            self.said(text, came)
        elif kind in (PING, CLOSE):
            self.send(text, PONG if kind == PING else CLOSE)
        return True

    def _request(self, came: int) -> bool:
        head, ended, rest = self._buffer.partition(b"\r\n\r\n")
        if not ended:
            return False
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        size = int(headers.get("content-length", 0))
        if len(rest) < size:
            return False
        body, self._buffer = rest[:size].decode(), rest[size:]
        verb, target, _ = first.split(" ")
        url = urlsplit(target)
        if headers.get("upgrade", "").lower() == "websocket":
            self._upgrade(target, headers["sec-websocket-key"])
        else:
            self._answer(self.asked(verb, url.path, dict(parse_qsl(url.query) + parse_qsl(body)), came))
        return True

    def _upgrade(self, target: str, key: str) -> None:
        accept = base64.b64encode(hashlib.sha1(key.encode() + MAGIC, usedforsecurity=False).digest()).decode()
        self.transport.write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )
        self.path, self._is_socket = target, True
        self.opened()

    def _answer(self, told: Any) -> None:  # noqa: ANN401 - JSON
        body = json.dumps(told).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)
