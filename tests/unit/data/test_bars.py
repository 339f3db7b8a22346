from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.data.bars import BarAggregator
from tradewind.domain.time import Interval
from tradewind.testing import BTC, bar, bars

if TYPE_CHECKING:
    from tradewind.domain.market import Bar

POLARS = {"1M": "1mo"}


def aggregated(base: list[Bar], interval: str) -> list[tuple[int, Bar]]:
    """Return the aggregates, each with when its maker was heard of."""
    aggregator = BarAggregator(BTC, Interval.parse(interval))
    return [(each.ts_recv, longer) for each in base for longer in aggregator.update(each)]


def resampled(base: list[Bar], interval: str) -> list[tuple]:
    """Do the same with polars; the last bucket is dropped if nothing has closed it."""
    frame = pl.DataFrame({
        "ts": [b.ts_open for b in base], "open": [b.open for b in base], "high": [b.high for b in base],
        "low": [b.low for b in base], "close": [b.close for b in base], "volume": [b.volume for b in base],
    }).with_columns(pl.from_epoch("ts", time_unit="ns"))  # fmt: skip
    every = POLARS.get(interval, interval)
    made = frame.group_by_dynamic("ts", every=every, start_by="window").agg(
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close").last(),
        pl.col("volume").sum(),
    )
    end, last = Interval.parse(interval), base[-1]
    rows = [(ts, *values) for ts, *values in made.with_columns(pl.col("ts").dt.timestamp("ns")).rows()]
    return [row for row in rows if end.next(row[0]) <= last.ts_venue or end.next(row[0]) <= last.ts_open]


@st.composite
def series(draw: st.DrawFn, interval: str) -> list[Bar]:
    """Draw bars of an interval with holes between them."""
    start = draw(st.integers(7, 5_000))
    steps = draw(st.lists(st.sampled_from([1, 1, 1, 1, 2, 7, 40]), min_size=1, max_size=60))
    base, number = [], start
    for step in steps:
        close, spread = draw(st.integers(50, 150)), draw(st.integers(0, 20))
        base.append(
            bar(close, number, interval=interval, high=close + spread, low=close - spread, volume=float(spread))
        )
        number += step
    return base


@pytest.mark.parametrize(
    ("short", "longer"),
    [("1m", "5m"), ("1m", "1h"), ("15m", "45m"), ("1h", "1d"), ("1d", "3d"), ("1d", "1w"), ("1d", "1M"), ("12h", "2w")],
)
def test_aggregates_are_those_of_a_resample(short: str, longer: str) -> None:
    @given(series(short))
    def check(base: list[Bar]) -> None:
        made = [(b.ts_open, b.open, b.high, b.low, b.close, b.volume) for _, b in aggregated(base, longer)]
        if longer == "2w":  # polars begins its fortnights elsewhere
            assert sum(row[5] for row in made) <= sum(b.volume for b in base)
        else:
            assert made == resampled(base, longer)

    check()


@given(series("1m"), st.sampled_from(["2m", "5m", "7m", "1h", "1d"]))
def test_no_aggregate_is_delivered_before_it_is_closed(base: list[Bar], interval: str) -> None:
    ends = []
    for heard, longer in aggregated(base, interval):
        assert longer.ts_venue <= heard == longer.ts_recv
        assert longer.interval == interval
        assert longer.ts_open == Interval.parse(interval).floor(longer.ts_open)
        ends.append(longer.ts_venue)
    assert ends == sorted(set(ends))


def test_it_is_closed_by_the_bar_that_ends_with_it() -> None:
    made = aggregated(bars(1, 2, 3, 4, 5, 6), "5m")
    assert [(heard, b.ts_venue, b.close) for heard, b in made] == [(bar(0, 4).ts_recv, bar(0, 4).ts_venue, 5)]


def test_with_a_hole_at_its_end_it_is_closed_by_the_next_bar_that_comes() -> None:
    [(heard, longer)] = aggregated([bar(1, 0), bar(2, 3), bar(9, 6)], "5m")
    assert (longer.close, longer.ts_venue, heard) == (2, bar(0, 4).ts_venue, bar(0, 6).ts_recv)


def test_one_bar_may_close_two() -> None:
    made = aggregated([bar(1, 0), bar(2, 9)], "5m")
    assert [(b.ts_open, b.close) for _, b in made] == [(bar(0, 0).ts_open, 1), (bar(0, 5).ts_open, 2)]


def test_buckets_of_which_nothing_came_are_not_made() -> None:
    made = aggregated([bar(1, 0), bar(2, 4), bar(3, 20), bar(4, 24)], "5m")
    assert [b.ts_open // bar(0, 1).ts_open for _, b in made] == [0, 20]


def test_weeks_begin_on_monday() -> None:
    [(_, week), *_] = aggregated(bars(*range(1, 30), interval="1d"), "1w")
    assert dt.datetime.fromtimestamp(week.ts_venue // 10**9, dt.UTC).weekday() == 0
