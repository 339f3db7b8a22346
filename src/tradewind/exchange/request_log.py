"""Every request that reached an account, on disk before it is carried out: what a killed exchange goes on from.

Accounts, orders and their numbers follow from the market data, which are played again, and from these requests. What
is written has reached the system when it is answered, not the disk: it outlives the process, and need not outlive a
machine that loses its power. A last entry that was cut short was never answered, and is let go.

A file that has grown is packed when it is opened: the same requests, compressed, in a file that takes the place of the
old one whole or not at all. How far time had come stands in it once.
"""

from __future__ import annotations

import fcntl
import os
import zlib
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import LocalError, StateError
from tradewind.exchange.request_entry import (
    FORMAT,
    FRAME,
    PACKED_ENTRIES,
    ZLIB,
    Entry,
    decode_entry,
    decode_head,
    encode,
    framed,
    requests_of,
    unpacked,
)
from tradewind.record.disk import FILE_MODE, Disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tradewind.domain.time import TimeNs
    from tradewind.exchange.request_entry import Head

PACK_BYTES = 1 << 20
"""So much that is not packed makes it worth while to pack it."""


class RequestLog:
    """A file of entries, open for one exchange alone."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self._path = path
        self._disk = Disk() if disk is None else disk
        self._handle = self._opened()
        self._size = 0
        self._plain = 0
        """How much of it is not packed, when it was opened."""
        self._mark: tuple[int, int, TimeNs] | None = None
        """Where the last entry lies, how long it is and up to when it says time has come, if it says nothing else."""
        self._frames = self._whole()

    @property
    def head(self) -> Head | None:
        """What it is of; None if it is new. Raises `StateError` if it is of another version, or no log at all."""
        if not self._frames:
            return None
        try:
            head = decode_head(self._frames[0])
        except msgspec.DecodeError as error:
            raise StateError(f"{self._path} was written by another version: {error}", {}) from error
        if head.format != FORMAT:
            raise StateError(f"{self._path} has format {head.format}, this program reads {FORMAT}", {})
        return head

    def begin(self, head: Head) -> None:
        """Write what it is of; raise `StateError` if it is of another exchange already."""
        before = self.head
        if before is None:
            self._put(encode(head))
        elif before != head:
            self.close()
            raise StateError(
                f"{self._path} is of {before.described} with {', '.join(before.accounts)}: "
                "not of this configuration, seed and models among it", {"path": str(self._path)},
            )  # fmt: skip

    def pack(self) -> int:
        """Put a packed file in its place if that is worth while; return how much smaller it is.

        To be called before `entries`. Whoever is killed meanwhile leaves the old file or the new one, and both say the
        same. Raises `LocalError` if the disk does not take it; the old one is left.
        """
        if self._plain < PACK_BYTES:
            return 0
        head, *rest = self._frames
        bodies = requests_of(rest)
        content = framed(head) + b"".join(
            framed(zlib.compress(b"".join(map(framed, bodies[first : first + PACKED_ENTRIES]))))
            for first in range(0, len(bodies), PACKED_ENTRIES)
        )
        try:
            for left in self._path.parent.glob(f".{self._path.name}.*.aside"):
                self._disk.remove(left)  # of one who was killed at this
            self._disk.put(self._path, content)
        except OSError as error:
            raise LocalError(f"the exchange cannot be kept in {self._path}: {error}") from error
        old, self._handle = self._handle, self._opened()
        os.close(old)
        before, self._size, self._plain, self._frames = self._size, len(content), 0, [head, *bodies]
        return before - self._size

    def entries(self) -> Iterator[Entry]:
        """Yield what was written before this process, in order, once."""
        frames, self._frames = self._frames[1:], []
        return map(decode_entry, frames)

    def append(self, entry: Entry) -> None:
        """Write a request down; raise `LocalError` if that fails: then it may not be carried out."""
        self._put(encode(entry))
        self._mark = None

    def mark(self, reached: TimeNs, ts: TimeNs) -> None:
        """Write down how far time has come, over the last entry if that says no more: a file grows by requests alone.

        It is one write of as many bytes: whoever is killed leaves the one or the other.
        """
        if self._mark is not None:
            ts = max(ts, self._mark[2])
        body = encode(Entry(reached, ts))
        at = self._size
        if self._mark is not None and self._mark[1] == len(body):
            at = self._mark[0]
        self._put(body, at)
        self._mark = (at, len(body), ts)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)

    def _opened(self) -> int:
        """Open the file for this process alone; raise `LocalError` if another has it."""
        while True:
            handle = -1
            try:
                handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, FILE_MODE)
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(handle).st_nlink:
                    return handle
            except BlockingIOError:
                os.close(handle)
                raise LocalError(f"{self._path} is in use: another exchange is kept there") from None
            except OSError as error:
                raise LocalError(f"the exchange cannot be kept in {self._path}: {error}") from error
            os.close(handle)  # a packed one has taken its place since it was opened

    def _put(self, body: bytes, at: int | None = None) -> None:
        frame = framed(body)
        at = self._size if at is None else at
        try:
            written = os.pwrite(self._handle, frame, at)
        except OSError as error:
            raise LocalError(f"the exchange cannot be kept in {self._path}: {error}") from error
        if written != len(frame):
            os.ftruncate(self._handle, self._size)
            raise LocalError(f"the exchange cannot be kept in {self._path}: the disk is full")
        self._size = max(self._size, at + written)

    def _whole(self) -> list[bytes]:
        """Read all frames; cut off a last one that is not whole, raise `StateError` if one before it is damaged."""
        frames: list[bytes] = []
        content, at = self._path.read_bytes(), 0
        while at < len(content):
            start = at + FRAME.size
            length, mark = FRAME.unpack_from(content, at) if start <= len(content) else (len(content), 0)
            body = content[start : start + length]
            if len(body) != length or zlib.crc32(body) != mark:
                if start + length < len(content):
                    self.close()
                    raise StateError(f"{self._path} is damaged at byte {at}", {"path": str(self._path)})
                os.ftruncate(self._handle, at)
                break
            if body[:1] == bytes((ZLIB,)):
                frames += unpacked(zlib.decompress(body))
            else:
                frames.append(body)
                self._plain += FRAME.size + length
            at = start + length
        self._size = at
        return frames
