"""Klines made of trades, rolled by the clock."""

from __future__ import annotations

from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import Trade
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_SECOND, Interval
from tradewind.exchange.binance.candles import BY_NAME, Candles, Past

NAME = InstrumentId("mock:BTCUSDT")
MINUTE = Interval.parse("1m")


def trade(seconds: float, price: float, size: float = 1.0, *, sells: bool = False) -> Trade:
    ts = int(seconds * NS_PER_SECOND)
    return Trade(NAME, ts, ts, price, size, sells, "")


def candles() -> Candles:
    return Candles(MINUTE, 0, Past())


def test_a_kline_has_its_trades() -> None:
    made = candles()
    for number, each in enumerate((trade(1, 10.0), trade(2, 12.0, 2.0, sells=True), trade(3, 9.0)), 1):
        made.trade(each, number)
    forming = made.forming("1m")
    assert forming is not None
    assert (forming.open, forming.high, forming.low, forming.close) == (10.0, 12.0, 9.0, 9.0)
    assert (forming.volume, forming.quote, forming.taker, forming.count) == (4.0, 43.0, 2.0, 3)
    assert (forming.first, forming.last) == (1, 3)


def test_lesson_137_klines_close_once_in_order_by_the_clock_and_minutes_without_trades_are_flat() -> None:
    made = candles()
    made.trade(trade(1, 10.0), 1)
    assert made.roll(NS_PER_MINUTE - 1) == []
    closed = made.roll(3 * NS_PER_MINUTE)
    assert [candle.ts_open // NS_PER_MINUTE for _, candle in closed] == [0, 1, 2]
    assert [(candle.close, candle.volume, candle.count) for _, candle in closed] == [
        (10.0, 1.0, 1),
        (10.0, 0, 0),
        (10.0, 0, 0),
    ]
    assert made.roll(3 * NS_PER_MINUTE) == []


def test_the_first_trade_of_a_kline_is_its_open_whatever_was_before() -> None:
    made = candles()
    made.trade(trade(1, 10.0), 1)
    made.roll(NS_PER_MINUTE)
    made.trade(trade(61, 20.0), 2)
    forming = made.forming("1m")
    assert forming is not None
    assert (forming.open, forming.low, forming.high) == (20.0, 20.0, 20.0)


def test_longer_klines_are_made_of_the_shorter_ones_and_close_after_them() -> None:
    made = candles()
    made.trade(trade(1, 10.0), 1)
    made.follow("3m")
    made.roll(NS_PER_MINUTE)
    made.trade(trade(70, 15.0), 2)
    closed = made.roll(3 * NS_PER_MINUTE)
    assert [label for label, _ in closed] == ["1m", "1m", "3m"]
    three = closed[-1][1]
    assert (three.open, three.high, three.close, three.volume, three.last) == (10.0, 15.0, 15.0, 2.0, 2)
    asked = made.range(BY_NAME["3m"], 0, 3 * NS_PER_MINUTE)
    assert [row.row() for row in asked] == [three.row()]


def test_the_newest_are_the_last_ones_and_the_one_that_forms() -> None:
    made = candles()
    for minute in range(5):
        made.roll(minute * NS_PER_MINUTE)
        made.trade(trade(60 * minute + 1, 10.0 + minute), minute)
    rows = made.newest(MINUTE, 2, 5 * NS_PER_MINUTE)
    assert [row.close for row in rows] == [13.0, 14.0]


def test_before_any_trade_there_is_no_kline() -> None:
    made = candles()
    assert made.roll(10 * NS_PER_MINUTE) == []
    assert made.newest(MINUTE, 5, NS_PER_MINUTE) == []
    assert made.last_price is None
