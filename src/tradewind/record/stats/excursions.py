"""Excursions: how far prices went for and against round trips, and how much of the best was kept.

Source: J. Sweeney, "Maximum Adverse Excursion" (1997); spec/risk-and-positions.md, section 12.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.order import Side
from tradewind.record.stats.risk import percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tradewind.domain.trip import RoundTrip

PERCENTILES = (10, 25, 50, 75, 90)


class Excursions(msgspec.Struct, frozen=True, gc=False):
    """Signed moves of the price from the entry, as fractions, unsized and before costs; None when there are none.

    The percentiles are those of `PERCENTILES`, of the round trips that won and of those that lost.
    """

    count: int
    average_mfe: float | None
    average_mae: float | None
    ratio: float | None
    exit_efficiency: float | None
    mfe_of_winners: tuple[float, ...] | None
    mae_of_winners: tuple[float, ...] | None
    mfe_of_losers: tuple[float, ...] | None
    mae_of_losers: tuple[float, ...] | None


def excursions(trips: Iterable[RoundTrip]) -> Excursions:
    """Measure round trips; those without a bar between entry and exit are left out."""
    seen = [(trip, trip.mfe, trip.mae) for trip in trips if trip.mfe is not None and trip.mae is not None]
    average_mfe = _mean(mfe for _, mfe, _ in seen)
    average_mae = _mean(mae for _, _, mae in seen)
    winners = [(mfe, mae) for trip, mfe, mae in seen if trip.net > 0]
    losers = [(mfe, mae) for trip, mfe, mae in seen if trip.net < 0]
    return Excursions(
        count=len(seen),
        average_mfe=average_mfe,
        average_mae=average_mae,
        ratio=average_mfe / abs(average_mae) if average_mfe is not None and average_mae else None,
        exit_efficiency=_mean(e for e in (exit_efficiency(trip) for trip, _, _ in seen) if e is not None),
        mfe_of_winners=_spread([mfe for mfe, _ in winners]),
        mae_of_winners=_spread([mae for _, mae in winners]),
        mfe_of_losers=_spread([mfe for mfe, _ in losers]),
        mae_of_losers=_spread([mae for _, mae in losers]),
    )


def excursions_by(
    trips: Iterable[RoundTrip],
    key: Callable[[RoundTrip], tuple[str, ...]] = lambda trip: (trip.strategy, trip.instrument, trip.side.value),
) -> dict[tuple[str, ...], Excursions]:
    """Measure round trips in groups: by strategy, instrument and side, unless told otherwise."""
    groups: dict[tuple[str, ...], list[RoundTrip]] = {}
    for trip in trips:
        groups.setdefault(key(trip), []).append(trip)
    return {name: excursions(group) for name, group in sorted(groups.items())}


def exit_efficiency(trip: RoundTrip) -> float | None:
    """Return gain ÷ MFE within 0 and 1; None where the price never went our way."""
    if trip.mfe is None or trip.mfe <= 0.0 or not trip.entry_price:
        return None
    sign = 1.0 if trip.side is Side.BUY else -1.0
    gain = sign * float(trip.exit_price / trip.entry_price - 1)
    return min(max(gain / trip.mfe, 0.0), 1.0)


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return statistics.fmean(found) if found else None


def _spread(values: list[float]) -> tuple[float, ...] | None:
    return tuple(p for share in PERCENTILES if (p := percentile(values, share / 100)) is not None) or None
