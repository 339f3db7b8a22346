from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from tests.unit.record.stats_session import trip
from tests.unit.report.demo import demo
from tradewind.record.stats.statistics import statistics_of
from tradewind.report.figures import _TABLE, figures, headlines, money, percent, price


def test_every_metric_has_its_row_and_only_once() -> None:
    shown = [path for rows in _TABLE.values() for _, path, _ in rows]
    tree = msgspec.to_builtins(statistics_of([], []))
    every = {f"{group}.{name}" for group, metrics in tree.items() for name in metrics}
    # Refusals have a table of their own; the mean trade is the expectancy.
    assert set(shown) == every - {"cost.refusals", "quality.average_trade"}
    assert len(shown) == len(set(shown))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal("1234567.125"), "1,234,567.125"),
        (Decimal("-0.5"), "-0.50"),
        (Decimal("0E-18"), "0.00"),
        (Decimal("1E+3"), "1,000.00"),
        (Decimal("123456789012345678.123456789012345678"), "123,456,789,012,345,678.123456789012345678"),
        (1234.5678, "1,234.57"),
    ],
)
def test_decimals_are_written_exactly_and_floats_with_two_digits(amount: Decimal | float, text: str) -> None:
    assert money(amount) == text


def test_signs() -> None:
    assert money(Decimal(1), signed=True) == "+1.00"
    assert money(Decimal(0), signed=True) == "0.00"
    assert percent(0.0123, signed=True) == "+1.23 %"
    assert percent(-0.5) == "-50.00 %"
    assert percent(None) == "n/a"


def test_prices_have_eight_digits_at_most() -> None:
    assert price(Decimal(1) / 3) == "0.33333333"
    assert price(Decimal("27004.29")) == "27,004.29"
    assert price(123_456_789.9) == "123,456,790"


def test_what_is_undefined_says_so() -> None:
    rows = {row.label: row for group in figures(statistics_of([], []), "USDT").values() for row in group}
    assert rows["Sharpe ratio, a year"].text == rows["Win rate"].text == rows["Total P&L"].text == "n/a"
    assert rows["Fees"].text == "0.00 USDT"


def test_profit_is_good_and_loss_is_bad() -> None:
    stats = statistics_of([trip("5"), trip("-7")], [])
    rows = {row.label: row for group in figures(stats, "USDT").values() for row in group}
    assert (rows["Best trade"].tone, rows["Worst trade"].tone, rows["Trades"].tone) == ("good", "bad", "")


def test_headlines_come_with_units() -> None:
    report = demo(1000)
    texts = [row.text for row in headlines(report.statistics, "USDT")]
    assert texts[0].endswith(" USDT")
    assert texts[1].endswith(" %")
