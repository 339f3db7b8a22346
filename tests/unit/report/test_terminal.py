from __future__ import annotations

import io

import pytest
from rich.console import Console

from tests.unit.report.demo import demo
from tradewind.record.stats.statistics import statistics_of
from tradewind.report import ReportInput, render_terminal
from tradewind.report.terminal import braille


def rendered(report: ReportInput, width: int) -> str:
    out = io.StringIO()
    render_terminal(report, Console(file=out, width=width))
    return out.getvalue()


@pytest.mark.parametrize("width", [60, 80, 150])
def test_it_fits_the_terminal(width: int) -> None:
    text = rendered(demo(2000), width)
    assert max(map(len, text.splitlines())) <= width
    assert "Sharpe ratio, a year" in text
    assert "Refused: below_minimum 12, max_position 3, price_collar 1" in text.replace("\n", " ").replace("  ", " ")


def test_an_empty_session_has_no_plot() -> None:
    text = rendered(ReportInput(title="Nothing", currency="", statistics=statistics_of([], []), equity=[]), 80)
    assert "Nothing" in text
    assert "Equity," not in text


def test_a_rising_line_goes_from_bottom_left_to_top_right() -> None:
    assert braille([0.0, 1.0, 2.0, 3.0], 1) == ["⣠⠞"]


def test_a_level_line_lies_at_the_bottom() -> None:
    assert braille([5.0] * 4, 2) == ["⠀⠀", "⣀⣀"]


def test_a_jump_is_joined() -> None:
    top, bottom = braille([0.0, 1.0], 2)
    assert (top, bottom) == ("⢸", "⣸")
