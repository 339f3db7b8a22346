from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.record.stats.drawdown import Drawdown, drawdowns


def follow(*values: float) -> Drawdown:
    drawdown = Drawdown()
    for ts, value in enumerate(values):
        drawdown.see(ts * 10, value)
    return drawdown


def test_depth_in_fractions_and_in_money() -> None:
    drawdown = follow(100, 120, 90, 110)
    assert (drawdown.worst, drawdown.worst_amount) == (0.25, 30)
    assert drawdown.current == (120 - 110) / 120


def test_the_longest_is_from_peak_to_recovery() -> None:
    assert follow(100, 90, 95, 100, 99, 100).longest_ns == 30


def test_the_longest_may_still_go_on() -> None:
    assert follow(100, 90, 100, 99, 98, 97, 96).longest_ns == 40


def test_level_equity_has_none() -> None:
    assert follow(100, 100, 100).longest_ns == 0


def test_below_a_peak_of_nothing_there_is_none() -> None:
    drawdown = follow(0, -5)
    assert (drawdown.worst, drawdown.longest_ns) == (0.0, 0)


def test_the_rounding_of_floats_is_no_loss() -> None:
    assert follow(1.1, 1.1 - 2e-16).worst == 0.0
    recovered = follow(1.1, 0.9, 1.1 - 2e-16, 1.0, 1.1)
    assert (recovered.current, recovered.longest_ns) == (0.0, 20)


@given(st.lists(st.floats(1, 1e6), min_size=1))
def test_it_is_the_worst_fall_between_any_two(values: list[float]) -> None:
    worst = max((max(values[: i + 1]) - v) / max(values[: i + 1]) for i, v in enumerate(values))
    assert follow(*values).worst == pytest.approx(worst, abs=1e-12)
    assert max(depth for _, depth in drawdowns(list(enumerate(values)))) == follow(*values).worst
