"""Positions: netting, long and short, moved by fills alone."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.money import ONE, ZERO

if TYPE_CHECKING:
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.time import TimeNs


class Position:
    """What one strategy (or the whole account) holds of one instrument.

    `quantity` is signed, in base units, net of fees taken in the base asset. `average_price` is the mean
    price of what is open (0 when flat); `realized` is the profit of what was closed, in the quote asset,
    before fees.
    """

    __slots__ = ("average_price", "instrument", "multiplier", "opened_at", "quantity", "realized")

    def __init__(self, instrument: InstrumentId, multiplier: Decimal = ONE) -> None:
        self.instrument = instrument
        self.multiplier = multiplier
        self.quantity = ZERO
        self.average_price = ZERO
        self.realized = ZERO
        self.opened_at: TimeNs | None = None

    @property
    def is_flat(self) -> bool:
        """Tell whether nothing is held."""
        return not self.quantity

    def apply(self, signed_quantity: Decimal, price: Decimal, ts: TimeNs) -> Decimal:
        """Book an execution (buys positive) and return the profit that it realised, in the quote asset.

        Average cost: an addition moves the average, a reduction realises (price - average) on what is
        closed, a reversal closes all and opens the rest at `price`.
        """
        held = self.quantity
        if held * signed_quantity >= 0:
            self._add(signed_quantity, price, ts)
            return ZERO
        closing = signed_quantity if abs(signed_quantity) <= abs(held) else -held
        profit = (price - self.average_price) * -closing * self.multiplier
        self.realized += profit
        self.quantity = held + closing
        if not self.quantity:
            self.average_price, self.opened_at = ZERO, None
        if closing != signed_quantity:
            self._add(signed_quantity - closing, price, ts)
        return profit

    def _add(self, signed_quantity: Decimal, price: Decimal, ts: TimeNs) -> None:
        if not signed_quantity:
            return
        total = self.quantity + signed_quantity
        self.average_price = (self.quantity * self.average_price + signed_quantity * price) / total
        if self.opened_at is None:
            self.opened_at = ts
        self.quantity = total

    def shed(self, signed_quantity: Decimal) -> None:
        """Take off what a fee in the base asset ate; the average price of the rest is as before."""
        self.quantity += signed_quantity
        if not self.quantity:
            self.average_price, self.opened_at = ZERO, None

    def unrealized(self, mark: Decimal) -> Decimal:
        """Return the profit, in the quote asset, if all were closed at `mark`, before fees."""
        return (mark - self.average_price) * self.quantity * self.multiplier
