"""Candles from the engine's own closed bars: for a signal strategy that runs like any other, from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_MINUTE, NS_PER_MS, Interval
from tradewind.strategy.signals.candles import Columns, candle_of
from tradewind.strategy.signals.prices import AVERAGED, average_when

if TYPE_CHECKING:
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.strategy.context import Context
    from tradewind.strategy.signals.candles import Candle


class WindowCandles:
    """Reads minutes of one symbol from a context; longer candles are made of those that the session keeps."""

    def __init__(self, ctx: Context, symbol: str) -> None:
        self._bars = ctx.bars_of(symbol, "1m")
        self._recent: list[Candle] = []
        self._covered = 0
        """So many of the last candles are in `recent`, whatever was missing between them."""
        self._newest: TimeNs = -1
        """When the last of them closed."""

    def window(self, interval: str, when: TimeNs, limit: int) -> list[Candle]:
        """Return the last `limit` candles that were closed at `when`, as far back as the session's bars go."""
        last = self._bars(1)
        if interval == "1m" and last and last[0].ts_venue == when and not when % NS_PER_MINUTE:
            known = self._at_hand(last[0], when, limit)
            if known is not None:
                return known
        step, minute = Interval.parse(interval).ns, NS_PER_MINUTE
        start = when - when % step - limit * step
        count = (last[0].ts_venue - start) // minute + 1 if last else 0
        bars = self._bars(max(count, 0))
        candles = [candle_of(bar) for bar in bars if start <= bar.ts_open and bar.ts_venue <= when]
        if step == minute or not bars:
            return candles[-limit:]
        return Columns(candles).window(interval, when, limit, bars[0].ts_open)

    def average(self, when: TimeNs) -> float | None:
        """Return the average price of the last minutes closed at `when`; None without any, or if they are stale."""
        return average_when(self.window("1m", when, AVERAGED), when)

    def _at_hand(self, last: Bar, when: TimeNs, limit: int) -> list[Candle] | None:
        """Return the last minutes at the close of one: each candle is made once. None if they must be looked for.

        As many are held as were asked for and there: no answer depends on how long the session has run.
        """
        recent, newest = self._recent, self._newest
        if limit > self._covered or newest not in (when, last.ts_open):
            bars = self._bars(max(limit, self._covered))
            if len(bars) < limit:
                return None
            recent[:], self._covered = [candle_of(bar) for bar in bars], len(bars)
        elif newest != when:
            recent.append(candle_of(last))
            if len(recent) > 2 * self._covered + 100:
                del recent[: -self._covered]
        self._newest = when
        if limit == 1:
            return recent[-1:]
        part, start = recent[-limit:], (when - limit * NS_PER_MINUTE) // NS_PER_MS
        return part if part[0].timestamp >= start else [candle for candle in part if candle.timestamp >= start]
