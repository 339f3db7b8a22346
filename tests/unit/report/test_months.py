from __future__ import annotations

import pytest

from tradewind.domain.time import NS_PER_DAY, day_number
from tradewind.report.months import by_year


def test_months_make_their_year() -> None:
    def at(year: int, month: int) -> int:
        return day_number(year, month, 1) * NS_PER_DAY

    units = [(at(2023, 11), 100.0), (at(2023, 12), 110.0), (at(2024, 1), 121.0), (at(2024, 2), 60.5)]
    years = by_year(units)
    assert [year.year for year in years] == [2023, 2024]
    assert years[0].months[10] == pytest.approx(0.1)
    assert years[0].whole == pytest.approx(0.21)
    assert years[1].months == (pytest.approx(-0.5), *[None] * 11)


def test_nothing_has_no_years() -> None:
    assert by_year([]) == []
