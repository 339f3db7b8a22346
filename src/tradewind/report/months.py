"""Returns month by month, in rows of years."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tradewind.record.stats.equity import day_ends, monthly_returns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradewind.record.stats.equity import Sample


class Year(msgspec.Struct, frozen=True):
    """Twelve months as fractions, None where the session did not run, and all of them together."""

    year: int
    months: tuple[float | None, ...]
    whole: float


def by_year(units: Sequence[Sample]) -> list[Year]:
    """Return the years of a session, from equity freed of transfers."""
    returns = monthly_returns(day_ends(units))
    years = []
    for year in sorted({year for year, _ in returns}):
        months = tuple(returns.get((year, month)) for month in range(1, 13))
        whole = 1.0
        for value in months:
            whole *= 1.0 + (value or 0.0)
        years.append(Year(year, months, whole - 1.0))
    return years
