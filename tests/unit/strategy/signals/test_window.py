"""Candles of a strategy from a file: made once, and always those that the session's bars have."""

from __future__ import annotations

from collections import deque
from random import Random
from typing import TYPE_CHECKING, Any, cast

import pytest

from tradewind import testing
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS
from tradewind.domain.trade_signal import SignalRejected
from tradewind.strategy.load import load
from tradewind.strategy.signals.window import WindowCandles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tradewind.strategy.context import Context

KEPT = 40
START = 28_333_333 * NS_PER_MINUTE


class Session:
    """Keeps some bars, as an engine does."""

    def __init__(self) -> None:
        self.kept: deque[Bar] = deque(maxlen=KEPT)

    def bars(self, count: int, symbol: str, interval: str) -> Sequence[Bar]:
        assert (symbol, interval) == ("X", "1m")
        return list(self.kept)[-count:] if count else []

    def bars_of(self, symbol: str, interval: str) -> Callable[[int], Sequence[Bar]]:
        return lambda count: self.bars(count, symbol, interval)

    def add(self, number: int) -> None:
        opened, price = START + number * NS_PER_MINUTE, 100.0 + number
        closed = opened + NS_PER_MINUTE
        self.kept.append(
            Bar(InstrumentId("v:X"), "1m", opened, closed, closed, price, price + 1, price - 1, price + 0.5, number)
        )


ASKING = b"""
from tradewind.signals import add_strategy, get_candles

def told(symbol, when):
    (last,) = get_candles(limit=1)
    assert [last] == get_candles(limit=2)[-1:] == get_candles(symbol, limit=1) == get_candles(limit=1, end=when)
    assert last.timestamp == when - 60_000
    assert get_candles(limit=1, end=when - 60_000) in ([], get_candles(limit=2)[:-1])
    return {"position": "long", "quantity": 0.1} if last.close > 103 else None

add_strategy(strategy_name="asking", get_signal=told, get_exit=told, optional=("take_profit", "stop_loss", "time"))
"""


def test_the_candle_of_the_tick_needs_no_search_and_is_the_one_that_a_search_finds() -> None:
    made = testing.engine(load(ASKING), start=testing.started(USDT=100_000))
    steps = [made.process(testing.bar(100.0 + number, number)) for number in range(6)]
    assert [notice for step in steps for notice in step.notices if isinstance(notice, SignalRejected)] == []
    assert sum(isinstance(effect, SubmitOrder) for step in steps for effect in step.effects) == 1


@pytest.mark.parametrize("seed", range(20))
def test_the_last_minutes_are_those_that_are_kept_whatever_was_asked_before(seed: int) -> None:
    draw, session = Random(seed), Session()
    candles = WindowCandles(cast("Context", session), "X")
    number = asked = 0
    for _ in range(300):
        number += 1 if draw.random() < 0.9 else draw.randrange(1, 6)  # minutes are missing
        session.add(number)
        while draw.random() < 0.6:  # it is not asked on each bar, and more than once on others
            limit = draw.choice((1, 2, 5, 20, KEPT, KEPT + 1, 90))
            ago = draw.choice((0, 0, 0, 0, 1, 3))
            when = START + (number + 1 - ago) * NS_PER_MINUTE + draw.choice((0, 0, 7))
            end = when - when % NS_PER_MINUTE
            found = candles.window("1m", when, limit)
            expected: list[Any] = [
                (bar.ts_open // NS_PER_MS, bar.open, bar.high, bar.low, bar.close, bar.volume)
                for bar in session.kept
                if end - limit * NS_PER_MINUTE <= bar.ts_open and bar.ts_venue <= end
            ]
            assert [(c.timestamp, c.open, c.high, c.low, c.close, c.volume) for c in found] == expected
            asked += 1
    assert asked > 200
