"""What the writer of a session's database is told to do, and what it sends the session.

The task is the first frame on the pipe and not an argument: other users can read arguments, and the address may have a
password.
"""

from __future__ import annotations

import msgspec

from tradewind.runtime.followers.frames import Codec


class DatabaseTask(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written, where, and how long to keep trying."""

    journal: str
    root: str
    """The folder of the sessions: earlier ones that the database lacks are written too."""
    url: str
    flush_seconds: float
    retry_longest_seconds: float
    close_seconds: float
    journals: str = ""
    """In the place of `journal`: a folder with many, those of live signals."""


class Written(msgspec.Struct, frozen=True, tag=True):
    """The database has all steps up to this one."""

    seq: int


class Unavailable(msgspec.Struct, frozen=True, tag=True):
    """Nothing can be written now, and why; the writer keeps trying. An empty text: it is available again."""

    text: str


class Note(msgspec.Struct, frozen=True, tag=True):
    """What users should know; sent once."""

    text: str


class Done(msgspec.Struct, frozen=True, tag=True):
    """The session has ended and its rows are written, as far as was possible."""

    seq: int


Message = Written | Unavailable | Note | Done
CODEC: Codec[Message] = Codec(Message)
