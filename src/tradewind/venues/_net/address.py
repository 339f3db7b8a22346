"""Where an exchange is: a Unix socket, or a port of this machine. Nothing of it goes over a network: it has no keys."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SOCKET_PATH_MAX = 100
"""Linux takes 107 bytes, macOS 103; a longer path fails with an error that nobody understands."""


@dataclass(frozen=True)
class Address:
    """One of the two: the path of a socket, or a port at the loopback address."""

    socket: str = ""
    port: int = 0

    def __str__(self) -> str:
        return self.socket or f"tcp://127.0.0.1:{self.port}"


def parse_address(socket: str | None, url: str | None) -> Address:
    """Return the address; raise `ValueError` that says what is wrong with it."""
    if (socket is None) == (url is None):
        raise ValueError("say where the exchange is: socket (a path) or url (tcp://127.0.0.1:PORT), one of them")
    if socket is not None:
        if len(socket.encode()) > SOCKET_PATH_MAX:
            raise ValueError(f"the path of a socket may have {SOCKET_PATH_MAX} bytes: {socket}")
        return Address(socket=socket)
    parts = urlsplit(url or "")
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "tcp" or port is None:
        raise ValueError(f"an url is like tcp://127.0.0.1:7777, not {url}")
    if parts.hostname not in LOOPBACK:
        raise ValueError(f"an exchange is reached on this machine alone (127.0.0.1), not at {parts.hostname}")
    return Address(port=port)
