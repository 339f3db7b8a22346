"""Trailing and breakeven: one rule, the best of all candidates (spec/risk-and-positions.md, section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tradewind.risk.exits.stops import away, breakeven, gain, is_tighter, trailed

if TYPE_CHECKING:
    from decimal import Decimal

    from tradewind.domain.instrument import Instrument
    from tradewind.domain.order import Side
    from tradewind.domain.time import TimeNs
    from tradewind.risk.exits.plan import TrailingPlan

BREAKEVEN, TRAILING = "breakeven", "trailing"


class Trail(NamedTuple):
    """How far the stop of a position has come."""

    level: Decimal | None
    best: Decimal | None
    trails: bool
    even: bool
    moved_at: TimeNs
    why: str = ""
    """What has moved it now; the empty string if it stays."""
    waits: bool = False
    """Whether a move is too small yet, or too soon."""


def follow(  # noqa: PLR0913 - the facts of a position
    plan: TrailingPlan,
    trail: Trail,
    *,
    side: Side,
    entry: Decimal,
    price: Decimal,
    atr: float | None,
    instrument: Instrument,
    now: TimeNs,
) -> Trail:
    """Take a price: return where the stop is now. It never loosens; a move that is too small or too soon waits."""
    best = price if trail.best is None or is_tighter(price, trail.best, side) else trail.best
    reached = gain(side, entry, best)
    trails = trail.trails or reached >= plan.activation
    even = trail.even or (plan.breakeven is not None and reached >= plan.breakeven)
    level, why, waits = trail.level, "", False
    if even:
        candidate = away(breakeven(plan, side, entry, instrument.fees.rate(maker=False)), side, instrument)
        if is_tighter(candidate, level, side):
            level, why = candidate, BREAKEVEN
    if trails:
        candidate = away(trailed(plan, side, best, atr), side, instrument)
        if candidate > 0 and is_tighter(candidate, level, side):
            level, why = candidate, TRAILING
    if level is not None and trail.level is not None and _waits(plan, trail.level, level, now - trail.moved_at):
        waits = level != trail.level
        level, why = trail.level, ""
    return Trail(level, best, trails, even, now if why else trail.moved_at, why, waits)


def _waits(plan: TrailingPlan, old: Decimal, new: Decimal, since: TimeNs) -> bool:
    """Tell whether a move is too small, or comes too soon after the one before."""
    return abs(new - old) < plan.min_move * old or since < plan.min_interval_ns
