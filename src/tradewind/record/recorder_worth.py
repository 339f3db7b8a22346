"""What an account is worth as prices move: reckoned only when they can move it, told only when they did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ZERO, exact
from tradewind.domain.time import NS_PER_SECOND, TimeNs
from tradewind.record.recorder_facts import Valued

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.data.market import Market
    from tradewind.domain.ids import Asset
    from tradewind.domain.trip import RoundTrip
    from tradewind.portfolio.portfolio import Portfolio
    from tradewind.portfolio.valuation import Valuation

QUOTE_SAMPLE_NS = NS_PER_SECOND
"""Between bars, equity is sampled once in so long; quotes may come by the thousand."""


class Worth:
    """Follows the value of one portfolio, and values amounts in its base currency."""

    __slots__ = ("_base", "_last", "_market", "_portfolio", "_sampled_at", "_valuation", "is_exposed")

    def __init__(self, portfolio: Portfolio, valuation: Valuation, market: Market, base: Asset) -> None:
        self._portfolio = portfolio
        self._valuation = valuation
        self._market = market
        self._base = base
        self._last: Valued | None = None
        self._sampled_at = -QUOTE_SAMPLE_NS
        self.is_exposed = False
        """Whether prices move what the account is worth."""

    def look(self) -> None:
        """See, after a change of the books, whether prices can move their value from now on."""
        owned = {asset for asset, amount in self._portfolio.ledger.wallet() if amount}
        contracts = any(
            position.quantity and self._portfolio.instruments[instrument].kind is InstrumentKind.PERPETUAL
            for instrument, position in self._portfolio.totals.items()
        )
        self.is_exposed = contracts or bool(owned - {self._base})

    def forget(self) -> None:
        """Tell the next value again, even if it is as before."""
        self._last = None

    def is_due(self, ts: TimeNs) -> bool:
        """Tell whether a quote or a trade is worth a look."""
        return self.is_exposed and ts - self._sampled_at >= QUOTE_SAMPLE_NS

    def value(self, ts: TimeNs) -> Valued | None:
        """Return what the account is worth now; None if that is as before, or not known for want of a price."""
        equity = self._valuation.equity(self._portfolio, self._base)
        if equity is None:
            return None
        self._sampled_at = ts
        valued = Valued(equity, self._unrealized())
        if valued == self._last:
            return None
        self._last = valued
        return valued

    def in_base(self, amount: Decimal, asset: Asset) -> Decimal | None:
        """Value an amount in the base currency; None if there is no price."""
        price = self._valuation.price_of(asset, self._base)
        return None if price is None else amount * price

    def trip_in_base(self, trip: RoundTrip) -> RoundTrip:
        """Value a round trip in the base currency; without a price it is not complete."""
        quote = self._portfolio.instruments[trip.instrument].quote
        if quote == self._base:
            return trip
        price = self._valuation.price_of(quote, self._base)
        if price is None:
            return msgspec.structs.replace(trip, complete=False)
        money = {name: getattr(trip, name) * price for name in ("gross", "fees", "funding", "borrow")}
        return msgspec.structs.replace(trip, **money)

    def _unrealized(self) -> Decimal | None:
        total = ZERO
        for instrument, position in self._portfolio.totals.items():
            if position.quantity:
                last = self._market.last_price(instrument)
                price = self._valuation.price_of(self._portfolio.instruments[instrument].quote, self._base)
                if last is None or price is None:
                    return None
                total += position.unrealized(exact(last)) * price
        return total
