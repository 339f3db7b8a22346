"""The metrics of return: what was earned, in money and as a share of what was there."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.money import ZERO
from tradewind.domain.time import NS_PER_DAY, TimeNs
from tradewind.record.stats.equity import Sample, day_ends, returns_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.ports import Calendar

DAYS_A_YEAR = 365


class Returns(msgspec.Struct, frozen=True, gc=False):
    """Money in the base currency (`realized_pnl` is net of all costs, and exact); the rest are fractions.

    `total_pnl` is the change of equity without deposits and withdrawals: realised and unrealised together.
    What rests on an amount that could not be valued is None.
    """

    realized_pnl: Decimal | None
    total_pnl: float | None
    total_return: float | None
    cagr: float | None
    best_trade: Decimal | None
    worst_trade: Decimal | None
    best_day: float | None
    worst_day: float | None


def returns_from(
    nets: Sequence[Decimal] | None,
    samples: Sequence[Sample],
    span_ns: TimeNs,
    *,
    total_pnl: float | None,
    calendar: Calendar | None = None,
) -> Returns:
    """Return the metrics of return of net profits (None if one is not known) and of equity samples (of one unit)."""
    daily = returns_of(day_ends(samples, calendar))
    first, last = (samples[0][1], samples[-1][1]) if samples else (0.0, 0.0)
    return Returns(
        realized_pnl=None if nets is None else sum(nets, ZERO),
        total_pnl=total_pnl,
        total_return=last / first - 1.0 if first > 0.0 else None,
        cagr=cagr(first, last, span_ns),
        best_trade=max(nets or (), default=None),
        worst_trade=min(nets or (), default=None),
        best_day=max(daily, default=None),
        worst_day=min(daily, default=None),
    )


def cagr(first: float, last: float, span_ns: int) -> float | None:
    """Return (end ÷ start)^(365 ÷ days) − 1; None below one day, or where no number can hold it."""
    days = span_ns / NS_PER_DAY
    if days < 1.0 or first <= 0.0 or last < 0.0:
        return None
    try:
        growth = math.pow(last / first, DAYS_A_YEAR / days)
    except OverflowError:
        return None
    return growth - 1.0
