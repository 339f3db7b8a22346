from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.time import INTERVALS, NS_PER_DAY, NS_PER_SECOND, Interval, civil, day_number, iso, iso_date

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
DATES = st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31))
TIMES = st.integers(-(10**18), 4 * 10**18)


def ns(*when: int) -> int:
    return int((dt.datetime(*when, tzinfo=dt.UTC) - EPOCH).total_seconds()) * NS_PER_SECOND  # type: ignore[misc,arg-type]


@given(DATES)
def test_civil_and_day_number_agree_with_the_calendar(date: dt.date) -> None:
    days = (date - EPOCH.date()).days
    assert civil(days) == (date.year, date.month, date.day)
    assert day_number(date.year, date.month, date.day) == days


@given(TIMES)
def test_iso_is_read_back_as_the_same_time(ts: int) -> None:
    text = iso(ts)
    seconds, nanos = divmod(ts, NS_PER_SECOND)
    assert dt.datetime.fromisoformat(text[:19] + "+00:00") == EPOCH + dt.timedelta(seconds=seconds)
    assert int(text[19:-1].lstrip(".").ljust(9, "0") or 0) == nanos
    assert text.startswith(iso_date(ts))


def test_iso_writes_as_many_decimals_as_it_needs() -> None:
    assert [iso(n) for n in (0, 1, 500_000_000, 1_719_359_940 * NS_PER_SECOND)] == [
        "1970-01-01T00:00:00Z",
        "1970-01-01T00:00:00.000000001Z",
        "1970-01-01T00:00:00.5Z",
        "2024-06-25T23:59:00Z",
    ]


@pytest.mark.parametrize("label", INTERVALS)
def test_every_published_interval_is_read_and_keeps_its_label(label: str) -> None:
    assert Interval.parse(label).label == label


@pytest.mark.parametrize("text", ["", "m", "0m", "01m", "-1m", "1.5h", "1y", "2M", "m1", "1 m", "٣m", "²m", "1mm"])
def test_anything_else_is_not_an_interval(text: str) -> None:
    with pytest.raises(ValueError, match="not an interval"):
        Interval.parse(text)


@pytest.mark.parametrize(
    ("label", "when", "opens", "follows"),
    [
        ("1m", (2024, 2, 29, 23, 59, 59), (2024, 2, 29, 23, 59), (2024, 3, 1)),
        ("4h", (2024, 6, 25, 15, 59), (2024, 6, 25, 12), (2024, 6, 25, 16)),
        ("1w", (2024, 6, 30, 23), (2024, 6, 24), (2024, 7, 1)),
        ("1w", (2024, 7, 1), (2024, 7, 1), (2024, 7, 8)),
        ("1w", (1969, 12, 31), (1969, 12, 29), (1970, 1, 5)),
        ("1M", (2024, 2, 29, 12), (2024, 2, 1), (2024, 3, 1)),
        ("1M", (2023, 12, 31, 23, 59, 59), (2023, 12, 1), (2024, 1, 1)),
        ("3d", (1970, 1, 3, 12), (1970, 1, 1), (1970, 1, 4)),
    ],
)
def test_floor_and_next(label: str, when: Any, opens: Any, follows: Any) -> None:
    interval = Interval.parse(label)
    assert interval.floor(ns(*when)) == ns(*opens)
    assert interval.next(ns(*when)) == ns(*follows)


@given(TIMES, st.sampled_from([Interval.parse(label) for label in (*INTERVALS, "7m", "45m", "2w", "5d")]))
def test_every_time_lies_in_one_bar_and_bars_meet(ts: int, interval: Interval) -> None:
    opens, follows = interval.floor(ts), interval.next(ts)
    assert opens <= ts < follows
    assert interval.floor(opens) == opens
    assert interval.floor(follows) == follows
    assert interval.next(opens) == follows
    if interval.label.endswith("w"):
        assert dt.date(*civil(opens // NS_PER_DAY)).weekday() == 0 if opens >= ns(1, 1, 1) else True


@pytest.mark.parametrize(
    ("longer", "shorter", "possible"),
    [
        ("5m", "1m", True), ("1h", "15m", True), ("1w", "1d", True), ("1M", "1d", True), ("1M", "4h", True),
        ("2w", "1w", True), ("1m", "1m", False), ("1m", "5m", False), ("5m", "2m", False), ("1w", "3d", False),
        ("1M", "3d", False), ("1M", "1w", False), ("3w", "3d", False), ("1w", "1M", False),
    ],
)  # fmt: skip
def test_which_bars_can_be_made_of_which(longer: str, shorter: str, possible: bool) -> None:
    assert Interval.parse(longer).is_made_of(Interval.parse(shorter)) is possible
