"""Where the stop of a position is: at its entry, and as the price moves (spec/risk-and-positions.md, sections 4 and 6).

Prices are Decimal in the quote asset, taken to the tick away from the market. A stop that is reckoned here is never
looser than the one before.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.domain.instrument import Rounding
from tradewind.domain.money import ONE, ZERO, exact
from tradewind.domain.order import Side
from tradewind.risk.exits.plan import Distance

if TYPE_CHECKING:
    from tradewind.domain.instrument import Instrument
    from tradewind.risk.exits.plan import EntryPlan, TrailingPlan

TWICE = Decimal(2)
STILL, STILL_COUNTS = Decimal("0.001"), Decimal("0.01")
"""A mean true range below this fraction of the price says nothing, and counts as that one."""


def gain(side: Side, entry: Decimal, price: Decimal) -> Decimal:
    """Return how far a price is from the entry, as a fraction of it, in favour positive."""
    return (price - entry) * side.sign / entry


def away(price: Decimal, side: Side, instrument: Instrument) -> Decimal:
    """Take the stop of a position to the tick, away from the market: down for a long, up for a short."""
    return instrument.price(price, Rounding.DOWN if side is Side.BUY else Rounding.UP)


def is_reached(level: Decimal, side: Side, price: Decimal) -> bool:
    """Tell whether the market has come to the stop of a position; at it is reached."""
    return (price - level) * side.sign <= 0


def is_tighter(level: Decimal, than: Decimal | None, side: Side) -> bool:
    """Tell whether a stop is nearer to the profit than another; any is than none."""
    return than is None or (level - than) * side.sign > 0


def entry_stop(
    plan: EntryPlan, side: Side, price: Decimal, atr: float | None, instrument: Instrument
) -> Decimal | None:
    """Return the stop of an entry at `price` whose strategy names none; None if it is to have none.

    By the mean true range if that is asked for and known, else by the fixed distance; one at or below zero is none.
    """
    distance = None
    if plan.atr_multiplier is not None and atr is not None:
        reach = exact(atr)
        distance = (reach if reach >= STILL * price else STILL_COUNTS * price) * plan.atr_multiplier
    elif plan.stop_loss is not None:
        distance = price * plan.stop_loss
    if distance is None:
        return None
    level = away(price - side.sign * distance, side, instrument)
    return level if level > 0 else None


def entry_target(plan: EntryPlan, side: Side, price: Decimal, instrument: Instrument) -> Decimal | None:
    """Return the target of an entry at `price` whose strategy names none; None if it is to have none."""
    if plan.take_profit is None:
        return None
    level = price * (ONE + side.sign * plan.take_profit)
    return instrument.price(level, Rounding.UP if side is Side.BUY else Rounding.DOWN)


def breakeven(plan: TrailingPlan, side: Side, entry: Decimal, fee: Decimal) -> Decimal:
    """Return the stop at which a position ends without a loss; `fee` is the taker's, as a fraction.

    With costs covered it is at least two fees and two slippages beyond the entry.
    """
    buffer = plan.buffer
    if plan.cover_costs:
        buffer = max(buffer, TWICE * (fee + plan.slippage))
    return entry * (ONE + side.sign * buffer)


def trailed(plan: TrailingPlan, side: Side, best: Decimal, atr: float | None) -> Decimal:
    """Return the stop that follows the best price, at the configured distance."""
    distances: list[Decimal] = []
    if plan.pct is not None:
        distances.append(best * plan.pct)
    if plan.atr is not None:
        distances.append(best * plan.fallback_pct if atr is None else exact(atr) * plan.atr)
    distance = max(distances, default=ZERO) if plan.mode is Distance.WIDER else min(distances, default=ZERO)
    return best - side.sign * distance
