"""The order book of one symbol as everybody sees it: the market's levels, and what rests of the exchange's accounts.

One number counts its changes; it is `lastUpdateId` of a snapshot, and `U` and `u` of what the stream tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.data.book import Depth
from tradewind.domain.market import BookDelta
from tradewind.exchange.binance.symbols import amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tradewind.data.book import Ladder
    from tradewind.domain.market import BookSnapshot, Level, Quote

Row = list[str]


class PublicBook:
    """The market's book with ours laid over it, and the changes that were not told yet, for each pace."""

    def __init__(self) -> None:
        self.last_id = 0
        self._market = Depth()
        self._ours: tuple[dict[float, float], dict[float, float]] = ({}, {})
        self._shown = Depth()
        self.pending: dict[str, Changes] = {}
        """What streams of a pace have not told yet."""

    @property
    def best(self) -> tuple[float, float, float, float] | None:
        """The best bid with its size, and the best ask with its; None while a side is empty."""
        bids, asks = self._shown.bids, self._shown.asks
        bid, ask = bids.best, asks.best
        return None if bid is None or ask is None else (bid, bids.sizes[bid], ask, asks.sizes[ask])

    def on_market(self, event: BookSnapshot | BookDelta) -> bool:
        """Take a change of the market; tell whether something is to be shown otherwise."""
        if isinstance(event, BookDelta):
            self._market.change(event)
            return self._show(event.bids, event.asks)
        before = self._market
        self._market = Depth()
        self._market.start(event)
        return self._show(_both(before.bids, event.bids), _both(before.asks, event.asks))

    def on_quote(self, quote: Quote) -> bool:
        """Take the best bid and ask of a market of which no more is known."""
        before = self._market
        self._market = Depth()
        self._market.bids.set(quote.bid, quote.bid_size)
        self._market.asks.set(quote.ask, quote.ask_size)
        bids, asks = ((quote.bid, quote.bid_size),), ((quote.ask, quote.ask_size),)
        return self._show(_both(before.bids, bids), _both(before.asks, asks))

    def lay_over(self, bids: Mapping[float, float], asks: Mapping[float, float]) -> bool:
        """Take what rests of the accounts, by price; tell whether something is to be shown otherwise."""
        if not bids and not asks and not self._ours[0] and not self._ours[1]:
            return False
        touched = []
        for before, now in zip(self._ours, (bids, asks), strict=True):
            touched.append([(price, 0.0) for price in {*before, *now} if before.get(price) != now.get(price)])
        self._ours = dict(bids), dict(asks)
        return self._show(*touched)

    def snapshot(self, limit: int) -> dict[str, object]:
        """Return the best levels."""
        sides = (
            [[amount(price), amount(size)] for price, size in _first(side, limit)]
            for side in (self._shown.bids, self._shown.asks)
        )
        bids, asks = sides
        return {"lastUpdateId": self.last_id, "bids": bids, "asks": asks}

    def levels(self, *, of_asks: bool) -> Iterable[Level]:
        """Return the levels of a side, the best first."""
        return (self._shown.asks if of_asks else self._shown.bids).levels()

    def _show(self, bids: Iterable[Level], asks: Iterable[Level]) -> bool:
        changed = False
        sides = (
            (True, self._shown.bids, self._market.bids, self._ours[0], bids),
            (False, self._shown.asks, self._market.asks, self._ours[1], asks),
        )
        for is_bid, shown, market, ours, touched in sides:
            for price, _ in touched:
                size = market.sizes.get(price, 0.0) + ours.get(price, 0.0)
                if size == shown.sizes.get(price, 0.0):
                    continue
                shown.set(price, size)
                self.last_id += 1
                changed = True
                for changes in self.pending.values():
                    changes.note(self.last_id, price, size, is_bid=is_bid)
        return changed


class Changes:
    """Changes of a book since the last time that they were told."""

    def __init__(self, after: int) -> None:
        self._first = after + 1
        self._last = self._told = after
        self._bids: dict[float, float] = {}
        self._asks: dict[float, float] = {}

    def note(self, number: int, price: float, size: float, *, is_bid: bool) -> None:
        """Note a level's new size."""
        self._last = number
        (self._bids if is_bid else self._asks)[price] = size

    def take(self, name: str, now_ms: int) -> dict[str, object] | None:
        """Return what is to be told, None if nothing changed; from here on it counts anew."""
        if self._last < self._first:
            return None
        told = {
            "e": "depthUpdate", "E": now_ms, "s": name, "U": self._first, "u": self._last, "pu": self._told,
            "b": [[amount(price), amount(size)] for price, size in sorted(self._bids.items(), reverse=True)],
            "a": [[amount(price), amount(size)] for price, size in sorted(self._asks.items())],
        }  # fmt: skip
        self._first, self._told = self._last + 1, self._last
        self._bids, self._asks = {}, {}
        return told


def _first(side: Ladder, limit: int) -> Iterable[Level]:
    for number, level in enumerate(side.levels()):
        if number >= limit:
            return
        yield level


def _both(before: Ladder, now: Iterable[Level]) -> list[Level]:
    """Return the levels of before and of now, each price once."""
    return [(price, 0.0) for price in {*before.sizes, *(price for price, _ in now)}]
