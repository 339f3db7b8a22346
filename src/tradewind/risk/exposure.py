"""The checks of what the account holds: positions and leverage, with what is in flight counted as there.

No order of events gets a position past its limit, as far as one strategy trades an instrument. With `held`
towards a side, `exits` that may only reduce, `at_once` market orders and `resting` entries of that side, two
things hold after each order that is let through, and no fill, cancel or later exit breaks them:

- `resting` is at most the limit: an exit is always let through, and may close all before an entry is reached;
- `min(held + exits, 0) + at_once + resting` is: while a market order is on its way, exits beside it are held
  back by what it closes itself (`risk/room.py`), so it may turn a position in one go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ONE, ZERO
from tradewind.domain.order import OrderType
from tradewind.domain.step import RefusalCode
from tradewind.risk.entry.book import lines, net_towards

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.ids import StrategyId
    from tradewind.domain.step import Refusal
    from tradewind.ports import View
    from tradewind.risk.checks import Candidate
    from tradewind.risk.entry.book import Line
    from tradewind.risk.limits import Limits

C = RefusalCode


def check_exposure(
    candidate: Candidate, limits: Limits, view: View, equity: Decimal | None = None, book: list[Line] | None = None
) -> Refusal | None:
    """Refuse what would take the account beyond a limit; what is in flight counts as there.

    `equity` and `book` (what is held and on its way) are read here unless whoever asks has read them.
    """
    if limits.position_quantity_max is not None or limits.position_value_max is not None:
        intent, instrument = candidate.intent, candidate.instrument
        held = _held_at_worst(candidate, view)
        after = held + view.pending(intent.instrument, intent.side) + candidate.quantity
        if limits.position_quantity_max is not None and after > limits.position_quantity_max:
            return candidate.refuse(C.MAX_POSITION, limits.position_quantity_max, after, _advice(candidate, view))
        after_value = instrument.notional(after, candidate.price)
        if limits.position_value_max is not None and after_value > limits.position_value_max:
            return candidate.refuse(C.MAX_POSITION, limits.position_value_max, after_value, _advice(candidate, view))
    if limits.strategy_value_max is not None:
        refusal = _check_strategy(candidate, limits.strategy_value_max, view)
        if refusal is not None:
            return refusal
    sums = limits.gross_value_max is not None or limits.net_value_max is not None
    if not sums and limits.leverage_max is None:
        return None
    gross = view.gross_exposure()
    refusal = _check_sums(candidate, limits, view, gross, lines(view) if book is None else book) if sums else None
    if refusal is not None or limits.leverage_max is None:
        return refusal
    return _check_leverage(candidate, limits.leverage_max, view, gross, view.equity() if equity is None else equity)


def check_exit(candidate: Candidate, limits: Limits, view: View) -> Refusal | None:
    """Refuse an exit that, filled before a market order on its way, would let that one and entries pass a limit."""
    if limits.position_quantity_max is None and limits.position_value_max is None:
        return None
    intent = candidate.intent
    orders = [order for order in view.open_orders(intent.instrument) if order.spec.side is intent.side]
    if not any(order.spec.trades_at_once and not order.spec.reduces_net for order in orders):
        return None
    held = view.position(intent.instrument).quantity * intent.side.sign + candidate.quantity
    held += sum(order.open_quantity for order in orders if order.spec.reduces_net)
    after = min(held, ZERO) + view.pending(intent.instrument, intent.side)
    if limits.position_quantity_max is not None and after > limits.position_quantity_max:
        return candidate.refuse(C.REDUCE_ONLY, limits.position_quantity_max, after, _WAIT)
    after_value = candidate.instrument.notional(after, candidate.price)
    if limits.position_value_max is not None and after_value > limits.position_value_max:
        return candidate.refuse(C.REDUCE_ONLY, limits.position_value_max, after_value, _WAIT)
    return None


_WAIT = "a market order that closes the position is on its way: the exit is let through when that has been filled"
_CLOSE_FIRST = (
    "an exit may come before an order that rests, which then counts whole: close first and enter on that fill, "
    "or turn the position by a market order"
)


def _advice(candidate: Candidate, view: View) -> str:
    """Say what to do in the place of an order that rests and would turn the position."""
    intent = candidate.intent
    turns = view.position(intent.instrument).quantity * intent.side.sign < 0
    return _CLOSE_FIRST if turns and intent.type is not OrderType.MARKET else ""


def _check_strategy(candidate: Candidate, limit: Decimal, view: View) -> Refusal | None:
    """Refuse what would give a strategy too much of an instrument, whatever the others have."""
    intent = candidate.intent
    held = _held_at_worst(candidate, view, intent.strategy)
    after = held + view.pending(intent.instrument, intent.side, intent.strategy) + candidate.quantity
    value = candidate.instrument.notional(after, candidate.price)
    return candidate.refuse(C.STRATEGY_POSITION, limit, value, intent.strategy) if value > limit else None


def _check_sums(
    candidate: Candidate, limits: Limits, view: View, gross: Decimal | None, book: list[Line]
) -> Refusal | None:
    """Refuse what would take the sum of all positions, or longs less shorts, beyond a limit, in the base currency."""
    worth = view.worth(candidate.instrument.quote)
    net = None if limits.net_value_max is None else net_towards(book, candidate.intent.side.sign, view)
    if gross is None or worth is None or (net is None and limits.net_value_max is not None):
        return candidate.refuse(C.SIZER_INPUT_MISSING, detail="exposure is unknown: a price is missing")
    added = candidate.value * worth
    opens = added * _opening_share(candidate)
    if limits.gross_value_max is not None and gross + opens > limits.gross_value_max:
        return candidate.refuse(C.GROSS_EXPOSURE, limits.gross_value_max, gross + opens)
    if net is not None and limits.net_value_max is not None and net + added > limits.net_value_max:
        return candidate.refuse(C.NET_EXPOSURE, limits.net_value_max, net + added)
    return None


def _opening_share(candidate: Candidate) -> Decimal:
    """Return which part of a candidate opens."""
    closing = max(candidate.room or ZERO, ZERO)
    return (candidate.quantity - closing) / candidate.quantity if closing and candidate.quantity else ONE


def _held_at_worst(candidate: Candidate, view: View, strategy: StrategyId | None = None) -> Decimal:
    """Return the position towards the intent's side, when what closes it has come first.

    Before an order that rests any exit may come, also one that is asked for later; before one that trades at
    once only those that are there.
    """
    intent = candidate.intent
    held = view.position(intent.instrument, strategy).quantity * intent.side.sign
    if held >= 0:
        return held
    if intent.type is not OrderType.MARKET:
        return ZERO
    for order in view.open_orders(intent.instrument, strategy):
        spec = order.spec
        if spec.reduces_net and spec.side is intent.side:
            held += order.open_quantity
    return min(held, ZERO)


def leverage_after(change: Decimal, candidate: Candidate, view: View) -> Decimal | None:
    """Return gross exposure, all pending and `change` (in the quote asset) over equity; None if it is not known."""
    equity, gross, worth = view.equity(), view.gross_exposure(), view.worth(candidate.instrument.quote)
    if equity is None or gross is None or worth is None or equity <= 0:
        return None
    return (gross + change * worth) / equity


def _check_leverage(
    candidate: Candidate, limit: Decimal, view: View, gross: Decimal | None, equity: Decimal | None
) -> Refusal | None:
    if equity is None or gross is None:
        return candidate.refuse(C.SIZER_INPUT_MISSING, detail="equity is unknown: a price is missing")
    worth = view.worth(candidate.instrument.quote)
    leverage = None if worth is None or equity <= 0 else (gross + candidate.value * worth) / equity
    if leverage is None or leverage > limit:
        return candidate.refuse(C.LEVERAGE, limit, leverage, "gross exposure over equity")
    return None
