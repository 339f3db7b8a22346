"""Whether a symbol is traded in other steps than we know of: asked now and then, and when a filter has refused. Pure.

Binance tells of no change by stream: `exchangeInfo` is asked for, and what differs is told as an event.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.domain import events as ev
from tradewind.domain.time import NS_PER_SECOND
from tradewind.venues.binance.answers import answer_of
from tradewind.venues.binance.parse_rest import instrument_of, rules_for
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.rules import unknown_in
from tradewind.venues.binance.wire_rest import ExchangeInfo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.listing import Listing
    from tradewind.venues.binance.looks import Question

log = structlog.get_logger(__name__)
APART_NS = 10 * NS_PER_SECOND
"""Between two questions; of many orders that one filter refuses, the first one asks."""
Steps = tuple["Decimal", "Decimal", "Decimal", "Decimal", "Decimal"]


class Terms:
    """In which steps each symbol is traded, as far as we know."""

    def __init__(self, product: Product, listings: Mapping[InstrumentId, Listing]) -> None:
        self._product = product
        self.listings = dict(listings)
        self._asked_at: TimeNs | None = None
        self._seen: set[str] = set()
        """The filters that this version does not know, and has told of."""

    def begin(self, now: TimeNs) -> list[Question]:
        """Return what to ask; nothing if that was done a moment ago."""
        if self._asked_at is not None and now - self._asked_at < APART_NS:
            return []
        self._asked_at = now
        if self._product is Product.USDM:
            return [("exchangeInfo", {})]  # there it cannot be asked for some symbols alone
        names = [listing.symbol for listing in self.listings.values()]
        return [("exchangeInfo", {"symbols": msgspec.json.encode(names).decode()})]

    def give_up(self) -> None:
        """End a question without an answer: the next one asks the same."""
        self._asked_at = None

    def answer(self, method: str, body: bytes, ts: TimeNs) -> tuple[list[Question], tuple[ev.Event, ...]]:
        """Take what is told of the symbols; return an event for each whose steps or sizes are others."""
        assert method == "exchangeInfo", method
        told = {info.symbol: info for info in answer_of(body, ExchangeInfo).symbols}
        changed = []
        for name, listing in self.listings.items():
            info = told.get(listing.symbol)
            if info is None:
                continue  # not listed any more: orders are refused, and say so
            rules = rules_for(info)
            if new := set(unknown_in(info.filters)) - self._seen:
                self._seen |= new
                log.warning("filters that this version does not know", symbol=info.symbol, filters=sorted(new))
            before, after = (_steps(instrument_of(info, self._product, rules=r)) for r in (listing.rules, rules))
            self.listings[name] = listing._replace(rules=rules, order_types=info.order_types)
            if before != after:
                changed.append(ev.InstrumentChanged(name, *after, ts))
        return [], tuple(changed)


def _steps(instrument: Instrument) -> Steps:
    return (
        instrument.tick, instrument.lot, instrument.quantity_min, instrument.quantity_max, instrument.notional_min,
    )  # fmt: skip
