"""The venue's own books of our account: what it lets us spend, what it charges, when it closes us out.

Equity and margins are in the base currency, at the prices in `last`; an unknown price is never zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.account import AccountKind
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ZERO, ceil_to, exact, floor_to, plain
from tradewind.portfolio.ledger import Account
from tradewind.portfolio.valuation import Valuation
from tradewind.venues.sim.books import Books
from tradewind.venues.sim.reserved import locked_by, pending

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from tradewind.domain.account import Balance
    from tradewind.domain.ids import Asset, InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.venue_state import VenueState
    from tradewind.venues.sim.resting import Resting

# Walked by every order: to look a member of an Enum up takes 0.1 us.
PERPETUAL, _WALLET = InstrumentKind.PERPETUAL, Account.WALLET


class SimAccount:
    """Balances and positions at the simulated venue; `last` are the prices that it marks with."""

    def __init__(
        self, instruments: Sequence[Instrument], kind: AccountKind, base: Asset, opening: Sequence[Balance]
    ) -> None:
        self.kind = kind
        self._has_margin = kind is AccountKind.MARGIN
        self.last: dict[InstrumentId, float] = {}
        self.portfolio = Books(instruments, opening)
        self._totals = self.portfolio.totals
        self._balance = self.portfolio.ledger.balance
        self._base = base
        self._valuation = Valuation(instruments, self.last.get)
        self._instruments = {instrument.id: instrument for instrument in instruments}

    def restore(self, state: VenueState) -> None:
        """Take over money, positions and prices of an account that was written down; the opening is not counted."""
        self.portfolio.restore(state)
        self.last.update(state.prices)

    def wallet(self, asset: Asset) -> Decimal:
        """Return what the account owns of an asset; negative is owed."""
        return self._balance(_WALLET, asset)

    def position(self, instrument: InstrumentId) -> Decimal:
        """Return the signed position in an instrument."""
        return self._totals[instrument].quantity

    def reducible(self, order: Resting) -> Decimal:
        """Return how much of the position an order of this side can close."""
        held = self._totals[order.spec.instrument].quantity
        if order.is_buy:
            held = -held
        return held if held > 0 else ZERO

    def is_margined(self, instrument: Instrument) -> bool:
        """Tell whether the instrument is held against collateral."""
        return self._has_margin or instrument.kind is PERPETUAL

    # --- what may be spent --------------------------------------------------------------------------

    def lacking(self, order: Resting, quantity: Decimal, price: Decimal, fee: Decimal, asset: Asset) -> str:
        """Say what the account lacks for an execution; the empty string if it can be paid."""
        instrument = order.instrument
        if self.is_margined(instrument):
            if quantity <= self.reducible(order):
                return ""
            return self._margin_lacking(order, quantity, price, (fee, asset))
        gives, needed = instrument.base, quantity
        if order.is_buy:
            gives, needed = instrument.quote, instrument.notional(quantity, price)
        if asset == gives:
            needed += fee
        elif fee > 0 and asset not in (instrument.base, instrument.quote) and fee > self.wallet(asset):
            return f"insufficient balance: needs {plain(fee)} {asset} for the fee, has {plain(self.wallet(asset))}"
        has = self.wallet(gives)
        return "" if needed <= has else f"insufficient balance: needs {plain(needed)} {gives}, has {plain(has)}"

    def unaffordable(
        self, order: Resting, price: Decimal, fee: Decimal, asset: Asset, resting: Sequence[Resting]
    ) -> str:
        """Say what an arriving order lacks, with all that rests counted as spent; the empty string if nothing.

        What the order would give is set aside for it.
        """
        instrument, quantity = order.instrument, order.left
        if order.spec.reduces_net:
            return ""
        if self.is_margined(instrument):
            if quantity <= self.reducible(order):
                return ""
            return self._margin_lacking(order, quantity, price, (fee, asset), resting)
        needed, gives = quantity, instrument.base
        if order.is_buy:
            needed, gives = instrument.notional(quantity, price), instrument.quote
        if asset == gives:
            needed += fee
        order.reserved = needed if not order.filled else needed * order.spec.quantity / quantity
        free = self.wallet(gives)
        if resting:
            oco = order.spec.oco
            others = (o for o in resting if o is not order and (oco is None or o.spec.oco != oco))
            free -= locked_by(others).get(gives, ZERO)
        return "" if needed <= free else f"insufficient balance: needs {plain(needed)} {gives}, free {plain(free)}"

    def _margin_lacking(
        self,
        order: Resting,
        quantity: Decimal,
        price: Decimal,
        fee: tuple[Decimal, Asset],
        resting: Iterable[Resting] | None = None,
    ) -> str:
        """Say what initial margin lacks after the order; with `resting`, after all of them at the worst."""
        name, equity = order.spec.instrument, self.equity()
        buys, sales = pending(order, resting or ())
        (buys if order.is_buy else sales)[name] = quantity + (buys if order.is_buy else sales).get(name, ZERO)
        needed = self._fee_in_base(order.instrument, price, *fee)
        for other, instrument in self._instruments.items():
            held, bought, sold = self.position(other), buys.get(other, ZERO), sales.get(other, ZERO)
            worst = abs(held + bought - sold) if resting is None else max(held + bought, sold - held)
            if worst and self.is_margined(instrument):
                value = self._value(instrument, worst, price if other == name else None)
                needed = None if value is None or needed is None else needed + value * instrument.margin_initial
        if needed is None or equity is None:
            return "margin unknown: a price is missing"
        if needed <= equity:
            return ""
        return f"insufficient margin: needs {plain(needed)} {self._base}, equity {plain(equity)}"

    # --- what it is worth ---------------------------------------------------------------------------

    def equity(self) -> Decimal | None:
        """Return wallet and open contracts in the base currency; None if a price is missing."""
        total = ZERO
        for asset, amount in self.portfolio.ledger.wallet():
            if amount:
                rate = self._in_base(asset)
                if rate is None:
                    return None
                total += amount * rate
        for name, position in self._totals.items():
            if not position.quantity:
                continue
            instrument = self._instruments[name]
            if instrument.kind is PERPETUAL:
                rate, last = self._in_base(instrument.quote), self.last.get(name)
                if rate is None or last is None:
                    return None
                total += position.unrealized(exact(last)) * rate
        return total

    def close_out_price(self, name: InstrumentId, start: float, low: float, high: float) -> Decimal | None:
        """Return the price, on the way from `start` to `low` and `high`, at which equity meets the maintenance margin.

        Both are linear in the price p of the instrument, all others held fast: equity = E + x·u·(p - last),
        margin = M + x·r·|q·m|·p, with x the worth of the quote asset and u the units that move with the
        price. Solved for p, and taken to the first tick at which it is met; None if the market did not
        come there.
        """
        instrument, held = self._instruments[name], self.position(name)
        equity, rate = self.equity(), self._in_base(self._instruments[name].quote)
        if not held or equity is None or not rate:
            return None
        contracts = held * instrument.multiplier
        units = contracts if instrument.kind is PERPETUAL else self.wallet(instrument.base)
        others = sum((self._maintenance(i) for i in self._instruments.values() if i.id != name), ZERO)
        slope = units - instrument.margin_maintenance * abs(contracts)
        if not slope:
            return None
        level = ((others - equity) / rate + units * exact(self.last[name])) / slope
        if slope > 0:
            if exact(min(start, low)) > level:
                return None
            return min(floor_to(level, instrument.tick), exact(start))
        if exact(max(start, high)) < level:
            return None
        return max(ceil_to(level, instrument.tick), exact(start))

    def _maintenance(self, instrument: Instrument) -> Decimal:
        held = self.position(instrument.id)
        if not held or not self.is_margined(instrument):
            return ZERO
        value = self._value(instrument, abs(held))
        assert value is not None, f"equity is known, so the price of {instrument.id} is"
        return value * instrument.margin_maintenance

    def _value(self, instrument: Instrument, quantity: Decimal, price: Decimal | None = None) -> Decimal | None:
        """Return the value in the base currency, at the last price if none is given; None if a price is missing."""
        last, rate = self.last.get(instrument.id), self._in_base(instrument.quote)
        if price is None and last is not None:
            price = exact(last)
        return None if price is None or rate is None else instrument.notional(quantity, price) * rate

    def _fee_in_base(self, instrument: Instrument, price: Decimal, fee: Decimal, asset: Asset) -> Decimal | None:
        """Return a fee in the base currency, one in what is traded at the price of the order; None if not known."""
        if not fee:
            return ZERO
        if asset == instrument.base:
            fee, asset = fee * price, instrument.quote
        rate = self._in_base(asset)
        return None if rate is None else fee * rate

    def _in_base(self, asset: Asset) -> Decimal | None:
        return self._valuation.price_of(asset, self._base)
