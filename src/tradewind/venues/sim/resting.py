"""An order as the simulated venue holds it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.money import ONE, ZERO
from tradewind.domain.order import OrderType, Side

if TYPE_CHECKING:
    from tradewind.domain.ids import VenueOrderId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs

STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


class Resting:
    """One order at the venue: what is left of it, whether its trigger was reached, since when it rests."""

    __slots__ = (
        "arrived", "filled", "instrument", "is_buy", "parent_filled", "queue_ahead", "rested", "spec",
        "trigger", "triggered", "venue_order",
    )  # fmt: skip

    def __init__(self, spec: OrderSpec, instrument: Instrument, arrived: TimeNs, venue_order: VenueOrderId) -> None:
        self.spec = spec
        self.instrument = instrument
        self.arrived = arrived
        self.venue_order = venue_order
        self.filled = ZERO
        self.is_buy = spec.side is Side.BUY
        self.trigger = spec.trigger
        self.triggered = spec.type not in STOPS
        self.rested = False
        """Whether a match was tried before: only then can a limit order be the maker."""
        self.parent_filled: Decimal | None = None
        """For an attached exit: what its parent has filled and no other exit has closed."""
        self.queue_ahead: float | None = None
        """For book data: the size before us at our price."""

    @property
    def left(self) -> Decimal:
        """How much may still be executed."""
        left = self.spec.quantity - self.filled
        return left if self.parent_filled is None else min(left, self.parent_filled)

    @property
    def limit(self) -> Decimal | None:
        """The worst price that the order takes; None for any."""
        return self.spec.price

    def reached(self, price: Decimal) -> bool:
        """Tell whether a price reaches the trigger: at or above it for a buy, at or below for a sale."""
        if self.trigger is None:
            return False
        return price >= self.trigger if self.is_buy else price <= self.trigger

    def trail(self, best: Decimal) -> None:
        """Move the trigger of a trailing stop after the best price; it never goes back."""
        spec = self.spec
        if spec.type is not OrderType.TRAILING_STOP or self.triggered:
            return
        sign = spec.side.sign
        if spec.trail_amount is not None:
            level = best + sign * spec.trail_amount
        else:
            level = best * (ONE + sign * (spec.trail_fraction or ZERO))
        level = self.instrument.price(level)
        if self.trigger is None or (level < self.trigger if self.is_buy else level > self.trigger):
            self.trigger = level
