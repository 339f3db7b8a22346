"""Klines of before the exchange began, made of the bars that its market data have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import Interval
from tradewind.exchange.binance.candles import Candle, Past, candle_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar, Trade
    from tradewind.domain.time import TimeNs
    from tradewind.ports import History

MADE_MAX = 50_000
"""So many are kept, as they are asked for again and again."""


class PastBars(Past):
    """The past of one instrument; `trades` says what a bar is made of, None where nobody knows."""

    def __init__(
        self, history: History, instrument: InstrumentId, interval: str, trades: Callable[[Bar], list[Trade]] | None
    ) -> None:
        self._history = history
        self._instrument = instrument
        self._interval = interval
        self._step_ns = Interval.parse(interval).ns
        self._trades = trades
        self._made: dict[TimeNs, Candle] = {}
        self._from = self._to = 0
        """Of this span all that there is has been made."""

    def candles(self, start: TimeNs, end: TimeNs) -> Iterator[Candle]:
        """Yield the shortest klines that open in [start, end)."""
        if not self._from <= start <= end <= self._to:
            yield from self._read(start, end)
            return
        first = -(-start // self._step_ns) * self._step_ns
        for ts_open in range(first, end, self._step_ns):
            made = self._made.get(ts_open)
            if made is not None:
                yield made

    def _read(self, start: TimeNs, end: TimeNs) -> list[Candle]:
        """Make what a span has; of spans that touch, what was made before is kept."""
        is_apart = end < self._from or start > self._to or len(self._made) > MADE_MAX
        if is_apart or not self._made:
            self._made = {}
            self._from, self._to = start, end
        found = []
        for bar in self._history.bars(self._instrument, self._interval, start, end):
            made = self._made.get(bar.ts_open)
            if made is None:
                made = self._made[bar.ts_open] = self._candle(bar)
            found.append(made)
        self._from, self._to = min(self._from, start), max(self._to, end)
        return found

    def _candle(self, bar: Bar) -> Candle:
        trades = [] if self._trades is None else self._trades(bar)
        if not trades:
            return candle_of(bar)
        candle = Candle(bar.ts_open, bar.ts_venue, bar.open)
        for trade in trades:
            candle.trade(trade.price, trade.size, -1, sells=trade.buyer_is_maker)
        return candle
