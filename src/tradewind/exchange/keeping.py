"""The whole exchange on disk, so that it can be stopped and started again where it stood: one file, whole or not there.

It is written when the exchange stops in order, and when somebody asks for it. What happens after that and before a
crash is lost with the crash: a client that has heard more than the file knows is turned away.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import LocalError, StateError
from tradewind.domain.events import Event
from tradewind.domain.time import TimeNs
from tradewind.domain.venue_state import VenueState
from tradewind.record.disk import Disk

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
MARK_BYTES = 32


class KeptAccount(msgspec.Struct, frozen=True, array_like=True):
    """One account, and how far its client had come."""

    name: str
    venue: VenueState
    told: TimeNs
    reports: tuple[Event, ...]
    """Those that are kept, the newest last."""
    reports_last: int
    orders: dict[str, bytes]
    duplicates: int
    taken_report: int
    taken_market: int
    in_use: bool
    token: int


class KeptExchange(msgspec.Struct, frozen=True, array_like=True):
    """All of it but the market data, which are played again up to `market_last`."""

    format: int
    born: TimeNs
    reached: TimeNs
    described: str
    """Which market data these are."""
    market_last: int
    is_matched: bool
    """Whether the accounts have met the market event that comes next."""
    is_over: bool
    accounts: tuple[KeptAccount, ...]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(KeptExchange).decode


def write(path: Path, kept: KeptExchange) -> None:
    """Put the file in place, for good; raise `LocalError` if the disk does not take it, and leave the old one."""
    body = _encode(kept)
    try:
        Disk().put(path, hashlib.sha256(body).digest() + body)
    except OSError as error:
        raise LocalError(f"the exchange cannot be kept in {path}: {error}") from error


def read(path: Path) -> KeptExchange | None:
    """Return what a file has, None if there is none; raise `StateError` if it is damaged or not ours."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LocalError(f"{path} cannot be read: {error}") from error
    mark, body = content[:MARK_BYTES], content[MARK_BYTES:]
    if hashlib.sha256(body).digest() != mark:
        raise StateError(f"{path} is damaged: its content is not what was written", {"path": str(path)})
    try:
        kept = _decode(body)
    except msgspec.DecodeError as error:
        raise StateError(f"{path} was written by another version: {error}", {"path": str(path)}) from error
    if kept.format != FORMAT:
        raise StateError(f"{path} has format {kept.format}, this program reads {FORMAT}", {"path": str(path)})
    return kept
