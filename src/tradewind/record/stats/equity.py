"""Equity as statistics see it: checked, freed of deposits and withdrawals, and sampled at the ends of days.

Samples are (nanoseconds, equity) in the order of time, at any distance from each other. Knows nothing of trades.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import DataValidationError
from tradewind.domain.money import ZERO
from tradewind.domain.time import NS_PER_DAY, TimeNs, civil, iso

if TYPE_CHECKING:
    from tradewind.ports import Calendar

Sample = tuple[TimeNs, float]
DayEnd = Callable[[TimeNs], TimeNs]

_DUST = 1e-9
"""A share of the first unit below which an account counts as emptied: what is left is noise of floats."""


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """A deposit (positive) or a withdrawal, in the base currency; samples at `ts` and later contain it.

    None could not be valued: then nobody knows what of the equity was earned.
    """

    ts: TimeNs
    amount: Decimal | None


class Balance(msgspec.Struct, frozen=True, gc=False):
    """What the account was worth, and what was brought to it and taken from it; the base currency throughout."""

    initial: float | None
    current: float | None
    peak: float | None
    deposits: Decimal | None
    withdrawals: Decimal | None


class Units:
    """Follow the value of one unit of an account, as a fund does: a deposit buys units and moves no price.

    So returns are time-weighted. One unit is the whole account at the start; without transfers its value is equity.
    """

    __slots__ = ("count", "value")

    def __init__(self) -> None:
        self.count = 1.0
        self.value: float | None = None

    def see(self, equity: float) -> float:
        """Take the equity of now and return the value of a unit; of an emptied account, the last one."""
        if self.count > 0.0 or self.value is None:
            self.value = equity / (self.count or 1.0)
        return self.value

    def transfer(self, amount: float) -> None:
        """Buy or sell units at the last value; an account that is worth nothing has none to sell."""
        if self.value is not None and self.value > 0.0:
            count = self.count + amount / self.value
            self.count = count if count > _DUST else 0.0


def checked(equity: Iterable[Sample]) -> list[Sample]:
    """Return the samples; refuse what is not finite or goes back in time."""
    samples = list(equity)
    before = -1
    for ts, value in samples:
        if not math.isfinite(value):
            raise DataValidationError(f"equity at {iso(ts)} is not a finite number: {value!r}")
        if ts < before:
            raise DataValidationError(f"equity goes back in time, from {iso(before)} to {iso(ts)}")
        before = ts
    return samples


def per_unit(samples: Sequence[Sample], transfers: Iterable[Transfer] = ()) -> list[Sample]:
    """Return the samples as values of one unit; transfers up to the first sample are part of the start.

    None are returned if a transfer could not be valued.
    """
    waiting = sorted((t for t in transfers if samples and t.ts > samples[0][0]), key=lambda t: t.ts)
    amounts = [t.amount for t in waiting if t.amount is not None]
    if not waiting or len(amounts) < len(waiting):
        return [] if waiting else list(samples)
    units, result, due = Units(), [], 0
    for ts, equity in samples:
        while due < len(waiting) and waiting[due].ts <= ts:
            units.transfer(float(amounts[due]))
            due += 1
        result.append((ts, units.see(equity)))
    return result


def utc_day_end(ts: TimeNs) -> TimeNs:
    """Return the UTC midnight strictly after `ts`."""
    return ts - ts % NS_PER_DAY + NS_PER_DAY


def day_ends(samples: Sequence[Sample], calendar: Calendar | None = None) -> list[Sample]:
    """Return the first sample, then the last value at or before the end of each day; the last day may be unfinished.

    A day without samples repeats the value before it. Days are those of UTC, or of the calendar.
    """
    if not samples:
        return []
    end_of: DayEnd = calendar.day_end if calendar else utc_day_end
    points = [samples[0]]
    end = end_of(samples[0][0] - 1)
    pending: Sample | None = None
    for sample in samples[1:]:
        if sample[0] > end:
            if pending is not None:
                points.append((end, pending[1]))
            end = end_of(end)
            while sample[0] > end:
                points.append((end, points[-1][1]))
                end = end_of(end)
        pending = sample
    return points if pending is None else [*points, pending]


def returns_of(points: Sequence[Sample]) -> list[float]:
    """Return the relative changes from point to point; after equity is down to nothing there are none."""
    found = []
    for (_, before), (_, after) in itertools.pairwise(points):
        if before <= 0.0:
            break
        found.append(after / before - 1.0)
    return found


def monthly_returns(points: Sequence[Sample]) -> dict[tuple[int, int], float]:
    """Return the return of each calendar month by (year, month), from day ends; months begin in UTC."""
    last: dict[tuple[int, int], float] = {}
    for ts, value in points:
        year, month, _ = civil((ts - 1) // NS_PER_DAY)  # midnight is the end of the day before it
        last[year, month] = value
    found: dict[tuple[int, int], float] = {}
    before = points[0][1] if points else 0.0
    for key, value in last.items():
        if before <= 0.0:
            break
        found[key] = value / before - 1.0
        before = value
    return found


def balance_of(samples: Sequence[Sample], transfers: Iterable[Transfer] = ()) -> Balance:
    """Return what the account was worth at the start, at the end and at its best."""
    moves = list(transfers)
    amounts = [t.amount for t in moves if t.amount is not None]
    known = len(amounts) == len(moves)
    return Balance(
        initial=samples[0][1] if samples else None,
        current=samples[-1][1] if samples else None,
        peak=max(value for _, value in samples) if samples else None,
        deposits=sum((a for a in amounts if a > 0), ZERO) if known else None,
        withdrawals=-sum((a for a in amounts if a < 0), ZERO) if known else None,
    )
