"""A standby: everything is loaded and checked, but nothing begins before the account's lease is free.

It takes over however the lease ends: the engine died, stood still past its time, or was stopped in order. So whoever
wants trading to stop stops the standby first.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from typing import TYPE_CHECKING

from tradewind.domain.errors import LeaseHeld, LeaseUnreachable
from tradewind.runtime.lease import LeaseKeeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from tradewind.app.session.following import SessionFollower
    from tradewind.runtime.lease import Lease
    from tradewind.runtime.notify import Notify

LOOK_SECONDS = 0.25
"""How often it looks whether the lease is free."""


class Standby:
    """Waits for a lease in the place of a start that would be refused."""

    def __init__(self, tell: Callable[[str], None], notify: Notify, *, handle_signals: bool = True) -> None:
        self._tell = tell
        self._notify = notify
        self._handles_signals = handle_signals and threading.current_thread() is threading.main_thread()
        self._told = ""
        self.is_stopped = False
        """Whether it was asked to end while it waited."""

    def take(self, lease: Lease, follower: SessionFollower) -> LeaseKeeper:
        """Wait until the lease can be taken, and keep it; `KeyboardInterrupt` if a signal ends the wait.

        Meanwhile `follower` follows the session that holds it. A first signal ends the wait at its next look, not in
        the middle of a call: a library may make another error of it. A second one interrupts.
        """
        with self._signals():
            while not self._taken(lease):
                follower.look()
                self._notify.send("WATCHDOG=1")
                time.sleep(LOOK_SECONDS)
                self._end_if_stopped()
            if self.is_stopped:
                lease.release()
                self._end_if_stopped()
        keeper = LeaseKeeper(lease).start()
        self._say(f"taking over {lease.account}, token {lease.token}")
        return keeper

    def _taken(self, lease: Lease) -> bool:
        try:
            lease.take()
        except (LeaseHeld, LeaseUnreachable) as error:
            self._say(f"waiting: {error.message}")
            return False
        return True

    def _say(self, text: str) -> None:
        """Tell what is new; that it waits is all that systemd can ask of it, so it is ready."""
        if text != self._told:
            self._told = text
            self._tell(text)
            self._notify.send("READY=1", f"STATUS=standby, {text}")

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        if not self._handles_signals:
            yield
            return
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the form of a handler
        if self.is_stopped:
            raise KeyboardInterrupt
        self.is_stopped = True

    def _end_if_stopped(self) -> None:
        if self.is_stopped:
            raise KeyboardInterrupt
