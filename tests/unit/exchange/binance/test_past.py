"""Klines of the past are made once, whatever spans are asked for; the figures of a day are the sum of its klines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.exchange.binance.rig import Rig
from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_DAY, NS_PER_MINUTE
from tradewind.exchange.binance.past import PastBars

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = InstrumentId("mock:BTCUSDT")
HOLE = range(20, 25)


class Shelf:
    """A history with a hole, which counts how many bars were read (port `History`)."""

    def __init__(self) -> None:
        self.read = 0

    def bars(self, instrument: InstrumentId, interval: str, start: int, end: int) -> Iterator[Bar]:
        for minute in range(-(-start // NS_PER_MINUTE), -(-end // NS_PER_MINUTE)):
            if minute not in HOLE:
                self.read += 1
                ts = minute * NS_PER_MINUTE
                yield Bar(instrument, interval, ts, ts + NS_PER_MINUTE, ts + NS_PER_MINUTE, 1.0, 2.0, 0.5, minute, 1.0)


def minutes(past: PastBars, start: float, end: float) -> list[float]:
    return [candle.close for candle in past.candles(int(start * NS_PER_MINUTE), int(end * NS_PER_MINUTE))]


def test_any_span_has_its_klines_and_those_within_one_that_was_read_are_not_read_again() -> None:
    shelf = Shelf()
    past = PastBars(shelf, NAME, "1m", None)
    everything = [minute for minute in range(100) if minute not in HOLE]
    assert minutes(past, 10, 40) == [each for each in everything if 10 <= each < 40]
    read = shelf.read
    assert minutes(past, 15.5, 30) == [each for each in everything if 16 <= each < 30]
    assert shelf.read == read
    for start, end in ((30, 60), (0, 20), (80, 90), (5, 95), (40, 50)):
        assert minutes(past, start, end) == [each for each in everything if start <= each < end], (start, end)


def test_a_day_is_the_sum_of_its_klines(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    for _ in range(3):
        rig.wait(50)
        market = next(iter(rig.floor().markets.values()))
        rows = market.candles.range(market.candles.base, rig.now - NS_PER_DAY, rig.now + 1)
        day = market.day(rig.now)
        assert len(rows) >= 1440
        assert (day.high, day.low) == (max(row.high for row in rows), min(row.low for row in rows))
        assert (day.open, day.close) == (rows[0].open, rows[-1].close)
        assert abs(day.volume - sum(row.volume for row in rows)) < 1e-6 * day.volume
        assert day.count == sum(row.count for row in rows)
