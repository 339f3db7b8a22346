"""What a connection says, each once and in order: bars after those that are missing before them, numbers that rise."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from tradewind.data.book import Depth
from tradewind.domain.errors import VenueUnavailable
from tradewind.domain.market import Bar, BookDelta, FundingRate, Trade

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import BookSnapshot, MarketEvent
    from tradewind.ports import Clock
    from tradewind.venues.binance.history import Klines


class BookOf(Protocol):
    """Asks for whole books; what it raises ends the connection."""

    def __call__(self, instrument: InstrumentId) -> BookSnapshot:
        """Return the book of an instrument."""
        ...

    def close(self) -> None:
        """Let go of what it asks over."""
        ...


BOOK_TRIES, BOOK_PAUSE_SECONDS = 8, 0.25


class InOrder:
    """Lets through what was not told before."""

    def __init__(
        self,
        klines: Klines | None,
        clock: Clock,
        wanted: Callable[[MarketEvent], bool],
        book_of: BookOf | None = None,
    ) -> None:
        """Make it; without `book_of`, changes of books are told as they come, and nobody asks for a whole one."""
        self._book_of = book_of
        self._books: dict[InstrumentId, Depth] = {}
        self._klines = klines
        self._clock = clock
        self._wanted = wanted
        self._told: dict[str, int] = {}
        """The last trade or change of a book of each stream, by its number."""
        self._rates: dict[InstrumentId, tuple[float, int]] = {}
        """The funding rate of each instrument that was told last; it comes every few seconds."""
        self.last: dict[InstrumentId, float] = {}
        """The last price of each instrument."""

    def at_once(self, event: MarketEvent, stream: str) -> bool | None:
        """Return whether to tell an event of a stream now; None if others come before it, which `pass_on` fetches."""
        if type(event) is Bar:
            assert self._klines is not None, "bars are asked for where they are kept"
            if self._klines.is_known(event):
                return False
            if self._klines.lacks(event):
                return None
            self._klines.take(event)
            self.last[event.instrument] = event.close
        elif type(event) is BookDelta and self._book_of is not None:
            return None
        elif self._is_repeated(event, stream):
            return False
        return self._wanted(event)

    async def pass_on(self, event: MarketEvent, stream: str) -> AsyncIterator[MarketEvent]:
        """Yield an event of a stream, after the bars that are missing before it; nothing if it was told before."""
        tell = self.at_once(event, stream)
        if tell is None and isinstance(event, Bar):
            async for bar in self.missed(event):
                yield bar
            event = replace(event, ts_recv=self._clock.now())  # it was read before them, and is told after them
            tell = self.at_once(event, stream)
            if tell is None:  # the venue has not what is missing: a gap
                assert self._klines is not None
                self._klines.take(event)
                self.last[event.instrument] = event.close
                tell = self._wanted(event)
        elif tell is None:
            assert isinstance(event, BookDelta)
            assert self._book_of is not None
            async for told in self._in_sync(event, self._book_of):
                yield told
        if tell:
            yield event

    async def missed(self, before: Bar | None = None) -> AsyncIterator[MarketEvent]:
        """Yield the closed bars that nobody told, of all instruments or of that of one bar."""
        if self._klines is None:
            return
        for bar in await asyncio.to_thread(self._klines.missing, self._clock.now(), before):
            if self._klines.is_known(bar):
                continue
            self._klines.take(bar)
            self.last[bar.instrument] = bar.close
            if self._wanted(bar):
                yield replace(bar, ts_recv=self._clock.now())  # those of several symbols were read one after another

    async def _in_sync(self, event: BookDelta, book_of: BookOf) -> AsyncIterator[MarketEvent]:
        """Yield a change of a book that fits; before the first, after a hole and when crossed, a whole book first.

        The change that shows the hole is told as well: who hears it knows that the book is none until the next one.
        """
        book = self._books.setdefault(event.instrument, Depth())
        if event.last_id <= book.last_id and book.valid:
            return
        if book.valid:
            book.change(event)
            yield event
        for attempt in range(BOOK_TRIES):
            if book.valid:
                return
            await asyncio.sleep(BOOK_PAUSE_SECONDS * attempt)
            whole = await asyncio.to_thread(book_of, event.instrument)
            if whole.last_id + 1 < event.first_id:
                continue  # older than the first change that we have
            book.start(whole)
            yield whole
            if event.last_id > whole.last_id:
                book.change(event)
                yield replace(event, ts_recv=whole.ts_recv)
        raise VenueUnavailable(f"no book of {event.instrument} that fits its changes")

    def close(self) -> None:
        """Let go of the connections for questions."""
        for each in (self._klines, self._book_of):
            if each is not None:
                each.close()

    def _is_repeated(self, event: MarketEvent, stream: str) -> bool:
        if type(event) is FundingRate:
            told = (event.rate, event.ts_venue)
            known, self._rates[event.instrument] = self._rates.get(event.instrument), told
            return known == told
        if isinstance(event, Trade):
            number = int(event.trade_id)
        elif isinstance(event, BookDelta):
            number = event.last_id
        else:
            return False
        if number <= self._told.get(stream, -1):
            return True
        self._told[stream] = number
        if type(event) is Trade:
            self.last[event.instrument] = event.price
        return False
