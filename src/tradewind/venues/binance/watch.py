"""Watches over one connection of market data: whether it lives, whether each of its streams does, how old it is."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.venues._net.freshness import Freshness
    from tradewind.venues._net.socket import Socket
    from tradewind.venues.binance.policy import Patience

WATCH_SECONDS = 1.0


def steady_ns() -> int:
    """Return the time of a clock that nobody sets."""
    return time.monotonic_ns()


class Watch:
    """Cuts a connection that is dead, or of which a stream is silent; tells when it is old."""

    def __init__(self, socket: Socket, fresh: Freshness, patience: Patience) -> None:
        self.fresh = fresh
        self._socket = socket
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._born = self._loop.time()
        self._timer = self._loop.call_later(WATCH_SECONDS, self._look)

    @property
    def is_old(self) -> bool:
        """Whether it is to be replaced."""
        return self._loop.time() - self._born >= self._patience.rotate_seconds

    def stop(self) -> None:
        """Watch no more."""
        self._timer.cancel()

    def _look(self) -> None:
        why = self.fresh.silent(steady_ns())
        if not why and self._socket.silent_seconds >= self._patience.dead_seconds:
            why = f"not even a ping for {self._socket.silent_seconds:.0f} s"
        if why:
            self._socket.abort(why)
            return
        self._timer = self._loop.call_later(WATCH_SECONDS, self._look)
