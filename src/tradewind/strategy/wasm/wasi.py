"""WASI preview 1 without a world: no files, no environment, a clock that follows the bars, numbers drawn by seed.

Nothing that differs between backtest, paper and live can be seen from here. What a guest writes to its standard
output becomes log lines. The library's own WASI has the real clock, and sleeps that no deadline ends.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING

from tradewind.strategy.wasm.contract import WASI_FUNCTIONS
from tradewind.strategy.wasm.errors import GuestExited

if TYPE_CHECKING:
    from tradewind.strategy.wasm.machine import Function, Machine
    from tradewind.strategy.wasm.module import ImportedFunction

EPOCH = 1_640_995_200_000_000_000
"""2022-01-01T00:00:00Z: what the clock says before the first bar."""
READING_NS = 1_000
OUTPUT_MAX = 65_536
"""Bytes that a guest may write in one outer call; the rest is counted."""
HEAD_MAX, TAIL_MAX = 256, 4_096
"""Bytes of a call's standard error that are kept: what Go dies of stands first, where it died stands last."""
SKIPPED = b" ... "
CLOCK_MASK = (1 << 64) - 1
VECTORS_MAX = 1_024
SUCCESS, BAD_FD, INVALID, NO_SYSTEM, NOT_CAPABLE = 0, 8, 28, 52, 76
STANDARD = (0, 1, 2)


class Wasi:
    """The system of one instance; `seed` begins its random numbers."""

    def __init__(self, seed: str) -> None:
        self.machine: Machine
        self._seed = seed.encode()
        self._drawn = 0
        self._base, self._offset, self._steady = EPOCH, 0, 0
        self._room = OUTPUT_MAX
        self.dropped = 0
        """Bytes of output that were too many, in this outer call."""
        self.output: list[tuple[int, bytes]] = []
        """What was written in this outer call."""
        self._head = self._tail = b""

    def begin(self, now: int) -> None:
        """Set the clock for an outer call."""
        self._base, self._offset = now, 0
        if self._room != OUTPUT_MAX:
            self._room, self.dropped = OUTPUT_MAX, 0
            self.output.clear()
            self._head = self._tail = b""

    @property
    def tail(self) -> bytes:
        """The last 4 KiB that the guest wrote to standard error in this outer call; of more, the head and the end."""
        if self._tail.startswith(self._head):
            return self._tail
        return self._head + SKIPPED + self._tail[len(self._head) + len(SKIPPED) :]

    def function(self, wanted: ImportedFunction) -> Function:
        """Return what serves an import; whoever wants something unknown is told that there is no such thing."""
        if wanted.name in WASI_FUNCTIONS:
            own: Function | None = getattr(self, f"_{wanted.name}", None)
            if own is not None:
                return own
        code = NOT_CAPABLE if wanted.name.startswith("path_") else NO_SYSTEM
        return lambda *_: code

    # --- clocks and numbers -------------------------------------------------------------------------

    def _now(self, clock: int) -> int:
        now = self._base + self._offset
        self._offset += READING_NS
        if clock == 0:
            return now
        self._steady = max(self._steady + READING_NS, now)
        return self._steady

    def _clock_time_get(self, clock: int, _precision: int, at: int) -> int:
        self.machine.write(at, struct.pack("<Q", self._now(clock) & CLOCK_MASK))
        return SUCCESS

    def _clock_res_get(self, _clock: int, at: int) -> int:
        self.machine.write(at, struct.pack("<Q", READING_NS))
        return SUCCESS

    def _poll_oneoff(self, wishes: int, events: int, count: int, counted: int) -> int:
        """Let every wish come true at once, and the clock go on by what was waited for."""
        if not 0 < count <= VECTORS_MAX:
            return INVALID
        asked = self.machine.read(wishes, 48 * count)
        answer = bytearray()
        later = self._base + self._offset
        for place in range(0, len(asked), 48):
            user, kind = struct.unpack_from("<QB", asked, place)
            error = SUCCESS
            if kind == 0:
                clock, timeout, flags = struct.unpack_from("<I4xQ8xH", asked, place + 16)
                now = self._base + self._offset if clock == 0 else max(self._steady, self._base + self._offset)
                wait = max(timeout - now, 0) if flags & 1 else timeout
                later = max(later, self._base + self._offset + min(wait, 1 << 62))
            elif struct.unpack_from("<I", asked, place + 16)[0] not in STANDARD:
                error = BAD_FD
            answer += struct.pack("<QHB5x16x", user, error, kind)
        waited = later - self._base - self._offset
        self._offset += waited
        self._steady += waited  # it may be ahead of the bars, and must go on all the same: Go would wait for it
        self.machine.write(events, bytes(answer))
        self.machine.write(counted, struct.pack("<I", count))
        return SUCCESS

    def _random_get(self, at: int, size: int) -> int:
        self.machine.read(at + size, 0)  # before so many are drawn
        self._drawn += 1
        drawn = hashlib.shake_256(self._seed + self._drawn.to_bytes(8, "little")).digest(size)
        self.machine.write(at, drawn)
        return SUCCESS

    # --- files that are not there -------------------------------------------------------------------

    def _nothing(self, count: int, size: int) -> int:
        self.machine.write(count, bytes(4))
        self.machine.write(size, bytes(4))
        return SUCCESS

    _args_sizes_get = _environ_sizes_get = _nothing

    def _args_get(self, _list: int, _buffer: int) -> int:
        return SUCCESS

    _environ_get = _args_get

    def _fd_write(self, fd: int, vectors: int, count: int, written: int) -> int:
        if fd not in (1, 2):
            return BAD_FD
        if count > VECTORS_MAX:
            return INVALID
        total = 0
        parts = self.machine.read(vectors, 8 * count)
        for at, size in struct.iter_unpack("<II", parts):
            self.machine.read(at + size, 0)  # all of it must be there
            content = self.machine.read(at, min(size, self._room))
            if content:
                self.output.append((fd, content))
                if fd == 2:
                    self._head += content[: HEAD_MAX - len(self._head)]
                    self._tail = (self._tail + content)[-TAIL_MAX:]
            self._room -= len(content)
            self.dropped += size - len(content)
            total += size
        self.machine.write(written, struct.pack("<I", total & 0xFFFFFFFF))
        return SUCCESS

    def _fd_read(self, fd: int, _vectors: int, _count: int, read: int) -> int:
        if fd:
            return BAD_FD
        self.machine.write(read, bytes(4))
        return SUCCESS

    def _fd_fdstat_get(self, fd: int, at: int) -> int:
        if fd not in STANDARD:
            return BAD_FD
        self.machine.write(at, struct.pack("<BxH4xQQ", 2, 0, (1 << 64) - 1, 0))  # a character device
        return SUCCESS

    def _fd_fdstat_set_flags(self, fd: int, _flags: int) -> int:
        return SUCCESS if fd in STANDARD else BAD_FD

    def _bad_fd(self, *_: int) -> int:
        return BAD_FD

    _fd_prestat_get = _fd_prestat_dir_name = _fd_close = _fd_seek = _bad_fd

    def _sched_yield(self) -> int:
        return SUCCESS

    def _proc_exit(self, code: int) -> None:
        raise GuestExited(code - (1 << 32) if code >> 31 else code)
