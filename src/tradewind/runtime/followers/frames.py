"""Messages between two processes over a pipe: a length of four bytes, then the message in msgpack."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

_LENGTH_BYTES = 4
M = TypeVar("M")


class Codec(Generic[M]):
    """Sends and receives the messages of one union."""

    def __init__(self, union: Any) -> None:  # noqa: ANN401 - a union of structs has no type of its own
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(union).decode

    def send(self, handle: int, message: M) -> None:
        """Write one message, whole. Raises `OSError` if nobody reads."""
        send_frame(handle, self._encode(message))

    def receive(self, handle: int) -> Iterator[M]:
        """Yield the messages of the other process until it closes its end; an incomplete last one is dropped."""
        return map(self._decode, _frames(handle))


def send_frame(handle: int, body: bytes) -> None:
    """Write one frame, whole. Raises `OSError` if nobody reads."""
    rest = memoryview(len(body).to_bytes(_LENGTH_BYTES, "little") + body)
    while rest:
        rest = rest[os.write(handle, rest) :]


def receive_frame(handle: int) -> bytes:
    """Read one frame and nothing after it; return b"" if the other process ended before it was complete."""
    length = _exactly(handle, _LENGTH_BYTES)
    return _exactly(handle, int.from_bytes(length, "little"))


def _frames(handle: int) -> Iterator[bytes]:
    buffer = bytearray()
    while part := os.read(handle, 65_536):
        buffer += part
        begin = 0
        while len(buffer) - begin >= _LENGTH_BYTES:
            end = begin + _LENGTH_BYTES + int.from_bytes(buffer[begin : begin + _LENGTH_BYTES], "little")
            if end > len(buffer):
                break
            yield bytes(buffer[begin + _LENGTH_BYTES : end])
            begin = end
        del buffer[:begin]


def _exactly(handle: int, count: int) -> bytes:
    found = b""
    while len(found) < count and (part := os.read(handle, count - len(found))):
        found += part
    return found if len(found) == count else b""
