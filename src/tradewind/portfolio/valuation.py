"""What things are worth: prices between any two assets by the shortest path, and the equity of the books.

A missing price makes a value unknown, never zero.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ONE, ZERO, exact
from tradewind.portfolio.ledger import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from decimal import Decimal

    from tradewind.domain.ids import Asset, InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.portfolio.portfolio import Portfolio

_WALLET = Account.WALLET  # to look a member of an Enum up takes 0.1 us


class Valuation:
    """Prices of assets in each other, from the last prices of the instruments between them."""

    def __init__(self, instruments: Iterable[Instrument], last_price: Callable[[InstrumentId], float | None]) -> None:
        self._last_price = last_price
        self._edges: dict[Asset, list[tuple[Asset, InstrumentId, bool]]] = {}
        self._contracts: list[InstrumentId] = []
        for instrument in instruments:
            if instrument.kind is InstrumentKind.PERPETUAL:
                self._contracts.append(instrument.id)
            else:
                self._edges.setdefault(instrument.base, []).append((instrument.quote, instrument.id, False))
                self._edges.setdefault(instrument.quote, []).append((instrument.base, instrument.id, True))

    def price_of(self, asset: Asset, in_asset: Asset) -> Decimal | None:
        """Return what one unit of `asset` is worth, by the path with the fewest instruments; None if there is none."""
        if asset == in_asset:
            return ONE
        for other, instrument, inverse in self._edges.get(asset, ()):  # one step is the shortest path there is
            last = self._last_price(instrument) if other == in_asset else None
            if last:
                return ONE / exact(last) if inverse else exact(last)
        seen, queue = {asset}, deque([(asset, ONE)])
        while queue:
            at, price = queue.popleft()
            if at == in_asset:
                return price
            for other, instrument, inverse in self._edges.get(at, ()):
                last = self._last_price(instrument)
                if other not in seen and last:
                    seen.add(other)
                    queue.append((other, price / exact(last) if inverse else price * exact(last)))
        return None

    def equity(self, portfolio: Portfolio, base: Asset) -> Decimal | None:
        """Return wallet and open contracts, valued in `base`; None if any price is missing."""
        total = ZERO
        for asset, books in portfolio.ledger.books.items():
            amount = books[_WALLET]
            if amount and asset != base:
                price = self.price_of(asset, base)
                if price is None:
                    return None
                total += amount * price
            else:
                total += amount
        for name in self._contracts:
            position = portfolio.totals[name]
            if position.quantity:
                last, price = self._last_price(name), self.price_of(portfolio.instruments[name].quote, base)
                if last is None or price is None:
                    return None
                total += position.unrealized(exact(last)) * price
        return total
