"""Klines of one symbol: made of trades as they come, rolled by the clock, aggregated to any interval.

A kline is closed when the exchange's time has reached its end, whether or not somebody traded: a minute without a
trade is a flat one without volume, as Binance tells it. Before the first trade there is none.
"""

from __future__ import annotations

from collections import deque
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING

from tradewind.domain.time import INTERVALS, NS_PER_MS, Interval
from tradewind.exchange.binance.symbols import amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tradewind.domain.market import Bar, Trade
    from tradewind.domain.time import TimeNs

KEPT_MAX = 20_000
"""So many klines of the shortest interval are kept beside those of the past."""
BY_NAME = {label: Interval.parse(label) for label in INTERVALS}


class Candle:
    """One kline, closed or not; trades of it have the numbers `first` to `last`, -1 for none."""

    __slots__ = (
        "close", "count", "first", "high", "last", "low", "open", "quote", "taker", "taker_quote", "ts_close",
        "ts_open", "volume",
    )  # fmt: skip

    def __init__(self, ts_open: TimeNs, ts_close: TimeNs, price: float) -> None:
        self.ts_open, self.ts_close = ts_open, ts_close
        self.open = self.high = self.low = self.close = price
        self.volume = self.quote = self.taker = self.taker_quote = 0.0
        self.count = 0
        self.first = self.last = -1

    def trade(self, price: float, size: float, number: int, *, sells: bool) -> None:
        """Add a trade."""
        if not self.count:
            self.open = self.high = self.low = price
        self.high, self.low, self.close = max(self.high, price), min(self.low, price), price
        self.volume += size
        self.quote += price * size
        if not sells:
            self.taker += size
            self.taker_quote += price * size
        self.count += 1
        self.first = number if self.first < 0 else self.first
        self.last = number

    def add(self, later: Candle) -> None:
        """Add a shorter kline that comes after."""
        if later.count and not self.count:
            self.open, self.high, self.low, self.first = later.open, later.high, later.low, later.first
        elif later.count:
            self.high, self.low = max(self.high, later.high), min(self.low, later.low)
        if later.count:
            self.last = later.last
        self.close = later.close
        self.volume += later.volume
        self.quote += later.quote
        self.taker += later.taker
        self.taker_quote += later.taker_quote
        self.count += later.count

    def row(self) -> list[object]:
        """Return it as REST lists it."""
        return [
            self.ts_open // NS_PER_MS, amount(self.open), amount(self.high), amount(self.low), amount(self.close),
            amount(self.volume), self.ts_close // NS_PER_MS - 1, amount(self.quote), self.count, amount(self.taker),
            amount(self.taker_quote), "0",
        ]  # fmt: skip

    def told(self, name: str, interval: str, now_ms: int, *, is_closed: bool) -> dict[str, object]:
        """Return it as the stream tells it."""
        kline = {
            "t": self.ts_open // NS_PER_MS, "T": self.ts_close // NS_PER_MS - 1, "s": name, "i": interval,
            "f": self.first, "L": self.last, "o": amount(self.open), "c": amount(self.close), "h": amount(self.high),
            "l": amount(self.low), "v": amount(self.volume), "n": self.count, "x": is_closed, "q": amount(self.quote),
            "V": amount(self.taker), "Q": amount(self.taker_quote), "B": "0",
        }  # fmt: skip
        return {"e": "kline", "E": now_ms, "s": name, "k": kline}


class Past:
    """Where the klines of before the exchange began come from."""

    def candles(self, start: TimeNs, end: TimeNs) -> Iterator[Candle]:  # noqa: ARG002 - nothing of before
        """Yield the shortest klines that open in [start, end)."""
        return iter(())


