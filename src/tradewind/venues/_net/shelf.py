"""Numbers that the processes of a machine share, in a small file under a lock: what was spent, until when to be silent.

Whoever dies leaves the lock; what cannot be read is taken for nothing spent, as before the first use.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Numbers = dict[str, tuple[int, ...]]
BYTES_MAX = 1 << 16
LOCK_TRIES, LOCK_PAUSE_SECONDS = 100, 0.0005
"""A lock is held for some 20 µs."""
_encode, _decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(Numbers).decode


class Shelf:
    """One file; each process, and each thread, has a shelf of its own."""

    def __init__(self, path: Path) -> None:
        """Open it, and make it if need be, for this user alone; raise `OSError` if that cannot be."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextlib.contextmanager
    def held(self) -> Iterator[Numbers]:
        """Yield what stands there, alone; what it was made to is written when the block ends.

        Whoever stands still with the lock in his hand is not waited for: others count less exactly, and go on.
        """
        self._lock()
        try:
            before = os.pread(self._file, BYTES_MAX, 0)
            numbers = _read(before)
            yield numbers
            after = _encode(numbers).ljust(len(before))  # never cut: whoever is killed here leaves all or nothing
            if after != before:
                os.pwrite(self._file, after, 0)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _lock(self) -> None:
        for _ in range(LOCK_TRIES):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(LOCK_PAUSE_SECONDS)
            else:
                return

    def close(self) -> None:
        """Let the file go."""
        os.close(self._file)


def _read(data: bytes) -> Numbers:
    try:
        return _decode(data) if data else {}
    except msgspec.DecodeError:
        return {}
