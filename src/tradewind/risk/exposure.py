"""The checks of what the account holds: positions and leverage, with what is in flight counted as there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.money import ONE, ZERO
from tradewind.domain.step import RefusalCode
from tradewind.risk.entry.book import lines, net_towards

if TYPE_CHECKING:
    from decimal import Decimal

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
            return candidate.refuse(C.MAX_POSITION, limits.position_quantity_max, after)
        after_value = instrument.notional(after, candidate.price)
        if limits.position_value_max is not None and after_value > limits.position_value_max:
            return candidate.refuse(C.MAX_POSITION, limits.position_value_max, after_value)
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


def _check_strategy(candidate: Candidate, limit: Decimal, view: View) -> Refusal | None:
    """Refuse what would give a strategy too much of an instrument, whatever the others have."""
    intent = candidate.intent
    held = view.position(intent.instrument, intent.strategy).quantity * intent.side.sign
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


def _held_at_worst(candidate: Candidate, view: View) -> Decimal:
    """Return the position towards the intent's side; what closes it, on its way or at rest, may come first."""
    intent = candidate.intent
    held = view.position(intent.instrument).quantity * intent.side.sign
    if held >= 0:
        return held
    for order in view.open_orders(intent.instrument):
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
