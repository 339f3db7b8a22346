"""The venue's own books of our account: what it lets us spend, what it charges, when it closes us out.

The same `Portfolio` as the engine's, folded from the venue's side; that the two come to the same is what
reconciliation will check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.account import AccountKind
from tradewind.domain.events import SessionStarted
from tradewind.domain.fill import Fill
from tradewind.domain.ids import Asset, ClientOrderId, StrategyId, TradeId
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ONE, ZERO, ceil_to, exact, floor_to
from tradewind.domain.order import Liquidity, Side
from tradewind.portfolio.ledger import Account
from tradewind.portfolio.portfolio import Portfolio
from tradewind.portfolio.valuation import Valuation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from tradewind.domain.account import Balance
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import Bar
    from tradewind.venues.sim.resting import Resting

OWNER = StrategyId("account")


class SimAccount:
    """Balances and positions at the simulated venue; `last` are the prices that it marks with."""

    def __init__(
        self, instruments: Sequence[Instrument], kind: AccountKind, base: Asset, opening: Sequence[Balance]
    ) -> None:
        self.kind = kind
        self.last: dict[InstrumentId, float] = {}
        self._base = base
        self._valuation = Valuation(instruments, self.last.get)
        self._instruments = {instrument.id: instrument for instrument in instruments}
        self.portfolio = Portfolio(instruments, self._valuation.price_of)
        self.portfolio.book_opening(SessionStarted(0, "", tuple(opening)))

    def wallet(self, asset: Asset) -> Decimal:
        """Return what the account owns of an asset."""
        return self.portfolio.ledger.balance(Account.WALLET, asset)

    def position(self, instrument: InstrumentId) -> Decimal:
        """Return the signed position in an instrument."""
        return self.portfolio.totals[instrument].quantity

    def reducible(self, order: Resting) -> Decimal:
        """Return how much of the position an order of this side can close."""
        held = self.position(order.spec.instrument) * order.spec.side.sign
        return -held if held < 0 else ZERO

    def shortfall(self, order: Resting, quantity: Decimal, price: Decimal, fee: Decimal) -> str:
        """Say what the account lacks for an execution; the empty string if it can be paid."""
        instrument, spec = order.instrument, order.spec
        if instrument.kind is InstrumentKind.PERPETUAL or self.kind is AccountKind.MARGIN:
            opening = max(quantity - self.reducible(order), ZERO)
            free = self.free_margin()
            needed = instrument.notional(opening, price) * instrument.margin_initial + fee
            if opening and free is not None and needed > free:
                return f"insufficient margin: needs {needed}, free {free}"
            return ""
        if spec.side is Side.SELL:
            held = self.wallet(instrument.base)
            return "" if quantity <= held else f"insufficient balance: needs {quantity} {instrument.base}, has {held}"
        needed, cash = instrument.notional(quantity, price) + fee, self.wallet(instrument.quote)
        return "" if needed <= cash else f"insufficient balance: needs {needed} {instrument.quote}, has {cash}"

    def affordable(self, order: Resting, price: Decimal, resting: Iterable[Resting]) -> str:
        """Say what an arriving order lacks, with all that rests counted as spent; the empty string if nothing."""
        instrument, spec = order.instrument, order.spec
        if spec.reduce_only or spec.parent is not None or self.kind is AccountKind.MARGIN:
            return self.shortfall(order, order.left, price, ZERO) if not spec.reduce_only else ""
        same = [o for o in resting if o.spec.side is spec.side and o.spec.parent is None and o is not order]
        if spec.side is Side.SELL:
            spoken_for = sum((o.left for o in same if o.spec.instrument == spec.instrument), ZERO)
            free = self.wallet(instrument.base) - spoken_for
            return "" if order.left <= free else f"insufficient balance: {free} {instrument.base} are free"
        locked = sum(
            (o.instrument.notional(o.left, o.spec.price or price) for o in same if o.instrument.quote == instrument.quote),
            ZERO,
        )
        needed = instrument.notional(order.left, price)
        free = self.wallet(instrument.quote) - locked
        return "" if needed <= free else f"insufficient balance: needs {needed} {instrument.quote}, free {free}"

    def book(self, order: Resting, fill: Fill) -> None:
        """Book an execution under the account's own name."""
        self.portfolio.book_fill(fill)
        self.portfolio.trips.clear()

    def free_margin(self) -> Decimal | None:
        """Return equity less initial margins of what is held; None if a price is missing."""
        equity = self._valuation.equity(self.portfolio, self._base)
        if equity is None:
            return None
        return equity - sum((self._margin(i, i.margin_initial) for i in self._instruments.values()), ZERO)

    def close_out_price(self, bar: Bar) -> Decimal | None:
        """Return the price within the bar at which equity meets the maintenance margin; None if it does not.

        Both are linear in the price p of the instrument, all others held fast: equity = E + q·m·(p - last),
        margin = M + r·|q|·m·p. Solved for p; a bar that opens beyond it closes us out at the open.
        """
        instrument = self._instruments[bar.instrument]
        held = self.position(bar.instrument)
        last, rate = exact(self.last[bar.instrument]), instrument.margin_maintenance
        equity = self._valuation.equity(self.portfolio, self._base)
        if not held or equity is None:
            return None
        units = held * instrument.multiplier
        others = sum(
            (self._margin(i, i.margin_maintenance) for i in self._instruments.values() if i.id != bar.instrument), ZERO
        )
        slope = units - rate * abs(units)
        if not slope:
            return None
        level = (others - equity + units * last) / slope
        if held > 0:
            return min(ceil_to(level, instrument.tick), exact(bar.open)) if exact(bar.low) <= level else None
        return max(floor_to(level, instrument.tick), exact(bar.open)) if exact(bar.high) >= level > 0 else None

    def liquidate(self, instrument: InstrumentId, price: Decimal, fee: Decimal, trade: TradeId, ts: int) -> Fill:
        """Close the position by force and return what was done."""
        held = self.position(instrument)
        fill = Fill(
            trade, ClientOrderId(f"liquidation-{trade}"), OWNER, instrument, Side.SELL if held > 0 else Side.BUY,
            abs(held), price, fee, self._instruments[instrument].quote, Liquidity.TAKER, ts, ts,
        )  # fmt: skip
        self.portfolio.book_fill(fill)
        self.portfolio.trips.clear()
        return fill

    def charge(self, source: Account, asset: Asset, amount: Decimal) -> None:
        """Book funding (positive comes in) or interest (negative)."""
        self.portfolio.ledger.move(source, Account.WALLET, asset, amount)

    def _margin(self, instrument: Instrument, rate: Decimal) -> Decimal:
        held = self.position(instrument.id)
        if not held or instrument.id not in self.last:
            return ZERO
        price = self._valuation.price_of(instrument.quote, self._base) or ONE
        return abs(instrument.notional(held, exact(self.last[instrument.id]))) * price * rate
