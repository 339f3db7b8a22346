"""Klines of before the exchange began, made of the bars that its market data have."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

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
        self._trades = trades
        self._made: OrderedDict[TimeNs, Candle] = OrderedDict()

    def candles(self, start: TimeNs, end: TimeNs) -> Iterator[Candle]:
        """Yield the shortest klines that open in [start, end)."""
        for bar in self._history.bars(self._instrument, self._interval, start, end):
            made = self._made.get(bar.ts_open)
            if made is None:
                made = self._made[bar.ts_open] = self._candle(bar)
                if len(self._made) > MADE_MAX:
                    self._made.popitem(last=False)
            yield made

    def _candle(self, bar: Bar) -> Candle:
        trades = [] if self._trades is None else self._trades(bar)
        if not trades:
            return candle_of(bar)
        candle = Candle(bar.ts_open, bar.ts_venue, bar.open)
        for trade in trades:
            candle.trade(trade.price, trade.size, -1, sells=trade.buyer_is_maker)
        return candle
