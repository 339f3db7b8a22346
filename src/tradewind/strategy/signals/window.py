"""Candles from the engine's own closed bars: for a signal strategy that runs like any other, from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import Interval
from tradewind.strategy.signals.candles import Columns, candle_of
from tradewind.strategy.signals.prices import AVERAGED, average_when

if TYPE_CHECKING:
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.context import Context
    from tradewind.strategy.signals.candles import Candle


class WindowCandles:
    """Reads minutes of one symbol from a context; longer candles are made of those that the session keeps."""

    def __init__(self, ctx: Context, symbol: str) -> None:
        self._ctx = ctx
        self._symbol = symbol

    def window(self, interval: str, when: TimeNs, limit: int) -> list[Candle]:
        """Return the last `limit` candles that were closed at `when`, as far back as the session's bars go."""
        step = Interval.parse(interval).ns
        minute = Interval.parse("1m").ns
        start = when - when % step - limit * step
        bars = self._ctx.bars((when - start) // minute + 1, self._symbol, "1m")
        candles = [candle_of(bar) for bar in bars if start <= bar.ts_open and bar.ts_venue <= when]
        if step == minute or not bars:
            return candles[-limit:]
        return Columns(candles).window(interval, when, limit, bars[0].ts_open)

    def average(self, when: TimeNs) -> float | None:
        """Return the average price of the last minutes closed at `when`; None without any, or if they are stale."""
        return average_when(self.window("1m", when, AVERAGED), when)
