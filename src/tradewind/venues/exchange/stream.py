"""A client's end of a link, over all the connections that it takes: connect, be welcomed, take what comes."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import VenueProtocolError, VenueRefused, VenueUnavailable
from tradewind.venues.exchange.framing import Unpacker, server_words
from tradewind.venues.exchange.link import Link
from tradewind.venues.exchange.protocol import Denied, Welcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.venues._net.address import Address
    from tradewind.venues.exchange.protocol import Frame, Hello

CONNECT_SECONDS = 5.0


class Channel:
    """One link of a client's; what comes waits here to be taken, by one reader."""

    def __init__(self, address: Address, dead_seconds: float) -> None:
        self._address = address
        self._dead_seconds = dead_seconds
        self._link: Link | None = None
        self._items: deque[Any] = deque()
        self._own: deque[Any] = deque()
        """What our own side has to say on this link; it outlives connections."""
        self._waiter: asyncio.Future[None] | None = None
        self._why = "never connected"

    @property
    def is_up(self) -> bool:
        """Whether what is sent now may arrive."""
        return self._link is not None and self._link.is_up

    async def open(self, hello: Hello) -> Welcome:
        """Connect and be welcomed; raise `VenueUnavailable`, or `VenueRefused` if trying again will not help."""
        self._items.clear()
        self._link = await connect(self._address, self._make)
        self._link.send(hello)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                word = await self.next(own=False)
        except TimeoutError:
            self.close("it was silent")
            raise VenueUnavailable(f"the exchange at {self._address} does not answer") from None
        if isinstance(word, Denied):
            self.close(word.reason)
            raise VenueRefused(word.reason, {"code": word.code})
        if not isinstance(word, Welcome):
            self.close("no welcome")
            raise VenueProtocolError(
                f"the exchange at {self._address} does not say hello", {"said": type(word).__name__}
            )
        return word

    def send(self, frame: Frame) -> None:
        """Send a frame; on a link that is down it goes nowhere."""
        if self._link is not None:
            self._link.send(frame)

    def put(self, item: object) -> None:
        """Put something of our own among what is taken; it goes first."""
        self._own.append(item)
        self._wake()

    @property
    def has_own(self) -> bool:
        """Whether something of our own waits to be taken."""
        return bool(self._own)

    async def next(self, *, own: bool = True) -> Any:  # noqa: ANN401 - a word of the exchange's, or our own
        """Return the next word; raise `VenueUnavailable` when the link is gone and all is taken."""
        while True:
            if own and self._own:
                return self._own.popleft()
            if self._items:
                return self._items.popleft()
            if not self.is_up:
                raise VenueUnavailable(f"the link to the exchange at {self._address} broke: {self._why}")
            await self._wait()

    async def next_own(self) -> Any:  # noqa: ANN401 - what was put
        """Return what is our own, as long as there is no link."""
        while not self._own:
            await self._wait()
        return self._own.popleft()

    async def _wait(self) -> None:
        assert self._waiter is None, "a channel has one reader"
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def close(self, why: str) -> None:
        """Let the connection go; what it still says is not heard."""
        link, self._link, self._why = self._link, None, why
        if link is not None:
            link.close(why)
        self._wake()

    def _make(self) -> Link:
        return Link(Unpacker(server_words), self._hear, self._lost, dead_seconds=self._dead_seconds)

    def _hear(self, link: Link, word: Any) -> None:  # noqa: ANN401 - a word of the exchange's
        if self._link is None or link is self._link:
            self._items.append(word)
            self._wake()

    def _lost(self, link: Link, why: str) -> None:
        if link is self._link:
            self._link, self._why = None, why
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def connect(address: Address, make: Callable[[], Link]) -> Link:
    """Open a link; raise `VenueUnavailable` if nobody answers: nothing was sent then."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            if address.socket:
                _, link = await loop.create_unix_connection(make, address.socket)
            else:
                _, link = await loop.create_connection(make, "127.0.0.1", address.port)
    except (OSError, TimeoutError) as error:
        raise VenueUnavailable(f"the exchange at {address} cannot be reached: {error}") from error
    return link
