"""The metrics that count round trips: won, lost, long, short, and how many in a row."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.order import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.domain.trip import RoundTrip

_FINEST = Decimal("1e-18")
"""Money has 18 decimals; what lies below is left over from dividing for an average price."""


class Counts(msgspec.Struct, frozen=True, gc=False):
    """How many round trips there were, by outcome and by side.

    `current_streak` counts wins up and losses down; a trip that came out even ends a streak. `unvalued` are trips
    with a cost whose price was not known: nobody can say whether they won, so they count in `total` alone.
    """

    total: int
    winning: int
    losing: int
    breakeven: int
    win_rate: float | None
    long: int
    short: int
    current_streak: int
    longest_winning_streak: int
    longest_losing_streak: int
    unvalued: int = 0


def net_of(trip: RoundTrip) -> Decimal:
    """Return the profit after all costs at the 18 decimals of money, so that a trip that came out even is even.

    Ask within `money_context()`.
    """
    return trip.net.quantize(_FINEST).normalize()


def counts_of(trips: Sequence[RoundTrip], nets: Sequence[Decimal]) -> Counts:
    """Count trips in the order in which they closed; `nets` are their profits, as far as they are known."""
    total = len(trips)
    valued = [net for trip, net in zip(trips, nets, strict=True) if trip.complete]
    winning = sum(net > 0 for net in valued)
    losing = sum(net < 0 for net in valued)
    current, best, worst = streaks(valued)
    long = sum(trip.side is Side.BUY for trip in trips)
    return Counts(
        total=total,
        winning=winning,
        losing=losing,
        breakeven=len(valued) - winning - losing,
        win_rate=winning / len(valued) if valued else None,
        long=long,
        short=total - long,
        current_streak=current,
        longest_winning_streak=best,
        longest_losing_streak=worst,
        unvalued=total - len(valued),
    )


def streaks(nets: Sequence[Decimal]) -> tuple[int, int, int]:
    """Return the current streak (signed), the longest of wins and the longest of losses."""
    current = best = worst = 0
    for net in nets:
        if net > 0:
            current = max(current, 0) + 1
        elif net < 0:
            current = min(current, 0) - 1
        else:
            current = 0
        best, worst = max(best, current), max(worst, -current)
    return current, best, worst
