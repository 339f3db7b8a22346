"""What a session's recorder is told to do, and what it sends the session."""

from __future__ import annotations

import msgspec

from tradewind.record.stats.live import LiveTradeStats
from tradewind.runtime.followers.frames import Codec


class RecorderTask(msgspec.Struct, frozen=True, kw_only=True):
    """What a recorder is to do."""

    journal: str
    home: str
    lock: int
    """The descriptor that holds the session's folder; a session that was killed is over when its recorder is."""
    flush_seconds: float
    tells_stats: bool


class Progressed(msgspec.Struct, frozen=True, tag=True):
    """The recorder has processed all steps up to this one."""

    seq: int


class Stats(msgspec.Struct, frozen=True, tag=True):
    """The current statistics, after a trade or when files were written."""

    stats: LiveTradeStats


class WriteFailed(msgspec.Struct, frozen=True, tag=True):
    """Files cannot be written now; the recorder keeps trying. An empty text: they can be written again."""

    text: str


class Note(msgspec.Struct, frozen=True, tag=True):
    """What users should know of the figures; sent once."""

    text: str


class Closed(msgspec.Struct, frozen=True, tag=True):
    """All files are written; the final statistics."""

    stats: LiveTradeStats


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The recorder gave up, and why."""

    text: str


Message = Progressed | Stats | WriteFailed | Note | Closed | Failed
CODEC: Codec[Message] = Codec(Message)
