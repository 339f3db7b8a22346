"""Gaps, digits, checks, and longer bars out of shorter ones."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.record.catalog_bars import DAY, minutes
from tradewind.domain.errors import DataValidationError
from tradewind.domain.time import INTERVALS, NS_PER_DAY, NS_PER_MINUTE, Interval, day_number
from tradewind.record.market_data.bars import Gap, close_time, digits_seen, find_gaps, floor_time
from tradewind.record.market_data.check import Severity, check
from tradewind.record.market_data.resample import resample

MINUTE, HOUR = Interval.parse("1m"), Interval.parse("1h")


@given(st.lists(st.integers(0, 4 * 10**18), min_size=1), st.sampled_from(INTERVALS))
def test_floor_and_close_of_a_column_are_those_of_the_interval(times: list[int], label: str) -> None:
    interval = Interval.parse(label)
    frame = (
        pl.DataFrame({"ts_open": times})
        .select(opened=floor_time(interval))
        .select("opened", closed=close_time(interval, "opened"))
    )
    assert frame["opened"].to_list() == [interval.floor(ts) for ts in times]
    assert frame["closed"].to_list() == [interval.next(ts) for ts in times]


@given(st.sets(st.integers(0, 60), min_size=2), st.integers(1, 3))
def test_gaps_are_the_bars_that_are_not_there(present: set[int], tolerance: int) -> None:
    at = sorted(present)
    holes = [(a + 1, b) for a, b in pairwise(at) if b - a > tolerance]
    times = pl.Series([DAY + n * NS_PER_MINUTE for n in at])
    found = find_gaps(times, MINUTE, tolerance=tolerance)
    assert found == [Gap(DAY + a * NS_PER_MINUTE, DAY + b * NS_PER_MINUTE) for a, b in holes]
    assert [gap.bars(MINUTE) for gap in found] == [b - a for a, b in holes]


@pytest.mark.parametrize(
    ("values", "digits"),
    [([1.0, 20.0], 0), ([0.1, 5.0], 1), ([41.01, 0.3], 2), ([1e-8], 8), ([0.1 + 0.2], 12), ([], 0)],
)
def test_digits(values: list[float], digits: int) -> None:
    assert digits_seen(pl.Series(values, dtype=pl.Float64)) == digits


def changed(row: int, **values: float) -> pl.DataFrame:
    at = pl.int_range(pl.len()) == row
    return minutes(30).with_columns(
        pl.when(at).then(value).otherwise(pl.col(name)).alias(name) for name, value in values.items()
    )


@pytest.mark.parametrize(
    ("frame", "code", "severity"),
    [
        (minutes(30)[[0, 1, 3, 2]], "non-monotonic", Severity.ERROR),
        (minutes(30)[[0, 1, 1, 2]], "duplicate", Severity.ERROR),
        (changed(3, close=float("nan")), "non-finite", Severity.ERROR),
        (changed(3, high=float("inf")), "non-finite", Severity.ERROR),
        (changed(3, low=0.0), "price-not-positive", Severity.ERROR),
        (changed(3, low=-1.0), "price-not-positive", Severity.ERROR),
        (changed(3, volume=-1.0), "volume-negative", Severity.ERROR),
        (changed(3, high=99.0), "bad-ohlc", Severity.ERROR),
        (changed(3, low=100.1), "bad-ohlc", Severity.ERROR),
        (minutes(30)[[0, 1, 4, 5]], "gap", Severity.WARNING),
        (minutes(30, start=DAY + 1), "misaligned", Severity.WARNING),
        (changed(3, volume=0.0), "zero-volume", Severity.WARNING),
        (changed(9, close=140.0, high=150.0), "jump", Severity.WARNING),
        (changed(9, close=0.01, low=0.01), "jump", Severity.WARNING),
    ],
)
def test_each_fault_is_found(frame: pl.DataFrame, code: str, severity: Severity) -> None:
    found = [(one.code, one.severity) for one in check(frame, MINUTE)]
    assert found == [(code, severity)]


def test_good_bars_have_no_faults() -> None:
    assert check(minutes(500), MINUTE) == []
    assert check(minutes(1), MINUTE) == []


def test_what_a_jump_is_can_be_told() -> None:
    frame = changed(9, close=140.0, high=150.0)
    assert check(frame, MINUTE, jump_fraction=0.5) == []
    assert check(changed(9, close=101.0), MINUTE, jump_fraction=0.001)


def test_an_hour_is_made_of_its_minutes() -> None:
    frame = minutes(120).with_columns(
        high=pl.col("high") + pl.col("volume") % 7, trades=pl.lit(2), quote_volume=pl.lit(0.1)
    )
    first, second = resample(frame, MINUTE, HOUR).iter_rows(named=True)
    assert first == {
        "ts_open": DAY,
        "open": 100.0,
        "high": 107.5,
        "low": 98.75,
        "close": 100.25,
        "volume": float(sum(range(1, 61))),
        "trades": 120,
        "quote_volume": 6.0,
    }
    assert second["ts_open"] == DAY + 60 * NS_PER_MINUTE


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [(0, 119, [0, 1]), (0, 118, [0]), (1, 119, [1]), (0, 120, [0, 1]), (59, 61, []), (0, 30, [])],
)
def test_hours_that_the_minutes_do_not_reach_around_are_left_out(first: int, last: int, hours: list[int]) -> None:
    made = resample(minutes(last - first + 1, start=DAY + first * NS_PER_MINUTE), MINUTE, HOUR)
    assert made["ts_open"].to_list() == [DAY + hour * 60 * NS_PER_MINUTE for hour in hours]


def test_holes_inside_stay_holes() -> None:
    frame = minutes(240).filter(~pl.col("volume").is_between(50, 130))
    assert resample(frame, MINUTE, HOUR)["ts_open"].to_list() == [DAY + hour * 60 * NS_PER_MINUTE for hour in (0, 2, 3)]


def test_fillers_of_a_silence_open_no_hour() -> None:
    quiet = minutes(30, price=90.0).with_columns(high=90.0, low=90.0, close=90.0, volume=0.0)
    frame = pl.concat([quiet, minutes(30, start=DAY + 30 * NS_PER_MINUTE)])
    (made,) = resample(frame, MINUTE, HOUR).iter_rows(named=True)
    assert (made["open"], made["low"]) == (100.0, 98.75)
    silent = resample(quiet.vstack(quiet.with_columns(pl.col("ts_open") + 30 * NS_PER_MINUTE)), MINUTE, HOUR)
    assert silent.select("open", "high", "low", "close", "volume").row(0) == (90.0, 90.0, 90.0, 90.0, 0.0)


def test_later_minutes_change_no_earlier_hour() -> None:
    frame = minutes(400)
    whole = resample(frame, MINUTE, HOUR)
    for length in (60, 61, 119, 250, 399):
        part = resample(frame.head(length), MINUTE, HOUR)
        assert part.equals(whole.head(length // 60))


def test_sums_have_the_digits_of_their_parts() -> None:
    frame = minutes(60).with_columns(volume=pl.lit(0.1))
    assert resample(frame, MINUTE, HOUR)["volume"].to_list() == [6.0]


def test_weeks_begin_on_monday_and_months_on_their_first() -> None:
    days = [day_number(2024, 1, 1) + n for n in range(91)]
    frame = minutes(91).with_columns(ts_open=pl.Series([day * NS_PER_DAY for day in days]))
    day = Interval.parse("1d")
    assert resample(frame, day, Interval.parse("1w")).height == 13
    months = resample(frame, day, Interval.parse("1M"))
    assert months["ts_open"].to_list() == [day_number(2024, month, 1) * NS_PER_DAY for month in (1, 2, 3)]


@pytest.mark.parametrize(("source", "target"), [("4h", "1h"), ("1h", "1h"), ("3m", "5m"), ("1w", "1M"), ("1M", "1M")])
def test_what_does_not_divide_is_refused(source: str, target: str) -> None:
    with pytest.raises(DataValidationError, match=f"cannot make {target} bars from {source} bars"):
        resample(minutes(1), Interval.parse(source), Interval.parse(target))


def test_nothing_makes_nothing() -> None:
    assert resample(minutes(0), MINUTE, HOUR).is_empty()
