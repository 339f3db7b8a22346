"""An order as the simulated venue holds it, and the exits that hang on an entry.

Levels are kept as floats beside the decimals: markets speak in floats, and a double tells any two
prices of 15 digits apart, so comparing them is exact and cheap. What is traded is the decimal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.ids import VenueOrderId
from tradewind.domain.money import ONE, ZERO, exact
from tradewind.domain.order import OrderType, Side, TimeInForce
from tradewind.domain.time import NEVER

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.events import OrderEvent
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.order import OrderSpec
    from tradewind.domain.time import TimeNs
    from tradewind.domain.venue_state import KeptResting

NOT_YET = VenueOrderId("")

# Walked by every order: to look a member of an Enum up takes 0.1 us.
_BUY, _MARKET, _LIMIT, _TRAILING = Side.BUY, OrderType.MARKET, OrderType.LIMIT, OrderType.TRAILING_STOP
_IOC, _FOK = TimeInForce.IOC, TimeInForce.FOK


class Bracket:
    """An entry and its exits: together they close what the entry has filled, and no more."""

    __slots__ = ("awake", "entry", "exits", "open")

    def __init__(self, entry: Resting) -> None:
        self.entry = entry
        self.exits: list[Resting] = []
        self.open = ZERO
        """What the entry has filled and no exit has closed."""
        self.awake = False


class Resting:
    """One order at the venue: what is left of it, whether its trigger was reached, since when it rests."""

    __slots__ = (
        "arrived", "best", "bracket", "due", "exits", "filled", "filled_seen", "instrument", "is_buy", "is_hasty",
        "limit", "limit_level", "live", "queue_ahead", "reserved", "rested", "rises", "spec", "traded", "trigger",
        "trigger_level", "triggered", "venue_order", "words", "written",
    )  # fmt: skip

    def __init__(self, spec: OrderSpec, instrument: Instrument, arrived: TimeNs) -> None:
        self.instrument = instrument
        self.arrived = arrived
        self.venue_order = NOT_YET
        self.live = True
        """Whether it may still trade; set once, by the desk, when it ends."""
        self.filled = ZERO
        self.is_buy = spec.side is _BUY
        self.rises = self.is_buy is not spec.if_touched
        """Whether its trigger is reached from below."""
        self.is_hasty = spec.tif is _IOC or spec.tif is _FOK
        self.due: TimeNs = NEVER
        """For an exit with a time limit: when it is over; set as it wakes."""
        self.triggered = (spec.type is _MARKET or spec.type is _LIMIT) and spec.after_ns is None
        self.rested = False
        """Whether it has met the market and not crossed it: only then can a limit order be the maker."""
        self.bracket: Bracket | None = None
        """For an exit: the bracket that it belongs to."""
        self.exits: Bracket | None = None
        """For an entry: the exits that hang on it."""
        self.reserved = ZERO
        """What was set aside for it at arrival, of the asset that it gives."""
        self.best: float | None = None
        """The best price that a trailing stop has seen."""
        self.queue_ahead = 0.0
        """For book data: the size before us at our price."""
        self.traded = 0.0
        """For book data: what traded at our price since the level last changed."""
        self.written: KeptResting | None = None
        """It as plain data, once it has ended: thousands of them are told again and again."""
        self.words: list[OrderEvent] = []
        """What the venue has said of it."""
        self.filled_seen: TimeNs = -1
        """When we should have heard of its last execution; -1 before the first."""
        self.spec = spec
        self.limit, self.trigger = spec.price, spec.trigger
        self.limit_level = 0.0 if spec.price is None else float(spec.price)
        self.trigger_level = 0.0 if spec.trigger is None else float(spec.trigger)

    @property
    def left(self) -> Decimal:
        """How much may still be executed."""
        left = self.spec.quantity - self.filled
        return left if self.bracket is None else min(left, self.bracket.open)

    def reached(self, price: float) -> bool:
        """Tell whether a price reaches the trigger: of a stop that buys, at or above it; at or below if it sells."""
        if self.trigger is None:
            return False
        return price >= self.trigger_level if self.rises else price <= self.trigger_level

    def crosses(self, price: float) -> bool:
        """Tell whether the order would trade with somebody who offers at `price`."""
        if self.limit is None:
            return True
        return price <= self.limit_level if self.is_buy else price >= self.limit_level

    def trail(self, best: float) -> None:
        """Move the trigger of a trailing stop after the best price; it never goes back."""
        if self.triggered or self.spec.type is not _TRAILING:
            return
        spec = self.spec
        if self.best is not None and (best >= self.best if self.is_buy else best <= self.best):
            return
        self.best = best
        sign = spec.side.sign
        if spec.trail_amount is not None:
            level = exact(best) + sign * spec.trail_amount
        else:
            level = exact(best) * (ONE + sign * (spec.trail_fraction or ZERO))
        level = self.instrument.price(level)
        if self.trigger is None or (level < self.trigger if self.is_buy else level > self.trigger):
            self._take(spec, level)

    def amend(self, quantity: Decimal, price: Decimal | None, trigger: Decimal | None) -> None:
        """Take other values; who moves its price or wants more goes to the end of the queue."""
        if price != self.limit or quantity > self.spec.quantity:
            self.rested = False
        spec = msgspec.structs.replace(self.spec, quantity=quantity, price=price, trigger=trigger)
        self._take(spec, trigger)

    def _take(self, spec: OrderSpec, trigger: Decimal | None) -> None:
        self.spec = spec
        self.limit = spec.price
        self.limit_level = 0.0 if spec.price is None else float(spec.price)
        self.trigger = trigger
        self.trigger_level = 0.0 if trigger is None else float(trigger)
