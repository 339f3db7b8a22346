"""Requests over REST that do not make a loop wait: one goes out, what came back is told, and whether it can have left.

Nothing is asked twice here. Texts of errors have no address and no key in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import ConfigError, VenueTimeout, VenueUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    import aiohttp

CONNECT_SECONDS = 10.0
BODY_BYTES_MAX = 16 << 20


class Web:
    """The REST door of a venue."""

    def __init__(self, base_url: str, answer_seconds: float) -> None:
        self._base_url = base_url.rstrip("/")
        self._answer_seconds = answer_seconds
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, verb: str, target: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers (names in lower case) and body.

        Raises `VenueUnavailable` if it has not left for sure, `VenueTimeout` if somebody may have read it.
        """
        import aiohttp
        from yarl import URL

        try:
            session = self._opened()
            url = URL(self._base_url + target, encoded=True)  # the very bytes that were signed
            async with session.request(verb, url, headers=dict(headers), allow_redirects=False) as answer:
                body = await answer.content.read(BODY_BYTES_MAX)
                return answer.status, {name.lower(): value for name, value in answer.headers.items()}, body
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise VenueUnavailable(f"REST cannot be reached: {type(error).__name__}") from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise VenueTimeout(f"no answer over REST: {type(error).__name__}", left=True) from None

    async def close(self) -> None:
        """Let the connections go."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            try:
                import aiohttp
            except ImportError:
                raise ConfigError("connections need an extra: pip install 'tradewind[binance]'") from None
            # A connection that was kept may be closed as we write on it: then nobody knows. So none is kept.
            times = aiohttp.ClientTimeout(total=self._answer_seconds, sock_connect=CONNECT_SECONDS)
            connector: Any = aiohttp.TCPConnector(force_close=True)
            self._session = aiohttp.ClientSession(timeout=times, connector=connector)
        return self._session
