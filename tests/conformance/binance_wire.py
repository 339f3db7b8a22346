"""A client of Binance's protocol for tests: signs as the documentation says, and reads nothing into the answers."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    import aiohttp

    from tests.conformance.venue import Venue


WINDOW_MS = 60_000
"""As long as may be: how late a request comes is the machine's affair."""


class Wire:
    """Signed and plain requests to one exchange."""

    def __init__(self, session: aiohttp.ClientSession, venue: Venue) -> None:
        self._session = session
        self._venue = venue
        self.base = f"http://127.0.0.1:{venue.port}"
        self.sockets = f"ws://127.0.0.1:{venue.port}"
        self.headers: dict[str, str] = {}
        """Those of the last answer."""

    async def ask(self, method: str, path: str, **params: Any) -> tuple[int, Any]:
        """Send a plain request; return status and body."""
        return await self.send(method, f"{path}?{urlencode(params)}" if params else path)

    async def signed(self, method: str, path: str, **params: Any) -> tuple[int, Any]:
        """Send a signed request, all in the query; return status and body."""
        query = urlencode({"timestamp": now_ms(), "recvWindow": WINDOW_MS, **params})
        return await self.send(method, f"{path}?{query}&signature={self.signature(query)}", key=self._venue.key)

    async def send(self, method: str, target: str, body: str = "", key: str | None = None) -> tuple[int, Any]:
        """Send what is given, as it is."""
        from yarl import URL

        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        if key is not None:
            headers["X-MBX-APIKEY"] = key
        url = URL(self.base + target, encoded=True)
        async with self._session.request(method, url, data=body or None, headers=headers) as answer:
            self.headers = {name.lower(): value for name, value in answer.headers.items()}
            return answer.status, json.loads(await answer.read())

    def signature(self, payload: str) -> str:
        """Sign a payload with the account's secret."""
        return hmac.new(self._venue.secret.encode(), payload.encode(), hashlib.sha256).hexdigest()

    def request(self, method: str, number: int = 1, **params: Any) -> dict[str, Any]:
        """Return a signed request of the WebSocket API."""
        sent = {"apiKey": self._venue.key, "timestamp": now_ms(), "recvWindow": WINDOW_MS, **params}
        payload = "&".join(f"{name}={value}" for name, value in sorted(sent.items()))
        return {"id": number, "method": method, "params": {**sent, "signature": self.signature(payload)}}


def now_ms() -> int:
    """Return the time of this machine."""
    return time.time_ns() // 1_000_000
