"""An order book of price levels, built from a snapshot and the changes after it; invalid at the first hole.

Knows nothing of orders of ours.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tradewind.domain.market import BookDelta, BookSnapshot, Level


class Ladder:
    """One side of a book: sizes by price, and the prices in order, the best last."""

    __slots__ = ("_keys", "_sign", "sizes")

    def __init__(self, *, is_bid: bool, levels: Iterable[Level] = ()) -> None:
        self._sign = 1.0 if is_bid else -1.0
        self.sizes = {price: size for price, size in levels if size > 0.0}
        self._keys = sorted(price * self._sign for price in self.sizes)

    @property
    def best(self) -> float | None:
        """The best price, None if the side is empty."""
        return self._keys[-1] * self._sign if self._keys else None

    def levels(self) -> Iterator[Level]:
        """Yield (price, size) from the best on; the side may be changed meanwhile."""
        for key in self._keys[::-1]:
            price = key * self._sign
            yield price, self.sizes[price]

    def set(self, price: float, size: float) -> None:
        """Set the size of a level; 0 takes it away."""
        key = price * self._sign
        if size > 0.0:
            if price not in self.sizes:
                insort(self._keys, key)
            self.sizes[price] = size
        elif self.sizes.pop(price, None) is not None:
            del self._keys[bisect_left(self._keys, key)]


class Depth:
    """Both sides of one book; `valid` is false before a snapshot, after a hole in the updates, and when crossed."""

    __slots__ = ("asks", "bids", "last_id", "valid")

    def __init__(self) -> None:
        self.bids = Ladder(is_bid=True)
        self.asks = Ladder(is_bid=False)
        self.last_id = -1
        self.valid = False

    def start(self, snapshot: BookSnapshot) -> None:
        """Begin anew from a whole book."""
        self.bids = Ladder(is_bid=True, levels=snapshot.bids)
        self.asks = Ladder(is_bid=False, levels=snapshot.asks)
        self.last_id = snapshot.last_id
        self.valid = not self._crossed()

    def change(self, delta: BookDelta) -> None:
        """Apply the changed levels; updates seen before are passed over, a hole makes the book invalid."""
        if not self.valid or delta.last_id <= self.last_id:
            return
        if delta.first_id > self.last_id + 1:
            self.valid = False
            return
        self.last_id = delta.last_id
        for price, size in delta.bids:
            self.bids.set(price, size)
        for price, size in delta.asks:
            self.asks.set(price, size)
        self.valid = not self._crossed()

    def _crossed(self) -> bool:
        bid, ask = self.bids.best, self.asks.best
        return bid is not None and ask is not None and bid >= ask
