"""Orders that wait until somebody confirms them."""

from __future__ import annotations

from tradewind.domain.message import Message
from tradewind.domain.order import OrderSpec
from tradewind.domain.signal import OrderIntent
from tradewind.domain.time import TimeNs


class ConfirmationAsked(Message, frozen=True, gc=False, tag="confirmation_asked"):
    """An order was let through and waits, counted as pending, until it is confirmed; at `until` it is refused.

    When it is confirmed the gate looks at `intent` again; what goes out is never larger than `order`.
    """

    intent: OrderIntent
    """What was wished for."""
    order: OrderSpec
    """What the gate has let through."""
    attached: tuple[OrderSpec, ...]
    until: TimeNs
