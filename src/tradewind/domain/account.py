"""Accounts: what a venue says that we own, owe and have locked."""

from __future__ import annotations

import enum
from decimal import Decimal

from tradewind.domain.ids import Asset, ClientOrderId, InstrumentId, VenueOrderId
from tradewind.domain.message import Message
from tradewind.domain.order import OrderType, Side


class AccountKind(enum.Enum):
    """Cash: what is sold must be owned. Margin: positions against collateral, shorts allowed."""

    CASH = "cash"
    MARGIN = "margin"


class Balance(Message, frozen=True, gc=False):
    """One asset of an account: `total` holds `locked` (behind open orders); `borrowed` is owed."""

    asset: Asset
    total: Decimal
    locked: Decimal = Decimal(0)
    borrowed: Decimal = Decimal(0)

    @property
    def free(self) -> Decimal:
        """Return what can be spent now."""
        return self.total - self.locked


class VenuePosition(Message, frozen=True, gc=False):
    """A position as the venue reports it; `quantity` is signed."""

    instrument: InstrumentId
    quantity: Decimal
    average_price: Decimal
    tells_average: bool = False
    """Whether `average_price` is what was paid, as the venue reckons it; else it is a price to book at."""


class VenueOrder(Message, frozen=True, gc=False):
    """An order that rests or sleeps at the venue, as the venue reports it."""

    order: ClientOrderId
    venue_order: VenueOrderId
    instrument: InstrumentId
    side: Side
    quantity: Decimal
    filled: Decimal
    price: Decimal | None = None
    trigger: Decimal | None = None
    type: OrderType | None = None
    """None if the venue does not say; then its prices tell."""
    reduce_only: bool = False
