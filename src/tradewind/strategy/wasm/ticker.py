"""The guard against guests that do not come back: a thread that counts the engine's epoch up, every ten milliseconds.

It counts in step with the clock on the wall, so that a busy machine delays a tick and loses none. It rests
while no guest is open.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TICK_SECONDS = 0.01


class Epochs(Protocol):
    """Has an epoch."""

    def increment_epoch(self) -> None:
        """Count it up."""
        ...


class Ticker:
    """One for each engine; `ticks` counts along with its epoch."""

    def __init__(self, engine: Epochs) -> None:
        self.ticks = 0
        self._engine = engine
        self._open = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Count one more guest; begin to tick with the first, and again in a process that was forked."""
        with self._lock:
            self._open += 1
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="wasm-ticker", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Count one guest less; the thread ends with the last."""
        with self._lock:
            self._open -= 1

    def _run(self) -> None:
        began, done = time.monotonic(), 0
        while True:
            time.sleep(TICK_SECONDS)
            due = int((time.monotonic() - began) / TICK_SECONDS)
            for _ in range(due - done):
                self._engine.increment_epoch()
                self.ticks += 1
            done = due
            with self._lock:
                if self._open <= 0:
                    self._thread = None
                    return


@contextlib.contextmanager
def at_most(seconds: float, interrupt: Callable[[], object]) -> Iterator[None]:
    """Run a block, and call `interrupt` from another thread if it takes longer than so many seconds."""
    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
