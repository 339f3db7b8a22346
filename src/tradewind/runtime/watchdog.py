"""Notices a loop that does not turn, and says where it hangs; tells systemd as long as it turns."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from typing import TYPE_CHECKING

import structlog

from tradewind.domain.time import NS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.runtime.notify import Notify

log = structlog.get_logger(__name__)


class Pulse:
    """The signs of life of a loop: `beat` is called on each turn, from its own thread."""

    def __init__(self, steady_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._steady_ns = steady_ns
        self._latest: int | None = None
        self.thread = 0
        """The thread that turns, once it has."""

    def beat(self) -> None:
        """Give a sign of life."""
        self._latest = self._steady_ns()
        self.thread = self.thread or threading.get_ident()

    def stop(self) -> None:
        """Turn no more, on purpose."""
        self._latest = None

    @property
    def silent_seconds(self) -> float:
        """For how long there was no sign; 0 before the first and after the end."""
        latest = self._latest
        return 0.0 if latest is None else (self._steady_ns() - latest) / NS_PER_SECOND


class Watchdog:
    """A thread that looks at a pulse."""

    def __init__(
        self, pulse: Pulse, seconds: float, notify: Notify, *, hung: Callable[[str], None], feed_seconds: float | None
    ) -> None:
        self._pulse = pulse
        self._seconds = seconds
        self._notify = notify
        self._hung = hung
        self._pause = min(seconds / 4, 1.0, feed_seconds or 1.0)
        self._ended = threading.Event()
        self._told = self._is_known = False
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    @property
    def turns(self) -> bool:
        """Whether the loop turns, or need not."""
        return self._pulse.silent_seconds < self._seconds

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Look once: feed systemd's own watchdog, or say where the loop hangs and call `hung`, once each time.

        Systemd is told of it again until it has taken the word: its socket may be full of what it was fed.
        """
        if self.turns:
            self._told = self._is_known = False
            self._notify.send("WATCHDOG=1")
            return
        if not self._is_known:
            self._is_known = self._notify.send(f"STATUS=hung: the loop has not turned for {self._seconds:g} s")
        if not self._told:
            self._told = True
            where = stack_of(self._pulse.thread)
            log.error("the loop does not turn", seconds=round(self._pulse.silent_seconds, 1), where=where)
            self._hung(where)

    def _watch(self) -> None:
        while not self._ended.wait(self._pause):
            self.look()


def stack_of(thread: int) -> str:
    """Return where a thread is, the innermost call last."""
    frame = sys._current_frames().get(thread)  # noqa: SLF001 - the documented way
    return "the thread is gone" if frame is None else "".join(traceback.format_stack(frame)).rstrip()
