"""Where log lines go: to stderr, but never waiting for whoever reads it.

A terminal that is held with Ctrl-S, a pager, or a pipe whose reader has stopped would otherwise stop the loop that
trades at its next log line. Lines that cannot be written now are kept, up to a bound, and written with the next one.
Where the reader has gone for good, they are dropped: that is no reason to stop trading.
"""

from __future__ import annotations

import select
from collections import deque
from functools import lru_cache
from typing import TextIO

KEPT_MAX = 10_000
"""Lines kept for a reader that stands still; then the oldest are dropped, and counted."""
PIECE = 1_024
"""Characters written at once, at most PIPE_BUF bytes (4,096): a pipe that is ready takes so many without waiting."""


@lru_cache(maxsize=8)
def unblocked(stream: TextIO) -> TextIO | UnblockedLines:
    """Return a stream that never waits; the stream itself where it has no descriptor to ask."""
    try:
        return UnblockedLines(stream, stream.fileno())
    except (OSError, AttributeError):
        return stream


class UnblockedLines:
    """A text stream for `structlog.PrintLogger`: `write` and `flush` return at once."""

    def __init__(self, stream: TextIO, descriptor: int) -> None:
        self._stream = stream
        self._ready = select.poll()
        self._ready.register(descriptor, select.POLLOUT)
        self._kept: deque[str] = deque()
        self._dropped = 0

    def write(self, text: str) -> int:
        """Keep a text, and write what can be written."""
        if len(self._kept) >= KEPT_MAX:
            self._kept.popleft()
            self._dropped += 1
        self._kept.append(text)
        self.flush()
        return len(text)

    def flush(self) -> None:
        """Write what is kept, as far as the reader takes it."""
        try:
            self._flush()
        except OSError:
            self._kept.clear()

    def _flush(self) -> None:
        if self._dropped and self._is_ready():
            dropped, self._dropped = self._dropped, 0
            self._stream.write(f"[{dropped} pieces of the log were dropped here: nobody read them]\n")
        while self._kept and self._is_ready():
            text = self._kept.popleft()
            self._stream.write(text[:PIECE])
            self._stream.flush()
            if text[PIECE:]:
                self._kept.appendleft(text[PIECE:])

    def _is_ready(self) -> bool:
        return any(events & select.POLLOUT for _, events in self._ready.poll(0))
