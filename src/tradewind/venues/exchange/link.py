"""One link, at either end of it: frames in, frames out, and the knowledge whether it lives.

Knows nothing of what the frames mean, but for `Beat`: both ends say it every second, and a link on which
nothing was heard for `dead_seconds` is cut, however alive it looks.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tradewind.domain.errors import VenueProtocolError
from tradewind.venues.exchange.framing import packed
from tradewind.venues.exchange.protocol import Beat

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.venues.exchange.framing import Unpacker
    from tradewind.venues.exchange.protocol import Frame

BEAT_SECONDS = 1.0


class Link(asyncio.Protocol):
    """A connection that has been made, or is about to be; `hear` and `lost` are called by the loop."""

    def __init__(
        self,
        unpacker: Unpacker,
        hear: Callable[[Link, Any], None],
        lost: Callable[[Link, str], None],
        *,
        dead_seconds: float,
        beat: Callable[[], Beat | None] = Beat,
    ) -> None:
        self._unpacker = unpacker
        self._hear = hear
        self._lost = lost
        self._dead_seconds = dead_seconds
        self._beat = beat
        self._transport: asyncio.Transport | None = None
        self._heard = self._due = 0.0
        self._alarm: asyncio.TimerHandle | None = None
        self._why = "the other side closed it"

    @property
    def is_up(self) -> bool:
        """Whether what is sent now may arrive."""
        return self._transport is not None and not self._transport.is_closing()

    def send(self, frame: Frame) -> None:
        """Send a frame; on a link that is down it goes nowhere."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(packed(frame))

    def close(self, why: str = "we closed it") -> None:
        """Cut the link, after what was sent."""
        if self._transport is not None and not self._transport.is_closing():
            self._why = why
            self._transport.close()

    def cut(self, why: str) -> None:
        """Cut the link at once: what was sent and has not left is lost."""
        if self._transport is not None and not self._transport.is_closing():
            self._why = why
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin: be told by the loop that the link stands."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._heard = asyncio.get_running_loop().time()
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take bytes, whole frames or pieces of them."""
        self._heard = asyncio.get_running_loop().time()
        try:
            for frame in self._unpacker.feed(data):
                self._hear(self, frame)
        except VenueProtocolError as error:
            self.cut(str(error))

    def connection_lost(self, error: Exception | None) -> None:
        """End: be told by the loop that the link is gone."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._transport = None
        self._lost(self, self._why if error is None else f"{self._why} ({error})")

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() - self._due > BEAT_SECONDS:
            self._heard = loop.time()  # it was we who were away: what came meanwhile is still to be read
        silence = loop.time() - self._heard
        if silence > self._dead_seconds:
            self.cut(f"nothing was heard for {silence:.1f} s")
            return
        beat = self._beat()
        if beat is not None:
            self.send(beat)
        self._wait()

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + BEAT_SECONDS
        self._alarm = loop.call_at(self._due, self._tick)
