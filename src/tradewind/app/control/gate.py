"""The gate of the control API: who is let in, how much is read, and a line in the audit file for every call.

A call must name this machine as its host, come from no other origin, carry the session's token, and have a small JSON
body. Whoever fails is told why with a typed error, and nothing else is done.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import CallRejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.app.control.audit import Audit

BODY_BYTES_MAX = 65_536
ADDRESS_MAX = 2_000
HOSTS = ("127.0.0.1", "localhost", "[::1]", "tradewind")
OPEN_PATHS = ("/livez", "/readyz")
"""Say yes or no without a token: probes have none."""
Headers = dict[str, str]


class Gate:
    """An ASGI application around another one."""

    def __init__(self, inner: Any, token: str, audit: Audit, clock: Callable[[], int]) -> None:  # noqa: ANN401 - ASGI
        self._inner = inner
        self._token = token
        self._audit = audit
        self._clock = clock

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        """Take one call."""
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        call = {"ts": self._clock(), "method": scope["method"][:16], "path": scope["path"][:200], "status": 0}

        async def sending(message: Any) -> None:  # noqa: ANN401
            if message["type"] == "http.response.start":
                call["status"] = message["status"]
                self._audit.write(call)  # before anybody can know of it
            await send(message)

        try:
            self._check(scope, headers)
            body = await _body(headers, receive)
            call |= _told(body)
        except CallRejected as error:
            call["refused"] = error.message
            await refuse(sending, error.status, type(error).__name__, error.message)
        else:
            await self._inner(scope, _once(body, receive), sending)
        finally:
            if not call["status"]:
                self._audit.write(call)

    def _check(self, scope: Any, headers: Headers) -> None:  # noqa: ANN401
        """Raise `CallRejected` for a call that is not let in."""
        if len(scope["path"]) + len(scope["query_string"]) > ADDRESS_MAX:
            raise CallRejected(f"an address has {ADDRESS_MAX} characters at the most", 414)
        host = headers.get("host", "")
        if host.rpartition(":")[0] not in HOSTS and host not in HOSTS:
            raise CallRejected("the host of this call is not this machine", 421)
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{host}":
            raise CallRejected("calls from other origins are refused", 403)
        if scope["path"] in OPEN_PATHS and scope["method"] in ("GET", "HEAD"):
            return
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not hmac.compare_digest(token.encode(), self._token.encode()):
            raise CallRejected("a call needs the session's token: Authorization: Bearer …", 401)
        if (
            scope["method"] == "POST"
            and scope["path"].startswith("/commands/")
            and headers.get("content-type", "").partition(";")[0].strip() != "application/json"
        ):
            raise CallRejected("a body is application/json", 415)


async def refuse(send: Any, status: int, kind: str, message: str) -> None:  # noqa: ANN401 - ASGI
    """Send an error as JSON."""
    body = json.dumps({"error": {"type": kind, "message": message}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"www-authenticate", b"Bearer")] * (status == 401)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _body(headers: Headers, receive: Any) -> bytes:  # noqa: ANN401 - ASGI
    """Read the whole body; raise `CallRejected` once it is too long."""
    said = headers.get("content-length", "0")
    if not said.isdecimal() or int(said) > BODY_BYTES_MAX:
        raise CallRejected(f"a body has {BODY_BYTES_MAX} bytes at the most", 413)
    parts, length = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise CallRejected("the call broke off")
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > BODY_BYTES_MAX:
            raise CallRejected(f"a body has {BODY_BYTES_MAX} bytes at the most", 413)
        if not message.get("more_body"):
            return b"".join(parts)


def _once(body: bytes, receive: Any) -> Any:  # noqa: ANN401 - ASGI
    told = False

    async def again() -> Any:  # noqa: ANN401
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _told(body: bytes) -> dict[str, Any]:
    """Return what the audit keeps of a body: what it says, if that is an object."""
    try:
        said = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return {"body": "not JSON"}
    return {"body": said} if isinstance(said, dict) and said else {}
