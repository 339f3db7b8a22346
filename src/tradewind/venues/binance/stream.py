"""Market data of Binance's (port `MarketData`): one combined connection, its gaps filled, replaced before it ends.

Closed bars come each once and in order: what a connection missed is asked for over REST before the first bar that
follows it. A connection that was announced to end, or is old, is replaced by one that delivers already, and what both
say is told once. A subscription that is silent too long is named, and the connection opened anew.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.domain.errors import VenueProtocolError, VenueUnavailable
from tradewind.domain.market import Bar, BookDelta, Quote, Trade
from tradewind.domain.time import NS_PER_DAY, NS_PER_SECOND
from tradewind.venues._net import socket as net
from tradewind.venues._net.freshness import Freshness
from tradewind.venues.binance.in_order import InOrder
from tradewind.venues.binance.parse_market import MarketParser
from tradewind.venues.binance.watch import Watch, steady_ns
from tradewind.venues.binance.wire_account import StreamEnded
from tradewind.venues.binance.wire_market import Control

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.ports import Ear
    from tradewind.venues._net.offset import VenueClock
    from tradewind.venues._net.socket import Socket
    from tradewind.venues.binance.history import Klines
    from tradewind.venues.binance.in_order import BookOf
    from tradewind.venues.binance.policy import Patience

GROUP = 100
"""So many streams are asked for with one word."""
OVERLAP_SECONDS = 0.5
UNREAD_MAX = 10
"""After so many frames in a row that are not as documented, a connection is opened anew."""
AHEAD_NS = NS_PER_DAY
"""A venue whose clock is ahead of what we know of it moves our idea of its time; one that errs by a day does not."""
WATCHED = ("kline_", "bookTicker", "depth", "markPrice")
"""What comes even when nobody trades; a stream of trades may be silent for long."""
_TIMED = (Bar, Trade, BookDelta, Quote)
log = structlog.get_logger(__name__)


class BinanceMarket:
    """The market data of a session's instruments."""

    def __init__(  # noqa: PLR0913 - where from, what, how
        self,
        url: str,
        streams: Sequence[str],
        instruments: dict[str, InstrumentId],
        clock: VenueClock,
        *,
        klines: Klines | None,
        patience: Patience,
        wanted: Callable[[MarketEvent], bool] = lambda _: True,
        book_of: BookOf | None = None,
    ) -> None:
        """Make it for `streams` (`btcusdt@kline_1m`) of these symbols; `klines` says what bars are known already.

        Without `klines` no bar is asked for: for connections that carry none.
        """
        self._url = f"{url}/stream"
        self._streams = tuple(streams)
        self._parser = MarketParser(instruments)
        self._clock = clock
        self._order = InOrder(klines, clock, wanted, book_of)
        self._patience = patience
        self.malformed = 0
        """How many frames were not as documented."""
        self._unread = 0
        """How many of the last ones, without one between them that was."""
        self._ear: Ear | None = None

    def tell(self, ear: Ear) -> None:
        """Tell `ear` what nothing has to be fetched for, in the moment it comes (port `PromptMarketData`)."""
        self._ear = ear

    async def stream(self) -> AsyncIterator[MarketEvent | None]:
        """Yield what happens; raise `VenueUnavailable` when the connection breaks or falls silent."""
        socket = await self._opened()
        try:
            async for bar in self._order.missed():
                yield bar
            while True:
                watch = Watch(socket, self._fresh(), self._patience)
                try:
                    async for event in self._until_the_end(socket, watch):
                        yield event
                finally:
                    watch.stop()
                    socket.tell(None)
                old, socket = socket, await self._opened()
                async for event in self._overlapping(old, socket):
                    yield event
        finally:
            self._order.close()
            await socket.close()

    def last_price(self, instrument: InstrumentId) -> float | None:
        """Return the last price that was told; None before the first."""
        return self._order.last.get(instrument)

    async def _opened(self) -> Socket:
        socket = await net.connect(self._url)
        try:
            for number, group in enumerate(_batched(self._streams), 1):
                word = {"method": "SUBSCRIBE", "params": group, "id": number}
                socket.send(msgspec.json.encode(word))
                if number * GROUP < len(self._streams):
                    await asyncio.sleep(self._patience.pace_seconds)
        except BaseException:
            await socket.close()
            raise
        return socket

    def _fresh(self) -> Freshness:
        watched = [name for name in self._streams if name.partition("@")[2].startswith(WATCHED)]
        return Freshness(watched, int(self._patience.silent_seconds * NS_PER_SECOND), steady_ns())

    async def _until_the_end(self, socket: Socket, watch: Watch) -> AsyncIterator[MarketEvent]:
        """Yield what a connection says, until it is to be replaced."""
        if self._ear is not None:
            socket.tell(lambda frame: self._tell_now(frame, watch))
        while not watch.is_old:
            frame, malformed = await socket.receive(), self.malformed
            said = self._read(frame)
            if isinstance(said, StreamEnded):
                return
            if malformed != self.malformed:
                continue  # a stream of which nothing can be read is silent
            stream = self._parser.stream
            watch.fresh.heard(stream, steady_ns())
            if said is None:
                continue
            tell = self._order.at_once(said, stream)
            if tell:
                yield said
            elif tell is None:
                async for event in self._order.pass_on(said, stream):
                    yield event

    def _tell_now(self, frame: bytes, watch: Watch) -> bool:
        """Tell what a frame says in this moment; False, and nothing done, if it is for `_until_the_end`."""
        assert self._ear is not None
        if watch.is_old:
            return False
        try:
            said = self._parser.read(frame, now := self._clock.now())
        except VenueProtocolError:
            return False
        if isinstance(said, (Control, StreamEnded)):
            return False
        stream = self._parser.stream
        if said is not None:
            if not self._ear.is_ready_for(said):
                return False
            said = self._timed(said, now)
            tell = self._order.at_once(said, stream)
            if tell is None:
                return False
            if tell:
                self._ear.hear(said)
        self._unread = 0
        watch.fresh.heard(stream, steady_ns())
        return True

    async def _overlapping(self, old: Socket, new: Socket) -> AsyncIterator[MarketEvent]:
        """Yield what the old connection still says while the new one begins to deliver, then what the new one said."""
        try:
            first = await new.receive()
            while True:
                try:
                    async with asyncio.timeout(OVERLAP_SECONDS):
                        frame = await old.receive()
                except (TimeoutError, VenueUnavailable):
                    break
                said = self._read(frame)
                if isinstance(said, StreamEnded) or said is None:
                    continue
                async for event in self._order.pass_on(said, self._parser.stream):
                    yield event
        finally:
            await old.close()
        said = self._read(first)
        if said is not None and not isinstance(said, StreamEnded):
            async for event in self._order.pass_on(said, self._parser.stream):
                yield event

    def _read(self, frame: bytes) -> MarketEvent | StreamEnded | None:
        """Read a frame; one that is not as documented is counted and told in the log."""
        try:
            said = self._parser.read(frame, now := self._clock.now())
        except VenueProtocolError as error:
            self.malformed += 1
            self._unread += 1
            log.warning(error.message, **error.context)
            if self._unread < UNREAD_MAX:
                return None
            self._unread = 0
            raise VenueUnavailable(f"{UNREAD_MAX} messages in a row that cannot be read") from None
        self._unread = 0
        if isinstance(said, Control):
            trouble = said.error.msg if said.error is not None else said.msg
            if trouble:
                raise VenueUnavailable(f"streams were refused: {trouble}")
            return None
        return said if said is None or isinstance(said, StreamEnded) else self._timed(said, now)

    def _timed(self, said: MarketEvent, now: TimeNs) -> MarketEvent:
        """Return what was said, no earlier than it happened."""
        if isinstance(said, _TIMED) and now < said.ts_venue < now + AHEAD_NS:
            return msgspec.structs.replace(said, ts_recv=self._clock.arrive(said.ts_venue))
        return said


def _batched(names: Sequence[str]) -> list[Sequence[str]]:
    return [names[first : first + GROUP] for first in range(0, len(names), GROUP)]
