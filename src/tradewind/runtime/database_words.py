"""What a session and the process that writes its database say to each other.

The session gives the task first, as one frame, on a pipe and not among the arguments: those can be read by everybody,
and the address may have a password. Then it says when there is something new, as to a recorder; at the end it hangs up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.runtime.frames import frames, send_frame

if TYPE_CHECKING:
    from collections.abc import Iterator


class DatabaseTask(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written, where, and how patiently."""

    journal: str
    root: str
    """The folder of the sessions: those before this one that the database lacks are written too."""
    url: str
    flush_seconds: float
    retry_longest_seconds: float
    close_seconds: float


class Written(msgspec.Struct, frozen=True, tag=True):
    """The database has all up to this step."""

    seq: int


class Away(msgspec.Struct, frozen=True, tag=True):
    """Nothing can be written now, and why; it is tried again. Empty: it can be written again."""

    text: str


class Remark(msgspec.Struct, frozen=True, tag=True):
    """What people should know; said once."""

    text: str


class Done(msgspec.Struct, frozen=True, tag=True):
    """The session has ended, and its writing too: all of it, or as much as could be."""

    seq: int


Word = Written | Away | Remark | Done
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Word).decode


def send(handle: int, word: Word) -> None:
    """Write a word, whole."""
    send_frame(handle, _encode(word))


def heard(handle: int) -> Iterator[Word]:
    """Yield the words of the process until it has gone."""
    return map(_decode, frames(handle))
