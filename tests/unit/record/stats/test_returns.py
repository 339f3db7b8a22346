from __future__ import annotations

import pytest

from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR
from tradewind.record.stats.returns import cagr, returns_from


def test_growth_a_year() -> None:
    assert cagr(100.0, 121.0, 2 * 365 * NS_PER_DAY) == pytest.approx(0.1)
    assert cagr(100.0, 0.0, 365 * NS_PER_DAY) == -1.0


@pytest.mark.parametrize(
    ("first", "last", "span_ns"),
    [
        (100.0, 110.0, 23 * NS_PER_HOUR),  # below a day
        (0.0, 110.0, NS_PER_DAY),  # from nothing
        (100.0, -1.0, NS_PER_DAY),  # into debt
        (1.0, 1e6, NS_PER_DAY),  # no float can hold it
    ],
)
def test_growth_that_cannot_be_told(first: float, last: float, span_ns: int) -> None:
    assert cagr(first, last, span_ns) is None


def test_best_and_worst_day() -> None:
    samples = [(i * NS_PER_DAY, v) for i, v in enumerate([100.0, 110.0, 99.0, 99.0])]
    returns = returns_from([], samples, 3 * NS_PER_DAY, total_pnl=-1.0)
    assert returns.best_day == pytest.approx(0.1)
    assert returns.worst_day == pytest.approx(-0.1)
    assert returns.total_return == pytest.approx(-0.01)
    assert returns.best_trade is None
