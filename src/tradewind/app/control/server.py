"""Serves the control API in the loop of a session. Nothing is imported, and nothing runs, before somebody comes."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import time
from typing import TYPE_CHECKING, Any

import structlog

from tradewind.app.control.address import close_door, listening, open_door
from tradewind.app.control.audit import Audit
from tradewind.app.control.desk import Desk

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from tradewind.app.control.address import Door
    from tradewind.app.session.live_run import LiveRun

STOP_SECONDS = 1.0
CALLS_MAX = 64
"""Connections at once; more are told to come later."""
HEAD_BYTES_MAX = 16_384

log = structlog.get_logger(__name__)


class Control:
    """The control plane of one session: made before it runs, closed when it has ended."""

    def __init__(self, run: LiveRun) -> None:
        """Listen; raise `LocalError` if the address is not to be had."""
        self._home = run.files.folders.home
        self._listener = listening(run.config.control)
        self.door: Door = open_door(self._home, run.files.folders.id, self._listener)
        self._desk = Desk(run)
        self._audit = Audit(self._home)
        run.session.beside(self.serve)

    async def serve(self) -> None:
        """Serve until cancelled. A fault in here is logged, and ends the control API, never the session."""
        try:
            await _somebody(self._listener)
            module = await asyncio.to_thread(importlib.import_module, "tradewind.app.control.api")
            await asyncio.to_thread(importlib.import_module, "uvicorn")
            await self._serve(module.Api(self._desk).application())
        except Exception:
            log.exception("the control API has ended; the session goes on")

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()
        close_door(self._home, self.door)

    async def _serve(self, application: Any) -> None:  # noqa: ANN401 - ASGI
        import uvicorn

        from tradewind.app.control.gate import Gate

        class Server(uvicorn.Server):
            @contextlib.contextmanager
            def capture_signals(self) -> Iterator[None]:
                yield  # they are the session's

        gate = Gate(application, self.door.token, self._audit, time.time_ns)
        config = uvicorn.Config(
            gate, http="h11", ws="none", lifespan="off", loop="none", log_config=None, log_level="critical",
            access_log=False, server_header=False, date_header=False, limit_concurrency=CALLS_MAX,
            h11_max_incomplete_event_size=HEAD_BYTES_MAX, timeout_graceful_shutdown=int(STOP_SECONDS),
        )  # fmt: skip
        server = Server(config)
        try:
            await server.serve(sockets=[self._listener])
        finally:
            server.force_exit = True
            for each in server.servers:
                each.close()


async def _somebody(listener: socket.socket) -> None:
    """Wait until the first connection waits to be taken."""
    loop, came = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(listener.fileno(), came.set)
    try:
        await came.wait()
    finally:
        loop.remove_reader(listener.fileno())
