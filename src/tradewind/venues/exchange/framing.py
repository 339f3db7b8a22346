"""How the words of the protocol are cut into frames: four bytes of length, the highest first, and the word. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import VenueProtocolError
from tradewind.venues.exchange.protocol import ClientWord, ServerWord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.venues.exchange.protocol import Frame

LENGTH_BYTES = 4
FRAME_BYTES_MAX = 16 * 1024 * 1024
"""A longer frame is not ours, but something else that has found the port."""

_encode = msgspec.msgpack.Encoder().encode
client_words = msgspec.msgpack.Decoder(ClientWord)
server_words = msgspec.msgpack.Decoder(ServerWord)


def packed(frame: Frame) -> bytes:
    """Return a frame as it goes over the wire."""
    body = _encode(frame)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


class Unpacker:
    """Cuts what comes over the wire into frames, however it was cut on the way."""

    def __init__(self, decoder: msgspec.msgpack.Decoder[ServerWord] | msgspec.msgpack.Decoder[ClientWord]) -> None:
        self._decoder = decoder
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[ServerWord | ClientWord]:
        """Yield the frames that are whole now; raise `VenueProtocolError` for what is none of ours."""
        buffer = self._buffer
        buffer += data
        while len(buffer) >= LENGTH_BYTES:
            length = int.from_bytes(buffer[:LENGTH_BYTES], "big")
            if length > FRAME_BYTES_MAX:
                raise VenueProtocolError(f"a frame of {length} bytes: this is no exchange of ours", {"bytes": length})
            end = LENGTH_BYTES + length
            if len(buffer) < end:
                return
            body = bytes(buffer[LENGTH_BYTES:end])
            del buffer[:end]
            try:
                yield self._decoder.decode(body)
            except msgspec.DecodeError as error:
                raise VenueProtocolError(f"a frame that is none of ours: {error}", {"bytes": length}) from None
