"""What is true of the market now: last prices, recent closed bars, books.

Bars come in order, each once: one that is not after the last of its series is told apart here, and
nobody downstream sees it. Windows are bounded; history beyond them is the catalog's.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from tradewind.data.book import Depth
from tradewind.data.quality import fault
from tradewind.domain.market import BookSnapshot, DataGap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar, BookDelta, Quote, Trade

HISTORY_BARS = 1_000
"""Closed bars kept for each instrument and interval, unless the session asks for another number."""

_INFINITY = math.inf


class InstrumentState:
    """What is known of one instrument."""

    __slots__ = ("book", "last_price", "priced_at", "series")

    def __init__(self) -> None:
        self.book = Depth()
        self.last_price: float | None = None
        self.priced_at = -1
        """The venue's time of the last price: a bar that is older than that does not bring it back."""
        self.series: dict[str, Series] = {}


class Series:
    """The closed bars of one instrument and interval: they come in order, each once."""

    __slots__ = ("bars", "next_open", "state")

    def __init__(self, state: InstrumentState, size_max: int) -> None:
        self.bars: deque[Bar] = deque(maxlen=size_max)
        self.state = state
        self.next_open = -1
        """When the next bar opens if none is missing; -1 before the first."""

    def take(self, bar: Bar) -> str | DataGap | None:
        """Take a closed bar: None if all is well, the hole before it, or in words why it cannot be taken."""
        opened, closed, expected = bar.ts_open, bar.ts_venue, self.next_open
        low, high, close = bar.low, bar.high, bar.close
        if not (
            0.0 < low <= close <= high < _INFINITY
            and low <= bar.open <= high
            and 0.0 <= bar.volume < _INFINITY
            and expected <= opened < closed
            and opened <= bar.ts_recv
        ):
            return fault(bar) or f"repeated or late: its series has come to {expected}"
        gap = None
        if opened != expected and expected >= 0:
            gap = DataGap(bar.instrument, bar.interval, expected, opened, bar.ts_recv)
        self.next_open = closed
        self.bars.append(bar)
        state = self.state
        if closed >= state.priced_at:
            state.last_price = close
            state.priced_at = closed
        return gap


class Market:
    """The state of all instruments of a session."""

    def __init__(self, instruments: Iterable[InstrumentId], history_bars: int = HISTORY_BARS) -> None:
        self.states = {instrument: InstrumentState() for instrument in instruments}
        self._history_bars = history_bars

    def series(self, instrument: InstrumentId, interval: str) -> Series:
        """Return the series of an instrument and interval, a new one at first; `KeyError` for a foreign instrument."""
        state = self.states[instrument]
        known = state.series.get(interval)
        if known is None:
            known = state.series[interval] = Series(state, self._history_bars)
        return known

    def take_bar(self, bar: Bar) -> str | DataGap | None:
        """Take a closed bar into its series; answers as `Series.take`."""
        return self.series(bar.instrument, bar.interval).take(bar)

    def take_quote(self, quote: Quote) -> None:
        """Take the middle of the best bid and ask as the last price."""
        if 0.0 < quote.bid <= quote.ask < _INFINITY:
            state = self.states[quote.instrument]
            state.last_price, state.priced_at = (quote.bid + quote.ask) / 2.0, quote.ts_venue

    def take_trade(self, trade: Trade) -> None:
        """Take an execution between others as the last price."""
        if 0.0 < trade.price < _INFINITY:
            state = self.states[trade.instrument]
            state.last_price, state.priced_at = trade.price, trade.ts_venue

    def take_book(self, update: BookSnapshot | BookDelta) -> None:
        """Take the middle of a book as the last price; a book with a hole in its updates has none until a snapshot."""
        state = self.states[update.instrument]
        book = state.book
        if isinstance(update, BookSnapshot):
            book.start(update)
        else:
            book.change(update)
        bid, ask = book.bids.best, book.asks.best
        if book.valid and bid is not None and ask is not None:
            state.last_price, state.priced_at = (bid + ask) / 2.0, update.ts_venue

    def last_price(self, instrument: InstrumentId) -> float | None:
        """Return the last price seen, None before the first or for an instrument that is not ours."""
        state = self.states.get(instrument)
        return None if state is None else state.last_price

    def bars(self, instrument: InstrumentId, interval: str, count: int) -> Sequence[Bar]:
        """Return the last `count` closed bars, oldest first; fewer if there are fewer."""
        series = self.states[instrument].series.get(interval)
        if series is None:
            return ()
        if count == 1:
            return (series.bars[-1],) if series.bars else ()
        found = list(islice(reversed(series.bars), max(count, 0)))  # from the end: mostly a few of many
        found.reverse()
        return found

    def history(self, instrument: InstrumentId, interval: str, field: str, count: int) -> Sequence[float]:
        """Return the last `count` values of a field of closed bars, oldest first; fewer if there are fewer."""
        return [getattr(bar, field) for bar in self.bars(instrument, interval, count)]
