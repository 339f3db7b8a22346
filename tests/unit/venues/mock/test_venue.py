from __future__ import annotations

import asyncio
import random
from itertools import pairwise
from statistics import fmean, pstdev

import msgspec
import pytest

from tests.unit.runtime.stage import INSTRUMENT, START
from tradewind.domain.errors import VenueUnavailable
from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_MINUTE, Interval
from tradewind.venues.mock.venue import BLOCK_BARS, MockBars, MockData

OTHER = msgspec.structs.replace(INSTRUMENT, id=InstrumentId("sim:OTHERUSDT"), symbol="OTHERUSDT")
MINUTE = Interval.parse("1m")


def made(pattern: str = "volatile", seed: int = 1, instruments: tuple[object, ...] = (INSTRUMENT, OTHER)) -> MockBars:
    return MockBars(
        instruments, MINUTE, pattern=pattern, seed=seed, start=START + 5, start_price=100.0, volatility=0.002  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_bar_depends_on_its_number_alone() -> None:
    forwards = {n: list(made().at(n)) for n in range(3)}
    numbers = [*range(-BLOCK_BARS - 2, 3 * BLOCK_BARS, 97)]
    asked, again = made(), made()
    one = {n: list(asked.at(n)) for n in numbers}
    random.Random(2).shuffle(numbers)
    assert {n: list(again.at(n)) for n in numbers} == one
    assert list(asked.at(1)) == forwards[1]
    assert list(made(seed=2).at(1)) != forwards[1]


def test_bars_are_whole_and_join_also_where_blocks_do() -> None:
    bars = list(made().bars(INSTRUMENT.id, "1m", START - 50 * NS_PER_MINUTE, START + 2_100 * NS_PER_MINUTE))
    assert len(bars) == 2_150
    for one, two in pairwise(bars):
        assert one.low <= min(one.open, one.close) <= max(one.open, one.close) <= one.high
        assert (one.ts_venue, one.close) == (two.ts_open, two.open)


@pytest.mark.parametrize(("pattern", "sign"), [("increasing", 1), ("decreasing", -1)])
def test_patterns_go_their_way(pattern: str, sign: int) -> None:
    bars = list(made(pattern).bars(INSTRUMENT.id, "1m", START, START + 5_000 * NS_PER_MINUTE))
    assert sign * (bars[-1].close - bars[0].open) > 0


def test_the_volatile_pattern_swings_more() -> None:
    def swing(pattern: str) -> float:
        bars = made(pattern).bars(INSTRUMENT.id, "1m", START, START + 5_000 * NS_PER_MINUTE)
        returns = [bar.close / bar.open - 1.0 for bar in bars]
        assert abs(fmean(returns)) < 0.001
        return pstdev(returns)

    assert swing("volatile") > 2.5 * swing("increasing")


def test_symbols_differ_and_a_block_is_walked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    bars, walked = made(), []
    anchor = MockBars._anchor

    def counted(self: MockBars, name: InstrumentId, block: int) -> float:
        walked.append((name, block))
        return anchor(self, name, block)

    monkeypatch.setattr(MockBars, "_anchor", counted)
    for number in range(4 * BLOCK_BARS):
        one, two = bars.at(number)
        assert one.close != two.close
    assert len(walked) == 2 * 2 * 4, "each block of each symbol asks for two anchors, once"


def drained(count: int, error_rate: float) -> tuple[list[Bar], int]:
    """Ask a stream until it ends; return its bars and how often it broke."""
    data = MockData(made(instruments=(INSTRUMENT,)), count=count, interval_seconds=0.0, error_rate=error_rate, seed=3)
    seen: list[Bar] = []
    breaks = 0

    async def main() -> None:
        nonlocal breaks
        while True:
            try:
                async for event in data.stream():
                    assert isinstance(event, Bar)
                    seen.append(event)
                return
            except VenueUnavailable:
                breaks += 1

    asyncio.run(main())
    return seen, breaks


def test_a_stream_breaks_at_the_share_that_was_asked_for_and_goes_on() -> None:
    seen, breaks = drained(401, 0.1)
    assert 20 < breaks < 70
    assert len(seen) == 401 - breaks
    assert [bar.ts_open for bar in seen] == sorted({bar.ts_open for bar in seen})


def test_a_break_at_the_last_bar_does_not_lose_it() -> None:
    seen, breaks = drained(3, 1.0)
    assert breaks == 3
    assert [bar.ts_open for bar in seen] == [made(instruments=(INSTRUMENT,)).bar(INSTRUMENT.id, 2).ts_open]
