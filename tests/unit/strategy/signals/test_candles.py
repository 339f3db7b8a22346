"""Longer candles are made of minutes, and only of all of them."""

from __future__ import annotations

from bisect import bisect_left
from random import Random

from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS
from tradewind.strategy.signals.candles import Candle, Columns
from tradewind.strategy.signals.prices import average_when

HOUR = 60


def minutes(first: int, last: int, missing: tuple[int, ...] = ()) -> Columns:
    return Columns(
        Candle(n * NS_PER_MINUTE // NS_PER_MS, n, n + 1.0, n - 1.0, n + 0.5, 1.0)
        for n in range(first, last)
        if n not in missing
    )


def test_an_hour_that_began_before_the_first_minute_is_not_whole_and_left_out() -> None:
    columns = minutes(30, 180)
    found = columns.window("1h", 180 * NS_PER_MINUTE, 3)
    assert [candle.timestamp * NS_PER_MS // NS_PER_MINUTE for candle in found] == [60, 120]
    assert (found[0].open, found[0].high, found[0].low, found[0].close, found[0].volume) == (60, 120, 59, 119.5, 60)


def test_a_missing_minute_makes_no_hour_less() -> None:
    columns = minutes(0, 180, missing=(60, 75))
    assert len(columns.window("1h", 180 * NS_PER_MINUTE, 3)) == 3
    assert columns.window("1h", 180 * NS_PER_MINUTE, 2)[0].volume == 58


def test_what_is_known_since_when_may_be_told() -> None:
    columns = minutes(60, 180, missing=(60,))
    assert len(columns.window("1h", 180 * NS_PER_MINUTE, 2)) == 1
    assert len(columns.window("1h", 180 * NS_PER_MINUTE, 2, 59 * NS_PER_MINUTE)) == 2


def test_a_price_is_found_where_it_is_first_touched() -> None:
    columns = minutes(0, 1_000)
    for level in (1, 5, 64, 65, 200, 999):
        assert columns.touch(0, 1_000, None, level + 1.0) == level
    assert columns.touch(0, 1_000, None, 2_000.0) == 1_000
    assert columns.touch(500, 1_000, 499.0, None) == 500
    assert columns.touch(10, 10, 0.0, 0.0) == 10


def test_a_place_is_that_of_a_search_and_an_average_that_of_its_candles_whatever_is_missing() -> None:
    for seed in range(50):
        draw = Random(seed)
        columns = minutes(0, 120, tuple(draw.sample(range(120), draw.choice((0, 1, 20, 90, 120)))))
        for ts in range(-NS_PER_MINUTE, 125 * NS_PER_MINUTE, NS_PER_MINUTE // 2 + 1):
            assert columns.average(ts) == average_when(columns.window("1m", ts, 5), ts)
            for since in {0, draw.randrange(125)}:
                found = bisect_left(columns.opens, ts, min(since, len(columns)))
                assert columns.place(ts, since) == found
