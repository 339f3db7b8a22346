from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.report.demo import BITCOIN, demo_bars
from tradewind.domain.time import NS_PER_HOUR, NS_PER_MINUTE
from tradewind.report.input import Bars
from tradewind.report.thinning import at_times, candles, duration, spread, thin

samples = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400).map(lambda values: list(enumerate(values)))


@given(samples, st.integers(1, 10))
def test_thinning_keeps_first_last_lowest_and_highest(samples: list[tuple[int, float]], buckets: int) -> None:
    kept = thin(samples, buckets)
    assert len(kept) <= max(4 * buckets, 1)
    assert (kept[0], kept[-1]) == (samples[0], samples[-1])
    assert min(v for _, v in kept) == min(v for _, v in samples)
    assert max(v for _, v in kept) == max(v for _, v in samples)
    assert kept == sorted(kept)


def test_values_at_even_times() -> None:
    assert at_times([(0, 1.0), (10, 2.0), (100, 3.0)], 5) == [1.0, 2.0, 2.0, 2.0, 3.0]
    assert at_times([(7, 1.0)], 3) == [1.0, 1.0, 1.0]
    assert at_times([], 3) == []


def test_spread_keeps_both_ends() -> None:
    assert spread(range(100), 4) == [0, 33, 66, 99]
    assert spread([1, 2], 4) == [1, 2]


def test_few_bars_stay_as_they_are() -> None:
    bars = demo_bars(100)
    assert candles(bars, 100).bars is bars


@pytest.mark.parametrize(("step_ns", "interval"), [(NS_PER_MINUTE, "12h"), (NS_PER_HOUR, "4w")])
def test_joined_candles_lose_no_high_and_no_low(step_ns: int, interval: str) -> None:
    bars = demo_bars(50_000, step_ns)
    drawn = candles(bars, 100)
    assert drawn.interval == interval
    assert len(drawn.bars.ts) <= 102
    assert (max(drawn.bars.high), min(drawn.bars.low)) == (max(bars.high), min(bars.low))
    assert (drawn.bars.open[0], drawn.bars.close[-1]) == (bars.open[0], bars.close[-1])


def test_candles_stand_on_round_times() -> None:
    minutes = [n * NS_PER_MINUTE for n in range(7, 37)]
    prices = [float(n) for n in range(30)]
    drawn = candles(Bars(BITCOIN, minutes, prices, prices, prices, prices), 3)
    assert [ts // NS_PER_MINUTE for ts in drawn.bars.ts] == [0, 15, 30]
    assert list(drawn.bars.close) == [7.0, 22.0, 29.0]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (1.5, "1.5 s"), (720, "12 min"), (3600, "1 h"), (93_600, "1 d 2 h"), (86_400_000, "1,000 d")],
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert duration(int(seconds * 1e9)) == text
