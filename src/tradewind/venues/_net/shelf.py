"""Numbers that the processes of a machine share, in a small file under a lock: what was spent, until when to be silent.

The file is mapped into each process, and a number is written with one store of eight bytes: whoever is killed leaves
the old one or the new one. Whoever dies leaves the lock; a file of another kind is begun anew, as before the first use.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

BYTES = 4_096
SIGN = 0x31_64_6E_69_77_65_64_61
"""What a file of this kind begins with; pairs of a name's digest and its number follow."""
LOCK_TRIES, LOCK_PAUSE_SECONDS = 100, 0.0005
"""A lock is held for some 5 µs."""


class Shelf:
    """One file; each process, and each thread, has a shelf of its own.

    `with shelf:` holds it alone, and in it `shelf[name]` is a number of at most 63 bits, 0 where none was written.
    """

    def __init__(self, path: Path) -> None:
        """Open it, and make it if need be, for this user alone; raise `OSError` if that cannot be."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with self:
                if os.fstat(self._file).st_size < BYTES:
                    os.ftruncate(self._file, BYTES)
                self._map = mmap.mmap(self._file, BYTES)
                self.numbers = memoryview(self._map).cast("q")
                if self.numbers[0] != SIGN:
                    self._map[:] = bytes(BYTES)
                    self.numbers[0] = SIGN
        except BaseException:
            os.close(self._file)
            raise
        self._places: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Hold it alone; whoever stands still with the lock in his hand is not waited for: others count less exactly.

        So an emergency stop, which spends of the same numbers, gets through.
        """
        for _ in range(LOCK_TRIES):
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(LOCK_PAUSE_SECONDS)
            else:
                break
        return self

    def __exit__(self, *_: object) -> None:
        """Let others have it."""
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def __getitem__(self, name: str) -> int:
        """Return a number."""
        return self.numbers[self.place(name)]

    def __setitem__(self, name: str, number: int) -> None:
        """Write a number."""
        self.numbers[self.place(name)] = number

    def close(self) -> None:
        """Let the file go."""
        self.numbers.release()
        self._map.close()
        os.close(self._file)

    def place(self, name: str) -> int:
        """Return where in `numbers` that of a name stands, while it is held; a new name takes the first free place."""
        known = self._places.get(name)
        if known is not None:
            return known
        digest = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") >> 1 or 1
        for place in range(2, len(self.numbers), 2):
            if not self.numbers[place]:
                self.numbers[place] = digest
            if self.numbers[place] == digest:
                self._places[name] = place + 1
                return place + 1
        raise AssertionError(f"no shelf has so many numbers: {name}")
