"""Events that reconciliation finds missing: by them our books follow the venue. Their ids are made of their content."""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.ids import Asset, InstrumentId, TradeId, VenueOrderId
from tradewind.domain.message import Message
from tradewind.domain.order import OrderSpec
from tradewind.domain.time import TimeNs


class PositionAdjusted(Message, frozen=True, gc=False, tag="position_adjusted"):
    """Reconciliation sets the account's position to what the venue has; nobody has earned or lost by that.

    It holds only if the position is still `was` when it comes. `id` is made of its content.
    """

    id: TradeId
    instrument: InstrumentId
    was: Decimal
    quantity: Decimal
    price: Decimal
    """What it is booked at where it adds to a position."""
    ts_recv: TimeNs
    is_external: bool = False
    """Whether all of it belongs to whoever trades on the account beside us; else it is shared out to those who hold."""


class BalanceAdjusted(Message, frozen=True, gc=False, tag="balance_adjusted"):
    """Reconciliation sets what the account owns of an asset to what the venue has; never profit.

    It holds only if the balance is still `was` when it comes. `id` is made of its content.
    """

    id: TradeId
    asset: Asset
    was: Decimal
    total: Decimal
    ts_recv: TimeNs


class AverageAdjusted(Message, frozen=True, gc=False, tag="average_adjusted"):
    """Reconciliation sets what the account's position has cost to what the venue says; equity stays as it is.

    What was realised of the profit and what was not move against each other. It holds only if the position is still
    of `quantity` and has cost `was`. Costs are signed like the quantity, in the quote asset, before the multiplier.
    `id` is made of its content.
    """

    id: TradeId
    instrument: InstrumentId
    quantity: Decimal
    was: Decimal
    cost: Decimal
    ts_recv: TimeNs


class OrderAdopted(Message, frozen=True, gc=False, tag="order_adopted"):
    """An order at the venue that we did not know is in our books from now on; `id` is made of its content."""

    id: TradeId
    order: OrderSpec
    venue_order: VenueOrderId
    filled: Decimal
    """What was executed before, and is not told any more."""
    ts_recv: TimeNs
