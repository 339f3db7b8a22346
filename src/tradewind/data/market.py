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

    __slots__ = ("last_price", "quote", "series")

    def __init__(self) -> None:
        self.last_price: float | None = None
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
        if bar.ts_open != series.next_open:
            if bar.ts_open < series.next_open:
                return f"repeated or late: its series has come to {series.next_open}"
            if series.next_open >= 0:
                self.gap = DataGap(bar.instrument, bar.interval, series.next_open, bar.ts_open, bar.ts_recv)
        low, high, close = bar.low, bar.high, bar.close
        if not (0.0 < low <= close <= high < _INFINITY and low <= bar.open <= high and bar.volume >= 0.0):
            return fault(bar)
        series.next_open = bar.ts_venue
        series.bars.append(bar)
        state.last_price = close
        return ""

    def take_quote(self, quote: Quote) -> None:
        """Take the best bid and ask; the last price is their middle."""
        state = self.states[quote.instrument]
        state.quote = quote
        if quote.bid > 0.0 and quote.ask >= quote.bid:
            state.last_price = (quote.bid + quote.ask) / 2.0

    def take_trade(self, trade: Trade) -> None:
        """Take an execution between others as the last price."""
        if trade.price > 0.0:
            self.states[trade.instrument].last_price = trade.price

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
