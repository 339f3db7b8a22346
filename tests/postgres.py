"""A PostgreSQL for tests, where this machine has one; without it they say that they are skipped."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import socket
import threading
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = os.environ.get("TRADEWIND_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")


def postgres() -> str:
    """Return the URL of a database of this process's own."""
    why, url = _database()
    if not url:
        pytest.skip(why)
    return url


@functools.cache
def _database() -> tuple[str, str]:
    try:
        import psycopg
        from psycopg import sql
    except ImportError:
        return "needs the extra sql", ""
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError as error:
        return f"needs PostgreSQL at {SERVER} (or TRADEWIND_TEST_POSTGRESQL): {str(error).splitlines()[0]}", ""
    name = f"tw_test_{uuid.uuid4().hex[:12]}"
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def drop() -> None:
        with psycopg.connect(SERVER, autocommit=True) as again:
            again.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    atexit.register(drop)
    return "", f"{SERVER.rpartition('/')[0]}/{name}"


class Line:
    """The way to a server, which a test can cut; `url` goes by it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._there = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        self.url = url.replace(f"{parts.hostname}:{parts.port}", f"127.0.0.1:{port}")
        self._open: list[socket.socket] = []
        self._is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End what is connected, and let nobody in."""
        self._is_cut = True
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()

    def mend(self) -> None:
        """Let new connections in."""
        self._is_cut = False

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listening.accept()
                if self._is_cut:
                    here.close()
                    continue
                there = socket.create_connection(self._there)
                self._open += [here, there]
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=_carry, args=(one, other), daemon=True).start()

    def close(self) -> None:
        """Take it down."""
        self.cut()
        self._listening.close()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def line_to(url: str) -> Iterator[Line]:
    """Lay a line to a server."""
    line = Line(url)
    try:
        yield line
    finally:
        line.close()