class Candles:
    """The klines of one symbol at all intervals from `base` on."""

    def __init__(self, base: Interval, began: TimeNs, past: Past) -> None:
        self.base = base
        self._began = began
        """From here on klines are made; those before come from `past`."""
        self._past = past
        self._done: deque[Candle] = deque(maxlen=KEPT_MAX)
        self._forming: dict[str, Candle] = {}

    @property
    def last_price(self) -> float | None:
        """The price of the last trade, None before any."""
        forming = self._forming.get(self.base.label)
        return None if forming is None else forming.close

    def trade(self, trade: Trade, number: int) -> None:
        """Add a trade to every kline that forms; those that it does not belong to any more were rolled before."""
        if not self._forming:
            self._start(self.base, trade.ts_venue, trade.price)
        for forming in self._forming.values():
            forming.trade(trade.price, trade.size, number, sells=trade.buyer_is_maker)

    def bar(self, bar: Bar) -> None:
        """Take a bar where there are no trades: it is the kline, and what is not known of it is reckoned.

        The value is that of the volume at the mean of its four prices.
        """
        candle = candle_of(bar)
        if not self._forming:
            self._start(self.base, bar.ts_open, bar.open)
        for forming in self._forming.values():
            forming.add(candle)

    def follow(self, label: str) -> None:
        """Let a kline of an interval form from now on, with what there is of it."""
        base = self._forming.get(self.base.label)
        if label not in self._forming and base is not None:
            rows = self.range(BY_NAME[label], BY_NAME[label].floor(base.ts_open), base.ts_close)
            self._forming[label] = rows[-1]

    def roll(self, now: TimeNs) -> list[tuple[str, Candle]]:
        """Close every kline whose end has come; return them in the order of their ends, shorter ones first."""
        closed: list[tuple[str, Candle]] = []
        base = self._forming.get(self.base.label)
        while base is not None and base.ts_close <= now:
            end = base.ts_close
            self._done.append(base)
            for label, forming in list(self._forming.items()):
                if forming.ts_close <= end:
                    closed.append((label, forming))
                    self._start(BY_NAME.get(label, self.base), end, forming.close)
            base = self._forming[self.base.label]
        return closed

    def forming(self, label: str) -> Candle | None:
        """Return the kline that forms."""
        return self._forming.get(label)

    def range(self, interval: Interval, start: TimeNs, end: TimeNs) -> list[Candle]:
        """Return the klines that open in [start, end), the one that forms among them."""
        made: list[Candle] = []
        for short in self._base_rows(start, end):
            ts_open = interval.floor(short.ts_open)
            if not made or made[-1].ts_open != ts_open:
                made.append(Candle(ts_open, interval.next(ts_open), short.open))
            made[-1].add(short)
        return made

    def newest(self, interval: Interval, count: int, end: TimeNs) -> list[Candle]:
        """Return the last so many klines that open before `end`."""
        return self.range(interval, interval.floor(end - 1) - (count - 1) * interval.ns, end)[-count:]

    def _base_rows(self, start: TimeNs, end: TimeNs) -> Iterator[Candle]:
        before: Iterable[Candle] = ()
        if start < self._began:
            before = self._past.candles(start, min(end, self._began))
        forming = self._forming.get(self.base.label)
        rows = chain(before, self._from(start), () if forming is None else (forming,))
        return takewhile(lambda row: row.ts_open < end, (row for row in rows if row.ts_open >= start))

    def _from(self, start: TimeNs) -> Iterator[Candle]:
        """Yield the closed klines from about `start` on: they follow each other without a hole."""
        if not self._done:
            return iter(())
        passed = (start - self._done[0].ts_open) // self.base.ns - 1
        return islice(self._done, max(passed, 0), None)

    def _start(self, interval: Interval, ts: TimeNs, price: float) -> None:
        ts_open = interval.floor(ts)
        self._forming[interval.label] = Candle(ts_open, interval.next(ts_open), price)


def candle_of(bar: Bar) -> Candle:
    """Make a kline of a bar of which nothing else is known."""
    candle = Candle(bar.ts_open, bar.ts_venue, bar.open)
    if bar.volume > 0.0:
        candle.high, candle.low, candle.volume, candle.count = bar.high, bar.low, bar.volume, 1
        candle.quote = bar.volume * (bar.open + bar.high + bar.low + bar.close) / 4.0
        candle.taker, candle.taker_quote = candle.volume / 2.0, candle.quote / 2.0
    candle.close = bar.close
    return candle
