"""Tells systemd how a service stands, by its protocol: lines in a datagram to the socket that it names.

https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
"""

from __future__ import annotations

import socket

import structlog

log = structlog.get_logger(__name__)


class Notify:
    """Sends to the socket of `NOTIFY_SOCKET`; without an address, to nobody."""

    def __init__(self, address: str = "") -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket: socket.socket | None = None

    def send(self, *lines: str) -> bool:
        """Send what there is to tell, each `NAME=value` in one line; that nobody hears it is no reason to stop.

        Returns whether there is no more to do about it: it was taken, or there is nobody to tell. It never waits, so a
        socket whose reader is busy may not take it.
        """
        if not self._address:
            return True
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
                self._socket.settimeout(0)
            text = "\n".join(line.replace("\n", " ") for line in lines)
            self._socket.sendto(text.encode(), self._address)
        except OSError as error:
            log.warning("systemd was not told", error=str(error))
            return False
        return True

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
