"""Instruments: what can be traded, in which steps, at which fees.

`Instrument.price` and `Instrument.quantity` are the one crossing from floats to decimals.
"""

from __future__ import annotations

import enum
from decimal import Decimal

import msgspec

from tradewind.domain.ids import Asset, InstrumentId
from tradewind.domain.money import BPS, ONE, ZERO, ceil_to, exact, floor_to, nearest_to

ALWAYS_OPEN = "24/7"
"""The calendar of a market that never closes."""


class InstrumentKind(enum.Enum):
    """How a position in it is held and settled."""

    SPOT = "spot"
    """The base asset itself changes hands against the quote asset."""
    PERPETUAL = "perpetual"
    """A linear contract without expiry: margin and profit in the quote asset, funding between holders."""
    EQUITY = "equity"
    """Shares against currency; may be sold short by borrowing them."""


class Rounding(enum.Enum):
    """Which way a price is taken to the tick."""

    DOWN = "down"
    UP = "up"
    NEAREST = "nearest"


class FeeSchedule(msgspec.Struct, frozen=True, gc=False):
    """What the venue takes, in basis points of the value: from who rests (maker) and who takes."""

    maker_bps: Decimal = Decimal(10)
    taker_bps: Decimal = Decimal(10)

    def rate(self, *, maker: bool) -> Decimal:
        """Return the fee as a fraction of the value."""
        return (self.maker_bps if maker else self.taker_bps) * BPS


class Instrument(msgspec.Struct, frozen=True, gc=False):
    """One tradable thing at one venue. Quantities are in base units (contracts × multiplier = base).

    `margin_initial` and `margin_maintenance` are fractions of the position's value; `quantity_max` 0
    means no upper bound; `calendar` is `24/7` or the code of an exchange's calendar.
    """

    id: InstrumentId
    symbol: str
    venue: str
    kind: InstrumentKind
    base: Asset
    quote: Asset
    tick: Decimal
    lot: Decimal
    quantity_min: Decimal = ZERO
    quantity_max: Decimal = ZERO
    notional_min: Decimal = ZERO
    multiplier: Decimal = ONE
    fees: FeeSchedule = FeeSchedule()
    margin_initial: Decimal = ONE
    margin_maintenance: Decimal = Decimal("0.5")
    calendar: str = ALWAYS_OPEN

    def price(self, value: float | str | Decimal, rounding: Rounding = Rounding.NEAREST) -> Decimal:
        """Turn a price into the decimal on the instrument's tick."""
        if rounding is Rounding.NEAREST:
            return nearest_to(exact(value), self.tick)
        return floor_to(exact(value), self.tick) if rounding is Rounding.DOWN else ceil_to(exact(value), self.tick)

    def quantity(self, value: float | str | Decimal) -> Decimal:
        """Turn a quantity into the decimal on the instrument's lot, always rounded towards zero."""
        return exact(value) // self.lot * self.lot

    def notional(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Return the value of `quantity` at `price`, in the quote asset, signed like the quantity."""
        return quantity * price * self.multiplier
