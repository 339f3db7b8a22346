"""Positions: netting, long and short, moved by fills alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.checkpoint import KeptPosition
from tradewind.domain.ids import StrategyId
from tradewind.domain.money import FINEST, ONE, ZERO

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.time import TimeNs


_ACCOUNT = StrategyId("")


class Position:
    """What one strategy (or the whole account) holds of one instrument.

    `quantity` is signed, in base units, net of fees taken in the base asset; `cost` is what was paid for
    it, signed alike, before the multiplier; `realized` is the profit of what was closed, in the quote
    asset, before fees. What is less than a `lot` cannot be sold: with it left, the position is flat.
    """

    __slots__ = ("cost", "instrument", "lot", "multiplier", "opened_at", "quantity", "realized")

    def __init__(self, instrument: InstrumentId, multiplier: Decimal = ONE, lot: Decimal = ZERO) -> None:
        self.instrument = instrument
        self.multiplier = multiplier
        self.lot = lot
        self.quantity = ZERO
        self.cost = ZERO
        self.realized = ZERO
        self.opened_at: TimeNs | None = None

    def kept(self, strategy: StrategyId = _ACCOUNT) -> KeptPosition:
        """Return it as plain data, as that of a strategy or of the account."""
        return KeptPosition(strategy, self.instrument, self.quantity, self.cost, self.realized, self.opened_at)

    def restore(self, kept: KeptPosition) -> None:
        """Take over what `kept` wrote down."""
        self.quantity, self.cost, self.realized, self.opened_at = (
            kept.quantity, kept.cost, kept.realized, kept.opened_at,
        )  # fmt: skip

    @property
    def is_flat(self) -> bool:
        """Tell whether nothing is held that could be sold."""
        return not self.quantity or abs(self.quantity) < self.lot

    @property
    def average_price(self) -> Decimal:
        """The mean price of what is held; 0 when that is nothing."""
        return self.cost / self.quantity if self.quantity else ZERO

    def apply(self, signed_quantity: Decimal, price: Decimal, ts: TimeNs) -> Decimal:
        """Book an execution (buys positive) and return the profit that it realised, in the quote asset.

        Average cost: an addition adds to the cost, a reduction takes its share of it, to 18 decimals, so
        that nothing is lost when the rest goes; a reversal closes all and opens the rest at `price`.
        """
        held = self.quantity
        if not held or not signed_quantity or (held > ZERO) is (signed_quantity > ZERO):
            self._add(signed_quantity, price, ts)
            return ZERO
        closing, left = signed_quantity, held + signed_quantity
        if left and (left > ZERO) is not (held > ZERO):  # it turns over
            closing, left = -held, ZERO
        released = (self.cost * -closing / held).quantize(FINEST) if left else self.cost
        profit = (-closing * price - released) * self.multiplier
        self.realized += profit
        self.quantity = left
        self.cost -= released
        if self.is_flat:
            self.opened_at = None
        if closing != signed_quantity:
            self._add(signed_quantity - closing, price, ts)
        return profit

    def adjust(self, signed_quantity: Decimal, price: Decimal, ts: TimeNs) -> Decimal:
        """Book a correction like an execution, and return its profit, where `price` may be a quotient.

        What it adds has then cost an amount of money, to 18 decimals, and what closes at its own average earns nothing.
        """
        realized = self.realized
        profit = self.apply(signed_quantity, price, ts).quantize(FINEST) or ZERO
        self.realized = realized + profit
        cost = self.cost.quantize(FINEST)
        if cost != self.cost:
            self.cost = cost
        return profit

    def _add(self, signed_quantity: Decimal, price: Decimal, ts: TimeNs) -> None:
        self.quantity += signed_quantity
        self.cost += signed_quantity * price
        if self.opened_at is None and signed_quantity:
            self.opened_at = ts

    def unrealized(self, mark: Decimal) -> Decimal:
        """Return the profit, in the quote asset, if all were closed at `mark`, before fees."""
        return (mark * self.quantity - self.cost) * self.multiplier
