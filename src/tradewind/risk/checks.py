"""The checks of the gate, each a function that answers None or the refusal."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.account import AccountKind
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.money import ONE, ZERO, exact
from tradewind.domain.order import OrderType, Side, TimeInForce
from tradewind.domain.signal import OrderIntent
from tradewind.domain.step import Refusal, RefusalCode

if TYPE_CHECKING:
    from tradewind.ports import View
    from tradewind.risk.limits import Limits

C = RefusalCode


# Walked by every order: to look a member of an Enum up takes 0.1 us.
_SELL, _MARGIN, _PERPETUAL = Side.SELL, AccountKind.MARGIN, InstrumentKind.PERPETUAL
_TRAILING, _LIMIT, _GTD = OrderType.TRAILING_STOP, OrderType.LIMIT, TimeInForce.GTD
_PRICED = (OrderType.LIMIT, OrderType.STOP_LIMIT)
_TRIGGERED = (OrderType.STOP, OrderType.STOP_LIMIT)
_AT_ONCE = (TimeInForce.IOC, TimeInForce.FOK)


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """An intent with its quantity on the lot, the price it is reckoned at, and its value in the quote asset.

    `room` is how much of its strategy's position it could close, with what is already on its way out
    deducted; None if it does not point against a position. `adds` tells whether it adds exposure.
    """

    intent: OrderIntent
    instrument: Instrument
    quantity: Decimal
    price: Decimal
    value: Decimal
    room: Decimal | None
    adds: bool

    def refuse(
        self, code: RefusalCode, limit: Decimal | None = None, value: Decimal | None = None, detail: str = ""
    ) -> Refusal:
        """Return the refusal of this intent."""
        return Refusal(self.intent, code, limit, value, detail)


def check_form(candidate: Candidate) -> Refusal | None:
    """Refuse an order that contradicts itself or that the instrument cannot do."""
    intent, instrument, quantity = candidate.intent, candidate.instrument, candidate.quantity
    if not intent.is_bare:
        contradiction = _contradiction(candidate)
        if contradiction:
            return candidate.refuse(C.INVALID_ORDER, detail=contradiction)
        for price in (intent.price, intent.trigger, intent.stop_loss, intent.take_profit, intent.trail_amount):
            if price is not None and (price <= 0 or price % instrument.tick):
                return candidate.refuse(C.INVALID_ORDER, instrument.tick, price, "not a positive multiple of the tick")
    if intent.reduce_only and (candidate.room is None or quantity > candidate.room):
        room = ZERO if candidate.room is None else candidate.room
        return candidate.refuse(C.REDUCE_ONLY, room, quantity, "position less what is on its way out")
    if quantity < instrument.quantity_min:
        return candidate.refuse(C.BELOW_MINIMUM, instrument.quantity_min, quantity, "minimum quantity")
    if instrument.quantity_max and quantity > instrument.quantity_max:
        return candidate.refuse(C.ABOVE_MAXIMUM, instrument.quantity_max, quantity, "maximum quantity")
    if candidate.adds and candidate.value < instrument.notional_min:
        return candidate.refuse(C.BELOW_MINIMUM, instrument.notional_min, candidate.value, "minimum value")
    return None


def _contradiction(candidate: Candidate) -> str:
    intent = candidate.intent
    kind = intent.type
    if (kind in _PRICED) != (intent.price is not None):
        return f"a {kind.value} order {'needs a' if intent.price is None else 'has no'} price"
    if kind in _TRIGGERED and intent.trigger is None:
        return f"a {kind.value} order needs a trigger"
    if kind is _TRAILING and (intent.trail_amount is None) == (intent.trail_fraction is None):
        return "a trailing stop needs a distance: either trail_amount or trail_fraction"
    if intent.trail_fraction is not None and not 0 < intent.trail_fraction < 1:
        return f"trail_fraction lies between 0 and 1: {intent.trail_fraction}"
    if intent.post_only and (kind is not _LIMIT or intent.tif in _AT_ONCE):
        return "only a resting limit order can be post-only"
    if (intent.tif is _GTD) != (intent.expire_at is not None):
        return "time in force GTD and expire_at go together"
    if not intent.has_exits:
        return ""
    if intent.time_limit_ns is not None and intent.time_limit_ns <= 0:
        return f"a time limit is a time after the entry: {intent.time_limit_ns} ns"
    if intent.reduce_only:
        return "exits can be attached to an entry only"
    return _misplaced(intent.stop_loss, intent.take_profit, candidate)


def _misplaced(stop_loss: Decimal | None, take_profit: Decimal | None, candidate: Candidate) -> str:
    """Say which exit would close the position as soon as it is open; the empty string if none."""
    sign, price = candidate.intent.side.sign, candidate.price
    if stop_loss is not None and (price - stop_loss) * sign <= 0:
        return f"stop_loss {stop_loss} lies on the side of profit of {price}"
    if take_profit is not None and (take_profit - price) * sign <= 0:
        return f"take_profit {take_profit} lies on the side of loss of {price}"
    return ""


def check_order(candidate: Candidate, limits: Limits, view: View) -> Refusal | None:
    """Refuse an order that is too large by itself, or priced beyond the collar."""
    if limits.order_value_max is not None and candidate.value > limits.order_value_max:
        return candidate.refuse(C.ORDER_VALUE, limits.order_value_max, candidate.value)
    if limits.order_quantity_max is not None and candidate.quantity > limits.order_quantity_max:
        return candidate.refuse(C.ORDER_QUANTITY, limits.order_quantity_max, candidate.quantity)
    return None if candidate.intent.price is None else _check_collar(candidate, limits, view)


def _check_collar(candidate: Candidate, limits: Limits, view: View) -> Refusal | None:
    """Refuse a limit price so far on the losing side that it must be a mistake."""
    price = candidate.intent.price
    if limits.price_collar is None or price is None:
        return None
    last = view.last_price(candidate.intent.instrument)
    if not last:
        return candidate.refuse(
            C.NO_PRICE, detail="risk.price_collar: no last price yet to hold the limit price against"
        )
    reference = exact(last)
    worse = (price - reference) * candidate.intent.side.sign / reference
    if worse > limits.price_collar:
        return candidate.refuse(C.PRICE_COLLAR, limits.price_collar, worse, f"last price {reference}")
    return None


def check_funds(candidate: Candidate, limits: Limits, account: AccountKind, view: View) -> Refusal | None:
    """Refuse what the account cannot pay for, or a sale of what it does not have."""
    instrument = candidate.instrument
    margined = account is _MARGIN or instrument.kind is _PERPETUAL
    if candidate.intent.side is _SELL and not (margined and limits.allow_short):
        room = max(candidate.room or ZERO, ZERO)
        if candidate.quantity > room:
            return candidate.refuse(C.INSUFFICIENT_FUNDS, room, candidate.quantity, f"free {instrument.base}")
        return None
    if margined:
        return _check_margin(candidate, instrument.margin_initial, view) if candidate.adds else None
    needed = candidate.value * (ONE + instrument.fees.rate(maker=False))
    free = view.free_cash(instrument.quote)
    if needed > free:
        return candidate.refuse(C.INSUFFICIENT_FUNDS, free, needed, f"free {instrument.quote}, fees included")
    return None


def _check_margin(candidate: Candidate, initial: Decimal, view: View) -> Refusal | None:
    """Refuse what would need more initial margin than the equity leaves free."""
    instrument = candidate.instrument
    free, worth = view.free_margin(), view.worth(instrument.quote)
    if free is None or worth is None:
        return candidate.refuse(C.SIZER_INPUT_MISSING, detail="equity is unknown: a price is missing")
    needed = candidate.value * worth * (initial + instrument.fees.rate(maker=False))
    if needed > free:
        return candidate.refuse(C.INSUFFICIENT_FUNDS, free, needed, "free margin, fees included")
    return None
