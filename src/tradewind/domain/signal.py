"""What a strategy wants: intents. An intent is not an order; risk has not seen it yet."""

from __future__ import annotations

from decimal import Decimal

from tradewind.domain.ids import ClientOrderId, InstrumentId, StrategyId
from tradewind.domain.message import Message
from tradewind.domain.order import OrderType, Purpose, Side, TimeInForce
from tradewind.domain.time import TimeNs

_MARKET, _GTC = OrderType.MARKET, TimeInForce.GTC  # to look a member of an Enum up takes 0.1 us


class OrderIntent(Message, frozen=True, gc=False, tag="order_intent"):
    """Wish for one order; with `quantity` None the configured sizer decides how much.

    `id` is already the order's id, counted when the wish was made, so that the strategy can name it.
    `stop_loss` and `take_profit` are prices of the exits that come to life with the first fill.
    """

    id: ClientOrderId
    strategy: StrategyId
    instrument: InstrumentId
    side: Side
    quantity: Decimal | None
    type: OrderType = OrderType.MARKET
    price: Decimal | None = None
    trigger: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_fraction: Decimal | None = None
    tif: TimeInForce = TimeInForce.GTC
    expire_at: TimeNs | None = None
    post_only: bool = False
    reduce_only: bool = False
    oco: str | None = None
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    stop_loss_id: ClientOrderId | None = None
    take_profit_id: ClientOrderId | None = None
    purpose: Purpose = Purpose.ENTRY
    tag: str = ""
    time_limit_ns: TimeNs | None = None
    """How long after the first fill what is left is closed at the market."""
    time_limit_id: ClientOrderId | None = None
    confidence: Decimal | None = None
    """How sure the strategy is, 0 to 1; what sizers ask for."""
    strength: Decimal | None = None
    """How strong its signal is, 0 to 1."""

    @property
    def is_bare(self) -> bool:
        """Whether it is a market order without terms that could contradict each other, as most orders are."""
        return (
            self.type is _MARKET and self.price is None and self.trigger is None and self.tif is _GTC
            and self.stop_loss is None and self.take_profit is None and self.trail_amount is None
            and self.trail_fraction is None and self.expire_at is None and not self.post_only
            and self.time_limit_ns is None
        )  # fmt: skip

    @property
    def has_exits(self) -> bool:
        """Whether exits are attached to it."""
        return self.stop_loss is not None or self.take_profit is not None or self.time_limit_ns is not None

    @property
    def is_resting_exit(self) -> bool:
        """Whether it is to wait to close a position, as in `OrderSpec`."""
        return self.reduce_only and self.type is not _MARKET


class CancelIntent(Message, frozen=True, gc=False, tag="cancel_intent"):
    """Wish to take an order back."""

    strategy: StrategyId
    order: ClientOrderId


class AmendIntent(Message, frozen=True, gc=False, tag="amend_intent"):
    """Wish to change a resting order; what is None stays as it is."""

    strategy: StrategyId
    order: ClientOrderId
    quantity: Decimal | None = None
    price: Decimal | None = None
    trigger: Decimal | None = None
    purpose: Purpose = Purpose.ENTRY
    """Whose wish it is: with PROTECTION it is the engine's own, and no pause holds it up."""


Intent = OrderIntent | CancelIntent | AmendIntent
