"""What is true of the market now: last prices, recent closed bars, books.

Bars come in order, each once: one that is not after the last of its series is told apart here, and
nobody downstream sees it. Windows are bounded; history beyond them is the catalog's.
"""

from __future__ import annotations

import math
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

from tradewind.data.quality import fault
from tradewind.domain.market import DataGap

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar, Quote, Trade

HISTORY_BARS = 1_000
"""Closed bars kept for each instrument and interval, unless the session asks for another number."""

_INFINITY = math.inf


class Series:
    """The recent closed bars of one instrument and interval."""

    __slots__ = ("bars", "next_open")

    def __init__(self, size_max: int) -> None:
        self.bars: deque[Bar] = deque(maxlen=size_max)
        self.next_open = -1
        """When the next bar opens if none is missing; -1 before the first."""


class InstrumentState:
    """What is known of one instrument."""

    __slots__ = ("last_price", "priced_at", "quote", "series")

    def __init__(self) -> None:
        self.last_price: float | None = None
        self.priced_at = -1
        """The venue's time of the last price: a bar that is older than that does not bring it back."""
        self.quote: Quote | None = None
        self.series: dict[str, Series] = {}


class Market:
    """The state of all instruments of a session."""

    def __init__(self, instruments: Iterable[InstrumentId], history_bars: int = HISTORY_BARS) -> None:
        self.states = {instrument: InstrumentState() for instrument in instruments}
        self._history_bars = history_bars
        self.gap: DataGap | None = None
        """The hole before the bar that was just taken; whoever tells of it sets this back to None."""

    def take_bar(self, bar: Bar) -> str:
        """Take a closed bar; say why it cannot be taken, or the empty string."""
        state = self.states[bar.instrument]
        series = state.series.get(bar.interval)
        if series is None:
            series = state.series[bar.interval] = Series(self._history_bars)
        opened, expected = bar.ts_open, series.next_open
        if opened < expected:
            return f"repeated or late: its series has come to {expected}"
        low, high, close = bar.low, bar.high, bar.close
        closed = bar.ts_venue
        if not (
            0.0 < low <= close <= high < _INFINITY
            and low <= bar.open <= high
            and 0.0 <= bar.volume < _INFINITY
            and opened < closed
        ):
            return fault(bar)
        if opened != expected:
            if bar.ts_recv < opened:
                return fault(bar)
            if expected >= 0:
                self.gap = DataGap(bar.instrument, bar.interval, expected, opened, bar.ts_recv)
        series.next_open = closed
        series.bars.append(bar)
        if closed >= state.priced_at:
            state.last_price, state.priced_at = close, closed
        return ""

    def take_quote(self, quote: Quote) -> None:
        """Take the best bid and ask; the last price is their middle."""
        state = self.states[quote.instrument]
        state.quote = quote
        if 0.0 < quote.bid <= quote.ask < _INFINITY:
            state.last_price, state.priced_at = (quote.bid + quote.ask) / 2.0, quote.ts_venue

    def take_trade(self, trade: Trade) -> None:
        """Take an execution between others as the last price."""
        if 0.0 < trade.price < _INFINITY:
            state = self.states[trade.instrument]
            state.last_price, state.priced_at = trade.price, trade.ts_venue

    def last_price(self, instrument: InstrumentId) -> float | None:
        """Return the last price seen, None before the first or for an instrument that is not ours."""
        state = self.states.get(instrument)
        return None if state is None else state.last_price

    def bars(self, instrument: InstrumentId, interval: str, count: int) -> Sequence[Bar]:
        """Return the last `count` closed bars, oldest first; fewer if there are fewer."""
        series = self.states[instrument].series.get(interval)
        if series is None:
            return ()
        return list(islice(series.bars, max(len(series.bars) - count, 0), None))

    def history(self, instrument: InstrumentId, interval: str, field: str, count: int) -> Sequence[float]:
        """Return the last `count` values of a field of closed bars, oldest first; fewer if there are fewer."""
        return [getattr(bar, field) for bar in self.bars(instrument, interval, count)]
