"""One entry of the log of requests, as it lies on disk: framed by itself, or many packed together."""

from __future__ import annotations

import zlib
from struct import Struct
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.time import TimeNs
from tradewind.venues.exchange.protocol import VenueRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 1
PACKED_ENTRIES = 4_096
"""So many entries at the most are packed together: a frame is unpacked as a whole."""
ZLIB = 0x78
"""How a frame of packed entries begins, a stream of zlib's; an entry is an array of msgpack's, which does not."""
FRAME = Struct("<II")


class Head(msgspec.Struct, frozen=True, array_like=True):
    """Which exchange it is of; the first entry."""

    format: int
    described: str
    """Which market data these are."""
    accounts: tuple[str, ...]
    started: TimeNs
    """When the market began here: its data are moved to it."""
    mark: str
    """What else it was started with, hashed: seed, instruments, models, opening balances."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One request: how far the exchange's time had been carried on before it, and when it was sent.

    It is an effect for the venue, or the note of a dialect, which makes the effects of it. An entry with neither says
    that time had come so far.
    """

    reached: TimeNs
    ts: TimeNs
    account: str = ""
    effect: VenueRequest | None = None
    dialect: str = ""
    note: bytes = b""


encode = msgspec.msgpack.Encoder().encode
decode_head = msgspec.msgpack.Decoder(Head).decode
decode_entry = msgspec.msgpack.Decoder(Entry).decode


def framed(body: bytes) -> bytes:
    """Return an entry with its length and its checksum."""
    return FRAME.pack(len(body), zlib.crc32(body)) + body


def unpacked(content: bytes) -> Iterator[bytes]:
    """Yield the entries of what was packed together."""
    at = 0
    while at < len(content):
        length, _ = FRAME.unpack_from(content, at)
        at += FRAME.size + length
        yield content[at - length : at]


def requests_of(bodies: list[bytes]) -> list[bytes]:
    """Leave out how far time had come, but for the furthest: a request says it as well."""
    found, reached, until = [], 0, 0
    for body in bodies:
        entry = decode_entry(body)
        reached, until = max(reached, entry.reached), max(until, entry.ts)
        if entry.dialect or entry.effect is not None:
            found.append(body)
    return [*found, encode(Entry(reached, until))] if bodies else []
