"""SIGINT and SIGTERM as words to a session: the first asks for an orderly end, the second ends it at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.runtime.live import LiveSession


@contextlib.contextmanager
def stop_signals(session: LiveSession, *, enabled: bool) -> Iterator[None]:
    """Have SIGINT and SIGTERM ask for an orderly end while the session runs."""
    loop = asyncio.get_running_loop()
    wanted = (signal.SIGINT, signal.SIGTERM) if enabled else ()
    for number in wanted:
        loop.add_signal_handler(number, session.stop, signal.Signals(number).name)
    try:
        yield
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)
