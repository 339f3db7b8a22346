"""Words between two processes over a pipe: the length of each, then its bytes. Knows nothing of what they say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LENGTH_BYTES = 4


def send_frame(handle: int, body: bytes) -> None:
    """Write a word, whole."""
    rest = memoryview(len(body).to_bytes(_LENGTH_BYTES, "little") + body)
    while rest:
        rest = rest[os.write(handle, rest) :]


def frames(handle: int) -> Iterator[bytes]:
    """Yield the words of another process until it has gone; half a word at the end is none."""
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


def one_frame(handle: int) -> bytes:
    """Read one word and nothing after it; empty if the other has gone before it was whole."""
    length = _exactly(handle, _LENGTH_BYTES)
    return _exactly(handle, int.from_bytes(length, "little"))


def _exactly(handle: int, count: int) -> bytes:
    found = b""
    while len(found) < count and (part := os.read(handle, count - len(found))):
        found += part
    return found if len(found) == count else b""
