"""The session as its follower sees it: notified of new steps on standard input, told of progress on standard output.

A follower ignores signals, which are meant for the session, and goes on after the session was killed, until it has
written what the journal has.
"""

from __future__ import annotations

import logging
import os
import select
import signal
from typing import TYPE_CHECKING, Generic, TypeVar

import structlog

if TYPE_CHECKING:
    from tradewind.runtime.followers.frames import Codec

M = TypeVar("M")


class Parent(Generic[M]):
    """The session at the other end of both pipes. Creating it takes standard input and output over."""

    def __init__(self, codec: Codec[M]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        self._codec = codec
        self._notices = 0
        self._replies = os.dup(1)
        os.dup2(2, 1)  # what a library prints must not be mistaken for a message
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))  # the session logs
        self._pid = os.getppid()
        self._is_listening = True

    def poll(self, seconds: float) -> bytes | None:
        """Wait for notices of the session; return b"" after `seconds`, None when it has hung up or is dead."""
        if select.select([self._notices], [], [], seconds)[0]:
            return os.read(self._notices, 65_536) or None
        return b"" if os.getppid() == self._pid else None

    def tell(self, message: M) -> None:
        """Send a message; if the session is dead, do nothing."""
        if self._is_listening:
            try:
                self._codec.send(self._replies, message)
            except OSError:
                self._is_listening = False
