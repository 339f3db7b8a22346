"""Whether the venue takes an order, or a change of one, as it arrives.

A reason is a text, the empty string means that there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import exact, plain
from tradewind.domain.order import OrderType, TimeInForce

if TYPE_CHECKING:
    from tradewind.domain.commands import AmendOrder
    from tradewind.domain.time import TimeNs
    from tradewind.venues.sim.account import SimAccount
    from tradewind.venues.sim.desk import Desk
    from tradewind.venues.sim.requests import Matcher
    from tradewind.venues.sim.resting import Resting

_GTD = TimeInForce.GTD  # to look a member of an Enum up takes 0.1 us


class Admission:
    """Checks what arrives against the market, the account and what rests."""

    def __init__(self, desk: Desk, account: SimAccount, matcher: Matcher) -> None:
        self._desk = desk
        self._account = account
        self._matcher = matcher

    def objection(self, order: Resting, ts: TimeNs) -> str:
        """Say why an arriving order cannot be taken; start its trail, and note whether it rests at once."""
        spec = order.spec
        if spec.oco is not None and self._desk.is_late(spec):
            return f"an order that shares {spec.oco} was executed"
        if spec.tif is _GTD and (spec.expire_at or 0) <= ts:
            return "expires before it arrives"
        if spec.reduces_net and not self._account.reducible(order):
            return "reduce-only: there is no position to reduce"
        price = self._matcher.meets(spec.instrument, is_buy=order.is_buy)
        if price is not None:
            order.trail(price)
            reason = self._against_market(order, price) if spec.post_only or not order.triggered else ""
            if reason:
                return reason
            order.rested = spec.post_only  # it was seen not to cross
        return self._unaffordable(order, price)

    def amend(self, order: Resting, effect: AmendOrder) -> str:
        """Change an order, or say why that cannot be; then it is as it was."""
        spec, trigger = order.spec, order.trigger
        reason = _contradiction(order, effect)
        if reason:
            return reason
        rested, reserved = order.rested, order.reserved
        order.amend(
            spec.quantity if effect.quantity is None else effect.quantity,
            spec.price if effect.price is None else effect.price,
            trigger if effect.trigger is None else effect.trigger,
        )
        price = self._matcher.meets(spec.instrument, is_buy=order.is_buy)
        if price is not None and order.bracket is None:
            reason = self._against_market(order, price)
        if not reason and order.bracket is None:
            reason = self._unaffordable(order, price)
        if reason:
            order.amend(spec.quantity, spec.price, trigger)
            order.rested, order.reserved = rested, reserved
        elif spec.post_only:
            order.rested = price is not None
        return reason

    def _against_market(self, order: Resting, price: float) -> str:
        if order.spec.post_only and order.crosses(price):
            return f"post-only: would take at {plain(exact(price))}"
        if not order.triggered and order.reached(price):
            return f"would trigger at once: the market is at {plain(exact(price))}"
        return ""

    def _unaffordable(self, order: Resting, price: float | None) -> str:
        at = order.limit or order.trigger or (None if price is None else exact(price))
        if at is None:
            return ""  # no price yet: the account is asked again when it trades
        fee, asset = self._desk.fee(order, order.left, at, maker=False)
        resting = list(self._desk.all()) if self._desk.books else ()
        return self._account.unaffordable(order, at, fee, asset, resting)


def _contradiction(order: Resting, effect: AmendOrder) -> str:
    spec = order.spec
    if effect.quantity is not None and effect.quantity <= order.filled:
        return f"not above what has filled: {plain(order.filled)}"
    if spec.type is OrderType.MARKET:
        return "a market order cannot be amended"
    if effect.price is not None and spec.price is None:
        return "the order has no price"
    if effect.trigger is not None and (spec.trigger is None or order.triggered):
        return "the order has no trigger, or it was reached"
    return ""
