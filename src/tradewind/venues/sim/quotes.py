"""Matching against the best bid and ask: buys meet the ask, sales the bid.

Who crosses on arrival takes the quote at once, or the next one if none is known. Who rests is filled at
its own price when the other side comes to it. A stop triggers on the side that it would trade with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import exact
from tradewind.domain.venue_state import KeptQuote
from tradewind.venues.sim.ticks import TickMatcher

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Quote
    from tradewind.domain.time import TimeNs
    from tradewind.venues.sim.desk import Desk
    from tradewind.venues.sim.resting import Resting


class QuoteMatcher(TickMatcher):
    """Matches orders against quotes; `by_size` lets a quote fill no more than the size that it shows."""

    def __init__(self, desk: Desk, *, by_size: bool) -> None:
        super().__init__(desk)
        self._by_size = by_size
        self._quotes: dict[InstrumentId, Quote] = {}
        self._sizes: dict[tuple[InstrumentId, bool], Decimal] = {}

    def meets(self, instrument: InstrumentId, *, is_buy: bool) -> float | None:
        """Return the ask for a buy, the bid for a sale."""
        quote = self._quotes.get(instrument)
        return None if quote is None else quote.ask if is_buy else quote.bid

    def on_quote(self, quote: Quote) -> None:
        """Take a quote of two sides, not crossed, and let orders look at it."""
        self._quotes[quote.instrument] = quote
        if quote.instrument in self._desk.books:
            if self._by_size:
                self._sizes.pop((quote.instrument, True), None)
                self._sizes.pop((quote.instrument, False), None)
            self.look_all(quote.instrument, quote.ts_venue, quote.ts_recv)

    def state(self) -> tuple[KeptQuote, ...]:
        """Return the quotes as plain data, with what is left of them."""
        left = self._sizes.get
        return tuple(KeptQuote(each, left((name, True)), left((name, False))) for name, each in self._quotes.items())

    def restore(self, quotes: Iterable[KeptQuote]) -> None:
        """Take over what `state` wrote down."""
        for kept in quotes:
            name = kept.quote.instrument
            self._quotes[name] = kept.quote
            for is_buy, left in ((True, kept.ask_left), (False, kept.bid_left)):
                if left is not None:
                    self._sizes[name, is_buy] = left

    def _take(self, order: Resting, price: float, ts: TimeNs, seen: TimeNs) -> None:
        name = order.spec.instrument
        quote = self._quotes[name]
        size = quote.ask_size if order.is_buy else quote.bid_size
        left = self._sizes.get((name, order.is_buy), exact(size)) if self._by_size else None
        if not self._suffices(order, left):
            return
        done = self._trade(order, price, left, volume=size, ts=ts, seen=seen)
        if left is not None:
            self._sizes[name, order.is_buy] = left - done
