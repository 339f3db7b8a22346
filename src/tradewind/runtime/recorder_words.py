"""What a session and its recorder say to each other; they are two processes.

The session says when there is something new in the journal, and when it has ended. What happened is not
sent: the journal has it, and a recorder that has fallen behind finds it there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.record.stats.live import LiveTradeStats
from tradewind.runtime.frames import frames, send_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMITTED, ENDED = b".", b"!"


class RecorderTask(msgspec.Struct, frozen=True, kw_only=True):
    """What a recorder is to do."""

    journal: str
    home: str
    lock: int
    """The descriptor that holds the session's folder; a session that was killed is over when its recorder is."""
    flush_seconds: float
    tells_stats: bool


class Taken(msgspec.Struct, frozen=True, tag=True):
    """The recorder has come to this step."""

    seq: int


class Stats(msgspec.Struct, frozen=True, tag=True):
    """Statistics as they stand, after a trade or with the files."""

    stats: LiveTradeStats


class Trouble(msgspec.Struct, frozen=True, tag=True):
    """Files cannot be written now; it will be tried again. Empty: they can be written again."""

    text: str


class Note(msgspec.Struct, frozen=True, tag=True):
    """What people should know of the figures; said once."""

    text: str


class Closed(msgspec.Struct, frozen=True, tag=True):
    """All is written; how the session ended."""

    stats: LiveTradeStats


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The recorder gave up, and why."""

    text: str


Word = Taken | Stats | Trouble | Note | Closed | Failed
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Word).decode


def send(handle: int, word: Word) -> None:
    """Write a word, whole."""
    send_frame(handle, _encode(word))


def heard(handle: int) -> Iterator[Word]:
    """Yield the words of a recorder until it has gone; half a word at the end is none."""
    return map(_decode, frames(handle))
