"""What closed trades say of stops and targets: proposals, never more than a fifth away from what is configured.

Moves are signed fractions of the entry's price, unsized and before costs (spec/risk-and-positions.md, section 12).
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tradewind.domain.money import ONE, exact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.risk.exits.plan import ExitPlan

TRADES_MIN = 50
"""Of fewer closed trades nothing is proposed."""
CHANGE_MAX = Decimal("0.20")
"""A change of more than this fraction is cut to it."""
STOP_FACTOR = 1.1
STOP_SHARE, TARGET_SHARES = 0.9, (0.5, 0.7, 0.9)
DIGITS = Decimal("0.0001")


class Move(NamedTuple):
    """How far the price went for and against a trade, and whether that was won after all costs."""

    mfe: float
    mae: float
    won: bool


class Proposal(NamedTuple):
    """Other distances, as fractions; None where the trades, or what is configured, do not suffice to say."""

    trades: int
    stop_loss: Decimal | None
    targets: tuple[Decimal, ...]


def propose(moves: Sequence[Move], plan: ExitPlan) -> Proposal | None:
    """Return what the trades propose instead of what is configured; None of fewer than `TRADES_MIN`.

    The stop: 1.1 times the 90th percentile of how far winners went against us. The targets: the 50th, 70th and 90th
    percentile of how far trades went our way.
    """
    if len(moves) < TRADES_MIN:
        return None
    losses = [abs(move.mae) for move in moves if move.won]
    stop = None if plan.entry is None else plan.entry.stop_loss
    if stop is not None and losses:
        stop = _near(stop, STOP_FACTOR * _percentile(losses, STOP_SHARE))
    targets: tuple[Decimal, ...] = ()
    if plan.partial is not None and len(plan.partial.targets) == len(TARGET_SHARES):
        gains = [move.mfe for move in moves]
        pairs = zip(plan.partial.targets, TARGET_SHARES, strict=True)
        targets = tuple(_near(now, _percentile(gains, share)) for now, share in pairs)
    return Proposal(len(moves), stop, targets)


def _near(now: Decimal, wanted: float) -> Decimal:
    """Return what is wanted, as far as it is not too far from what there is."""
    low, high = now * (ONE - CHANGE_MAX), now * (ONE + CHANGE_MAX)
    return min(max(exact(wanted), low), high).quantize(DIGITS)


def _percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the values lie, linear between neighbours."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
