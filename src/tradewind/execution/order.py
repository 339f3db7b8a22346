"""One order of a session, as the table of orders keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.checkpoint import KeptAmendment, KeptOrder
from tradewind.domain.commands import AmendOrder
from tradewind.domain.money import ZERO
from tradewind.execution.lifecycle import TERMINAL, OrderState

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.events import OrderFilled
    from tradewind.domain.ids import TradeId, VenueOrderId
    from tradewind.domain.order import OrderSpec

_UNKNOWN = OrderState.UNKNOWN  # to look a member of an Enum up takes 0.1 us
_STATES = {state.value: state for state in OrderState}


class Order:
    """One order: what was asked for, where it is, and what has come of it."""

    __slots__ = (
        "amending", "amendments", "executed", "filled", "is_closed", "is_unwanted", "number", "over", "spec", "state",
        "trade_ids", "value", "venue_order", "written",
    )  # fmt: skip

    def __init__(self, spec: OrderSpec, state: OrderState, number: int) -> None:
        self.spec = spec
        self.number = number
        """Its place among the session's orders."""
        self.state = state
        self.is_closed = False
        self.amending: list[AmendOrder] = []
        """Amendments that the venue has not answered, in the order in which they were sent."""
        self.amendments = 0
        """How many were ever sent."""
        self.is_unwanted = False
        """Whether we have asked for it back, and the venue has not refused."""
        self.over: OrderState | None = None
        """How it has ended by the venue's word, while executions that the word counts are not told."""
        self.executed = ZERO
        """What it had executed then."""
        self.filled = ZERO
        self.value = ZERO
        """What filled, at its prices."""
        self.trade_ids: set[TradeId] = set()
        self.venue_order: VenueOrderId | None = None
        self.written: KeptOrder | None = None
        """What `kept` has returned, of an order that has ended: thousands of them are told again and again."""

    @property
    def open_quantity(self) -> Decimal:
        """How much may still be executed, if the venue takes what it was last asked for; nothing after the end."""
        return ZERO if self.is_closed else max(self.largest - self.filled, ZERO)

    @property
    def largest(self) -> Decimal:
        """How much it may be for at the venue, if that has taken what it was last asked for."""
        if self.over is not None:
            return self.executed
        most = self.spec.quantity
        for asked in self.amending:
            if asked.quantity is not None and asked.quantity > most:
                most = asked.quantity
        return most

    @property
    def is_clear(self) -> bool:
        """Whether the venue has answered everything that was asked about it."""
        return self.is_closed or not (self.state is _UNKNOWN or self.amending or self.is_unwanted or self.over)

    @property
    def average_price(self) -> Decimal:
        """The mean price of what has filled, 0 before."""
        return self.value / self.filled if self.filled else ZERO

    @property
    def was_there(self) -> bool:
        """Whether the venue is known to have had it."""
        return self.venue_order is not None or bool(self.filled) or self.over is not None

    def kept(self) -> KeptOrder:
        """Return it as plain data."""
        if self.written is not None:
            return self.written
        amending = (KeptAmendment(asked.number, asked.quantity, asked.price, asked.trigger) for asked in self.amending)
        kept = KeptOrder(
            self.spec, self.state.value, self.number, self.filled, self.value, tuple(sorted(self.trade_ids)),
            self.venue_order, tuple(amending), self.amendments, self.is_unwanted,
            None if self.over is None else self.over.value, self.executed,
        )  # fmt: skip
        if self.is_closed:
            self.written = kept
        return kept

    @classmethod
    def of(cls, kept: KeptOrder) -> Order:
        """Return the order that `kept` wrote down."""
        spec = kept.spec
        self = cls(spec, _STATES[kept.state], kept.number)
        self.is_closed = self.state in TERMINAL
        self.filled, self.value, self.trade_ids = kept.filled, kept.value, set(kept.trade_ids)
        self.venue_order, self.amendments, self.is_unwanted = kept.venue_order, kept.amendments, kept.is_unwanted
        self.over, self.executed = None if kept.over is None else _STATES[kept.over], kept.executed
        self.amending = [
            AmendOrder(spec.id, spec.instrument, asked.quantity, asked.price, asked.trigger, asked.number)
            for asked in kept.amending
        ]
        if self.is_closed:
            self.written = kept
        return self

    def await_executions(self, end: OrderState, executed: Decimal) -> None:
        """Note that the venue has ended it, and that it had executed more by then than we have heard of."""
        self.over, self.executed = end, executed
        self.amending.clear()
        self.is_unwanted = False

    def take(self, event: OrderFilled) -> None:
        """Add an execution to the totals."""
        quantity = event.quantity
        self.trade_ids.add(event.trade_id)
        self.filled += quantity
        self.value += quantity * event.price
