"""The checks of the gate, each a function that answers None or the refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.account import AccountKind
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.money import ONE, ZERO
from tradewind.domain.order import OrderType, Side, TimeInForce
from tradewind.domain.step import Refusal, RefusalCode

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.instrument import Instrument
    from tradewind.domain.signal import OrderIntent
    from tradewind.ports import View
    from tradewind.risk.limits import Limits

C = RefusalCode


class Candidate(NamedTuple):
    """An intent with its quantity on the lot, the price it is reckoned at, and whether it adds exposure."""

    intent: OrderIntent
    instrument: Instrument
    quantity: Decimal
    price: Decimal
    adds: bool

    @property
    def value(self) -> Decimal:
        """Return the value of the order in the quote asset."""
        return self.instrument.notional(self.quantity, self.price)

    def refuse(
        self, code: RefusalCode, limit: Decimal | None = None, value: Decimal | None = None, detail: str = ""
    ) -> Refusal:
        """Return the refusal of this intent."""
        return Refusal(self.intent, code, limit, value, detail)


def check_form(candidate: Candidate) -> Refusal | None:
    """Refuse an order that contradicts itself or that the instrument cannot do."""
    contradiction = _contradiction(candidate.intent)
    if contradiction:
        return candidate.refuse(C.INVALID_ORDER, detail=contradiction)
    instrument, quantity = candidate.instrument, candidate.quantity
    for name in ("price", "trigger", "stop_loss", "take_profit"):
        price = getattr(candidate.intent, name)
        if price is not None and (price <= 0 or price % instrument.tick):
            return candidate.refuse(C.INVALID_ORDER, instrument.tick, price, f"{name} is not a multiple of the tick")
    if quantity < instrument.quantity_min:
        return candidate.refuse(C.BELOW_MINIMUM, instrument.quantity_min, quantity, "minimum quantity")
    if instrument.quantity_max and quantity > instrument.quantity_max:
        return candidate.refuse(C.ABOVE_MAXIMUM, instrument.quantity_max, quantity, "maximum quantity")
    if candidate.adds and candidate.value < instrument.notional_min:
        return candidate.refuse(C.BELOW_MINIMUM, instrument.notional_min, candidate.value, "minimum value")
    return None


def _contradiction(intent: OrderIntent) -> str:
    kind = intent.type
    if kind in (OrderType.LIMIT, OrderType.STOP_LIMIT) and intent.price is None:
        return f"a {kind.value} order needs a price"
    if kind in (OrderType.MARKET, OrderType.STOP, OrderType.TRAILING_STOP) and intent.price is not None:
        return f"a {kind.value} order has no price"
    if kind in (OrderType.STOP, OrderType.STOP_LIMIT) and intent.trigger is None:
        return f"a {kind.value} order needs a trigger"
    if kind is OrderType.TRAILING_STOP and (intent.trail_amount is None) == (intent.trail_fraction is None):
        return "a trailing stop needs a distance: either trail_amount or trail_fraction"
    if intent.post_only and (kind is not OrderType.LIMIT or intent.tif in (TimeInForce.IOC, TimeInForce.FOK)):
        return "only a resting limit order can be post-only"
    if (intent.tif is TimeInForce.GTD) != (intent.expire_at is not None):
        return "time in force GTD and expire_at go together"
    if (intent.stop_loss is not None or intent.take_profit is not None) and intent.reduce_only:
        return "exits can be attached to an entry only"
    return ""


def check_limits(candidate: Candidate, limits: Limits, view: View) -> Refusal | None:
    """Refuse what would exceed a limit of the session; position limits count what is in flight."""
    value = candidate.value
    if limits.order_value_max is not None and value > limits.order_value_max:
        return candidate.refuse(C.ORDER_VALUE, limits.order_value_max, value)
    intent, instrument = candidate.intent, candidate.instrument
    held = view.position(intent.instrument).quantity * intent.side.sign
    after = held + view.pending(intent.instrument, intent.side) + candidate.quantity
    if limits.position_quantity_max is not None and after > limits.position_quantity_max:
        return candidate.refuse(C.MAX_POSITION, limits.position_quantity_max, after)
    after_value = instrument.notional(after, candidate.price)
    if limits.position_value_max is not None and after_value > limits.position_value_max:
        return candidate.refuse(C.MAX_POSITION, limits.position_value_max, after_value)
    return _check_collar(candidate, limits, view) or _check_leverage(candidate, limits, view)


def _check_collar(candidate: Candidate, limits: Limits, view: View) -> Refusal | None:
    """Refuse a limit price so far on the losing side that it must be a mistake."""
    last = view.last_price(candidate.intent.instrument)
    price = candidate.intent.price
    if limits.price_collar is None or price is None or not last:
        return None
    reference = candidate.instrument.price(last)
    worse = (price - reference) * candidate.intent.side.sign / reference
    if worse > limits.price_collar:
        return candidate.refuse(C.PRICE_COLLAR, limits.price_collar, worse, f"last price {reference}")
    return None


def _check_leverage(candidate: Candidate, limits: Limits, view: View) -> Refusal | None:
    if limits.leverage_max is None:
        return None
    equity, gross = view.equity(), view.gross_exposure()
    if equity is None or gross is None:
        return candidate.refuse(C.SIZER_INPUT_MISSING, detail="equity is unknown: a price is missing")
    leverage = (gross + candidate.value) / equity if equity > 0 else None
    if leverage is None or leverage > limits.leverage_max:
        return candidate.refuse(C.LEVERAGE, limits.leverage_max, leverage, "gross exposure over equity")
    return None


def check_funds(candidate: Candidate, limits: Limits, account: AccountKind, view: View) -> Refusal | None:
    """Refuse what the account cannot pay for, or a sale of what it does not have."""
    instrument = candidate.instrument
    if instrument.kind is InstrumentKind.PERPETUAL:
        return _check_margin(candidate, instrument.margin_initial, view) if candidate.adds else None
    if candidate.intent.side is Side.SELL:
        return _check_sale(candidate, limits, account, view)
    if account is AccountKind.MARGIN and candidate.adds:
        return _check_margin(candidate, instrument.margin_initial, view)
    needed = candidate.value * (ONE + instrument.fees.rate(maker=False))
    free = view.free_cash(instrument.quote)
    if needed > free:
        return candidate.refuse(C.INSUFFICIENT_FUNDS, free, needed, f"free {instrument.quote}, fees included")
    return None


def _check_sale(candidate: Candidate, limits: Limits, account: AccountKind, view: View) -> Refusal | None:
    """Refuse a sale of more than is held and not yet on its way out, unless shorts are allowed."""
    intent, instrument = candidate.intent, candidate.instrument
    if account is AccountKind.MARGIN and limits.allow_short:
        return _check_margin(candidate, instrument.margin_initial, view) if candidate.adds else None
    held = view.position(intent.instrument, intent.strategy).quantity
    leaving = ZERO if intent.reduce_only else view.pending(intent.instrument, Side.SELL, intent.strategy)
    if candidate.quantity > max(held, ZERO) - leaving:
        return candidate.refuse(
            C.INSUFFICIENT_FUNDS, max(held, ZERO) - leaving, candidate.quantity, f"free {instrument.base}"
        )
    return None


def _check_margin(candidate: Candidate, initial: Decimal, view: View) -> Refusal | None:
    """Refuse what would need more initial margin than the equity leaves free."""
    free = view.free_margin()
    if free is None:
        return candidate.refuse(C.SIZER_INPUT_MISSING, detail="equity is unknown: a price is missing")
    instrument = candidate.instrument
    needed = candidate.value * (initial + instrument.fees.rate(maker=False))
    if needed > free:
        return candidate.refuse(C.INSUFFICIENT_FUNDS, free, needed, "free margin, fees included")
    return None
