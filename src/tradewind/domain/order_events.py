"""What a venue says of an order of ours."""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.ids import Asset, ClientOrderId, TradeId, VenueOrderId
from tradewind.domain.message import Message
from tradewind.domain.order import Liquidity
from tradewind.domain.time import TimeNs


class OrderAccepted(Message, frozen=True, gc=False, tag="order_accepted"):
    """The venue has the order (for an attached exit: it has come to life)."""

    order: ClientOrderId
    venue_order: VenueOrderId
    ts_venue: TimeNs
    ts_recv: TimeNs


class OrderRejected(Message, frozen=True, gc=False, tag="order_rejected"):
    """The venue refused the order."""

    order: ClientOrderId
    reason: str
    ts_venue: TimeNs
    ts_recv: TimeNs


class OrderTriggered(Message, frozen=True, gc=False, tag="order_triggered"):
    """The market reached the trigger of a stop order."""

    order: ClientOrderId
    ts_venue: TimeNs
    ts_recv: TimeNs


class OrderFilled(Message, frozen=True, gc=False, tag="order_filled"):
    """Part or all of the order was executed."""

    order: ClientOrderId
    trade_id: TradeId
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: Asset
    liquidity: Liquidity
    ts_venue: TimeNs
    ts_recv: TimeNs
    reference: Decimal | None = None
    """From a simulated venue: the price before slippage, None if there was none."""


class OrderCancelled(Message, frozen=True, gc=False, tag="order_cancelled"):
    """The order is gone from the venue, what had filled stays filled."""

    order: ClientOrderId
    reason: str
    ts_venue: TimeNs
    ts_recv: TimeNs
    executed: Decimal | None = None
    """How much of it was executed in all, None if the venue does not say."""


class OrderExpired(Message, frozen=True, gc=False, tag="order_expired"):
    """The order's time in force ended it."""

    order: ClientOrderId
    reason: str
    ts_venue: TimeNs
    ts_recv: TimeNs
    executed: Decimal | None = None
    """How much of it was executed in all, None if the venue does not say."""


class OrderAmended(Message, frozen=True, gc=False, tag="order_amended"):
    """The order rests with these values now."""

    order: ClientOrderId
    quantity: Decimal
    price: Decimal | None
    trigger: Decimal | None
    ts_venue: TimeNs
    ts_recv: TimeNs
    amendment: int = 0
    """Which of our amendments it answers, by its number; 0 if the venue does not say."""


class CancelRejected(Message, frozen=True, gc=False, tag="cancel_rejected"):
    """The venue could not cancel; the order is as it was."""

    order: ClientOrderId
    reason: str
    ts_venue: TimeNs
    ts_recv: TimeNs


class AmendRejected(Message, frozen=True, gc=False, tag="amend_rejected"):
    """The venue could not amend; the order is as it was."""

    order: ClientOrderId
    reason: str
    ts_venue: TimeNs
    ts_recv: TimeNs
    amendment: int = 0
    """Which of our amendments it answers, by its number; 0 if the venue does not say."""


class OutcomeUnknown(Message, frozen=True, gc=False, tag="outcome_unknown"):
    """A request about the order left and no answer came: it may or may not live at the venue."""

    order: ClientOrderId
    reason: str
    ts_recv: TimeNs


class OrderNotFound(Message, frozen=True, gc=False, tag="order_not_found"):
    """Asked under its client id, the venue has no such order; soon after a submit that means too early."""

    order: ClientOrderId
    ts_venue: TimeNs
    ts_recv: TimeNs


class OrderFound(Message, frozen=True, gc=False, tag="order_found"):
    """Asked under its client id, the venue has the order; what it knows of it was told just before this.

    Every question is answered once, by this, `OrderNotFound` or `LookupFailed`, in the order of the questions.
    """

    order: ClientOrderId
    ts_venue: TimeNs
    ts_recv: TimeNs


class LookupFailed(Message, frozen=True, gc=False, tag="lookup_failed"):
    """The question about an order came to nothing; that says nothing of the order."""

    order: ClientOrderId
    reason: str
    ts_recv: TimeNs


OrderEvent = (
    OrderAccepted
    | OrderRejected
    | OrderTriggered
    | OrderFilled
    | OrderCancelled
    | OrderExpired
    | OrderAmended
    | CancelRejected
    | AmendRejected
    | OutcomeUnknown
    | OrderNotFound
    | OrderFound
    | LookupFailed
)
