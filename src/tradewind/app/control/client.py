"""The client of the control API: one call over a local connection, with what the standard library has."""

from __future__ import annotations

import http.client
import json
import socket
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import CallRejected, NoEngine

if TYPE_CHECKING:
    from tradewind.app.control.address import Door

GRACE_SECONDS = 5.0
"""An answer may come so long after the time that the command itself has."""
READ_SECONDS = 5.0


class Client:
    """Calls one session."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def read(self, path: str, seconds: float = READ_SECONDS) -> Any:  # noqa: ANN401 - plain data
        """Return what is at a path; raise `NoEngine` if nobody answers, `CallRejected` if we are not let in."""
        status, body = self._call("GET", path, None, seconds)
        if status not in (200, 503):
            raise CallRejected(_message(body), status)
        return json.loads(body)

    def text(self, path: str, seconds: float = READ_SECONDS) -> str:
        """Return the text at a path."""
        status, body = self._call("GET", path, None, seconds)
        if status != 200:
            raise CallRejected(_message(body), status)
        return body.decode()

    def command(self, name: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - as the command takes them
        """Say a command and return its answer; `NoEngine` if nobody answers, `CallRejected` if it makes no sense."""
        said = {key: value for key, value in fields.items() if value is not None}
        patience = float(said.get("timeout_seconds", 60.0)) + GRACE_SECONDS
        status, body = self._call("POST", f"/commands/{name}", json.dumps(said, default=str).encode(), patience)
        answer = json.loads(body)
        if status == 504:
            raise NoEngine(_message(body))
        if "error" in answer:
            raise CallRejected(_message(body), status)
        return dict(answer)

    def _call(self, method: str, path: str, body: bytes | None, seconds: float) -> tuple[int, bytes]:
        link = _Link(self._door, seconds)
        headers = {"Authorization": f"Bearer {self._door.token}", "Content-Type": "application/json"}
        try:
            link.request(method, path, body, headers)
            answer = link.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            why = "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
            raise NoEngine(f"the session {self._door.session} does not answer at {self._door.told}: {why}") from error
        finally:
            link.close()


class _Link(http.client.HTTPConnection):
    """A connection to a port of this machine, or to a Unix socket."""

    def __init__(self, door: Door, seconds: float) -> None:
        super().__init__("127.0.0.1", door.port or None, timeout=seconds)
        self._path = door.socket

    def connect(self) -> None:
        """Connect."""
        if not self._path:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return "an answer that makes no sense"
