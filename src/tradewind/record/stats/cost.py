"""The metrics of efficiency and cost: how long, how much, how dear, and what was refused."""

from __future__ import annotations

import statistics
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.money import ZERO
from tradewind.domain.time import NS_PER_SECOND, TimeNs
from tradewind.record.stats.equity import Sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.domain.trip import RoundTrip


Counted = Decimal | None | msgspec.UnsetType


class Activity(msgspec.Struct, frozen=True):
    """What executions added up to, in the base currency, costs positive; None where it is not known.

    `fees`, `funding` and `interest` that are UNSET were not counted and are taken from closed round trips.
    `open_since` are the times at which positions that are still open were opened. `exposure` is gross exposure as a
    fraction of equity.
    """

    fills: int | None = None
    turnover: Decimal | None = None
    fees: Counted = msgspec.UNSET
    slippage: Decimal | None = None
    funding: Counted = msgspec.UNSET
    interest: Counted = msgspec.UNSET
    refusals: dict[str, int] = {}
    open_since: tuple[TimeNs, ...] = ()
    exposure: tuple[Sample, ...] = ()


class Cost(msgspec.Struct, frozen=True):
    """Seconds, fractions, and money in the base currency (costs positive); `turnover` is the sum of |notional|.

    A sum of which a part could not be valued is None.
    """

    average_duration_s: float | None
    time_in_market: float | None
    fills: int | None
    turnover: Decimal | None
    fees: Decimal | None
    slippage: Decimal | None
    interest: Decimal | None
    funding: Decimal | None
    refusals: dict[str, int]
    exposure_average: float | None
    exposure_peak: float | None


def cost_of(trips: Sequence[RoundTrip], activity: Activity, start: TimeNs, end: TimeNs) -> Cost:
    """Measure round trips and executions between two times."""
    held = [(trip.opened_at, trip.closed_at) for trip in trips]
    lengths = [closed - opened for opened, closed in held]
    still = [(ts, end) for ts in activity.open_since]
    return Cost(
        average_duration_s=statistics.fmean(lengths) / NS_PER_SECOND if lengths else None,
        time_in_market=covered(held + still, start, end) / (end - start) if end > start else None,
        fills=activity.fills,
        turnover=activity.turnover,
        fees=_either(activity.fees, trips, "fees"),
        slippage=activity.slippage,
        interest=_either(activity.interest, trips, "borrow"),
        funding=_either(activity.funding, trips, "funding"),
        refusals=dict(sorted(activity.refusals.items())),
        exposure_average=time_average(activity.exposure, end),
        exposure_peak=max((value for _, value in activity.exposure), default=None),
    )


def covered(spans: Iterable[tuple[TimeNs, TimeNs]], start: TimeNs, end: TimeNs) -> int:
    """Return how many nanoseconds of [start, end] lie in at least one span."""
    total, reached = 0, start
    for opened, closed in sorted(spans):
        begin, stop = max(opened, reached), min(closed, end)
        if stop > begin:
            total += stop - begin
            reached = stop
    return total


def time_average(samples: Sequence[Sample], end: TimeNs) -> float | None:
    """Return the mean of a value that stays until the next sample, weighted by time; None of no time."""
    stops = [ts for ts, _ in samples[1:]] + [end]
    spans = [max(0, stop - ts) for (ts, _), stop in zip(samples, stops, strict=False)]
    whole = sum(spans)
    return sum(value * span for (_, value), span in zip(samples, spans, strict=True)) / whole if whole else None


def _either(counted: Counted, trips: Sequence[RoundTrip], name: str) -> Decimal | None:
    """Return what was counted, or what round trips add up to; one that is not complete may lack any of its costs."""
    if not isinstance(counted, msgspec.UnsetType):
        return counted
    return sum((getattr(trip, name) for trip in trips), ZERO) if all(trip.complete for trip in trips) else None
