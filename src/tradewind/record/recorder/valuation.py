"""What an account is worth as prices move: reckoned only when they can move it, told only when they did."""

from __future__ import annotations

from decimal import Decimal  # noqa: TC003 - a NamedTuple looks it up
from typing import TYPE_CHECKING, NamedTuple

from tradewind.data.market import InstrumentState  # noqa: TC001 - a NamedTuple looks it up
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ZERO, exact
from tradewind.domain.time import NS_PER_SECOND, TimeNs
from tradewind.portfolio.ledger import Account
from tradewind.record.recorder.facts import Valued

if TYPE_CHECKING:
    from tradewind.data.market import Market
    from tradewind.domain.ids import Asset
    from tradewind.domain.trip import RoundTrip
    from tradewind.portfolio.portfolio import Portfolio
    from tradewind.portfolio.valuation import Valuation

QUOTE_SAMPLE_NS = NS_PER_SECOND
"""Between bars, equity is sampled once in so long; quotes may come by the thousand."""


class Holding(NamedTuple):
    """What one instrument's price moves: `owned` of its base asset, and a position of `units` that cost `cost`."""

    state: InstrumentState
    owned: Decimal
    units: Decimal
    cost: Decimal


class Worth:
    """Follows the value of one portfolio, and values amounts in its base currency."""

    __slots__ = (
        "_base", "_cash", "_holdings", "_last", "_market", "_portfolio", "_sampled_at", "_valuation", "is_exposed",
    )  # fmt: skip

    def __init__(self, portfolio: Portfolio, valuation: Valuation, market: Market, base: Asset) -> None:
        self._portfolio = portfolio
        self._valuation = valuation
        self._market = market
        self._base = base
        self._last: Valued | None = None
        self._sampled_at = -QUOTE_SAMPLE_NS
        self._cash = ZERO
        self._holdings: list[Holding] | None = None
        """All that prices move, where each has a price of its own in the base currency; else None."""
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
        self._holdings = self._direct(owned)
        self._cash = self._portfolio.ledger.balance(Account.WALLET, self._base)

    def forget(self) -> None:
        """Tell the next value again, even if it is as before."""
        self._last = None

    def is_due(self, ts: TimeNs) -> bool:
        """Tell whether a quote or a trade is worth a look."""
        return self.is_exposed and ts - self._sampled_at >= QUOTE_SAMPLE_NS

    def value(self, ts: TimeNs) -> Valued | None:
        """Return what the account is worth now; None if that is as before, or not known for want of a price."""
        if self._holdings is None:
            equity = self._valuation.equity(self._portfolio, self._base)
            valued = None if equity is None else Valued(equity, self._unrealized())
        else:
            valued = self._quickly(self._holdings)
        if valued is None:
            return None
        self._sampled_at = ts
        if valued == self._last:
            return None
        self._last = valued
        return valued

    def in_base(self, amount: Decimal, asset: Asset) -> Decimal | None:
        """Value an amount in the base currency; None if there is no price. Nothing is worth nothing at any price."""
        if not amount:
            return amount
        price = self._valuation.price_of(asset, self._base)
        return None if price is None else amount * price

    def trip_in_base(self, trip: RoundTrip) -> RoundTrip:
        """Value a round trip in the base currency; without a price it is not complete."""
        quote = self._portfolio.instruments[trip.instrument].quote
        return trip.valued_at(self._valuation.price_of(quote, self._base))

    def _quickly(self, holdings: list[Holding]) -> Valued | None:
        """Reckon the same as `Valuation.equity` from what was looked up when the books last changed."""
        equity, unrealized = self._cash, ZERO
        for state, owned, units, cost in holdings:
            if not state.last_price:
                return None
            mark = exact(state.last_price)
            profit = mark * units - cost
            unrealized += profit
            equity += mark * owned if owned else profit
        return Valued(equity, unrealized)

    def _direct(self, owned: set[Asset]) -> list[Holding] | None:
        """Look up what is held; None if something is not priced in the base currency by just one instrument."""
        held: list[Holding] = []
        named: set[Asset] = {self._base}
        for instrument in self._portfolio.instruments.values():
            position = self._portfolio.totals[instrument.id]
            spot = instrument.kind is not InstrumentKind.PERPETUAL
            amount = self._portfolio.ledger.balance(Account.WALLET, instrument.base) if spot else ZERO
            if not amount and not position.quantity:
                continue
            if instrument.quote != self._base or (spot and (instrument.base in named or not amount)):
                return None
            if spot:
                named.add(instrument.base)
            units, cost = position.quantity * instrument.multiplier, position.cost * instrument.multiplier
            held.append(Holding(self._market.states[instrument.id], amount, units, cost))
        return held if owned <= named else None

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
