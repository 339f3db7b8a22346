"""The host's places in a guest's memory: one for requests, one for answers, both from the guest's own `malloc`.

Answers of one outer call lie one after the other and never over each other; with the next outer call the place
is used anew. Argo's host never frees an answer: its guests grow with each bar, ours stay as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.strategy.wasm.errors import GuestBadPointer, NotNow

if TYPE_CHECKING:
    from tradewind.strategy.wasm.machine import Machine

REQUEST_BYTES = 4_096
ANSWER_BYTES = 65_536
_ALIGN = 8


class GuestMemory:
    """Lays requests and answers of one machine."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._busy = False
        self._request_size = REQUEST_BYTES
        self._request_at = self.take(REQUEST_BYTES)
        self._answer_at = self.take(ANSWER_BYTES)
        self._used = 0
        self._large: list[int] = []

    def take(self, size: int) -> int:
        """Ask the guest for memory; raise `GuestBadPointer` for an answer that cannot be."""
        assert size > 0
        if self._busy:
            raise NotNow("a guest's malloc must not call the host")
        self._busy = True
        try:
            at = self._machine.call("malloc", size)
        finally:
            self._busy = False
        if at == 0 or at + size > self._machine.size:
            raise GuestBadPointer(f"malloc({size}) gave {at}, of a memory of {self._machine.size}", at=at, size=size)
        return at

    def give_back(self, at: int) -> None:
        """Return memory to the guest."""
        self._busy = True
        try:
            self._machine.call("free", at)
        finally:
            self._busy = False

    @property
    def is_busy(self) -> bool:
        """Whether the guest is in its own malloc or free, at our wish."""
        return self._busy

    def request(self, content: bytes) -> int:
        """Lay the request of an outer call; return where."""
        size = len(content)
        if size > self._request_size:
            while self._request_size < size:
                self._request_size *= 2
            self.give_back(self._request_at)
            self._request_at = self.take(self._request_size)
        self._machine.write(self._request_at, content)
        return self._request_at

    def answer(self, content: bytes) -> int:
        """Lay an answer to a call of the guest; return place and length as it wants them, 0 for an empty one."""
        size = len(content)
        if not size:
            return 0
        used = self._used
        if used + size <= ANSWER_BYTES:
            at = self._answer_at + used
            self._used = used + size + (-size % _ALIGN)
        else:
            at = self.take(size)
            self._large.append(at)
        self._machine.write(at, content)
        return at << 32 | size

    def end(self) -> None:
        """Let go of the answers of an outer call that is over."""
        self._used = 0
        if self._large:
            large, self._large = self._large, []
            for at in large:
                self.give_back(at)
