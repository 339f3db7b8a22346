"""What may have happened within bars: trades, and a book around them, drawn by seed.

Whoever plays bars alone has no book that orders could meet. Here each bar is taken apart into trades whose first,
highest, lowest and last price and whose whole size are the bar's, and a book is put around the price, so that a
bar made of the trades is the bar again. What is drawn depends on the seed, the symbol and the bar alone.
"""

from __future__ import annotations

import heapq
import random
from operator import attrgetter
from typing import TYPE_CHECKING

from tradewind.domain.ids import symbol_of
from tradewind.domain.market import Bar, BookDelta, BookSnapshot, Trade
from tradewind.domain.money import exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import Level, MarketEvent

Tick = BookSnapshot | BookDelta | Trade

STEPS = 24
"""So many trades at the most are made of a bar."""
LEVELS = 25
"""So many levels stand on each side of the book."""
LEVEL_GAP = 0.00004
"""How far levels are apart, as a fraction of the price, but a tick at least."""
WORTH = 4.0
"""The mean size of a level, in mean sizes of a trade."""

_received = attrgetter("ts_recv")


class Flow:
    """Trades and books of some instruments, made of their bars."""

    def __init__(self, instruments: Sequence[Instrument], seed: int) -> None:
        self._instruments = {instrument.id: instrument for instrument in instruments}
        self._seed = seed
        self._books = {instrument.id: _Book(instrument, seed) for instrument in instruments}

    def play(self, events: Iterable[MarketEvent]) -> Iterator[MarketEvent]:
        """Yield the events, and before the bars of one moment what may have happened within them, in order of time."""
        group: list[Bar] = []
        others: list[MarketEvent] = []
        for event in events:
            if group and event.ts_recv != group[0].ts_recv:
                yield from self._merged(others, group)
                group, others = [], []
            if type(event) is Bar:
                group.append(event)
            else:
                others.append(event)  # it comes before its bar, and after what that is made of has begun
        yield from self._merged(others, group)

    def _merged(self, others: list[MarketEvent], group: list[Bar]) -> Iterator[MarketEvent]:
        return heapq.merge(others, self._group(group), key=_received) if others else self._group(group)

    def trades(self, bar: Bar) -> list[Trade]:
        """Return the trades of a bar, the same whenever it is asked; none if the bar has no volume."""
        instrument = self._instruments[bar.instrument]
        lot = float(instrument.lot)
        lots = round(bar.volume / lot)
        if lots < 1:
            return []
        draw = random.Random(f"{self._seed}/{symbol_of(bar.instrument)}/{bar.ts_open}")  # noqa: S311 - made up, by seed
        prices = _path(bar, instrument, draw, min(STEPS, lots))
        sizes = _shares(lots, len(prices), draw)
        late = bar.ts_recv - bar.ts_venue
        length = bar.ts_venue - bar.ts_open
        trades, before = [], bar.open
        for place, (price, size) in enumerate(zip(prices, sizes, strict=True)):
            ts = bar.ts_open + int((place + draw.uniform(0.1, 0.9)) * length / len(prices))
            sells = price < before or (price == before and draw.random() < 0.5)
            amount = float(exact(size) * instrument.lot)
            name = f"{bar.ts_open // 1_000_000}-{place}"
            trades.append(Trade(bar.instrument, ts, ts + late, price, amount, sells, name))
            before = price
        return trades

    def _group(self, bars: Sequence[Bar]) -> Iterator[MarketEvent]:
        streams = [self._ticks(bar) for bar in bars if bar.volume > 0.0]
        yield from heapq.merge(*streams, key=_received)
        yield from bars

    def _ticks(self, bar: Bar) -> Iterator[Tick]:
        book = self._books[bar.instrument]
        for trade in self.trades(bar):
            yield book.around(trade)
            yield trade


def _path(bar: Bar, instrument: Instrument, draw: random.Random, steps: int) -> list[float]:
    """Walk from the open by the two extremes, in the order of a draw, to the close; every price is on the tick."""
    extremes = [bar.low, bar.high] if draw.random() < 0.5 else [bar.high, bar.low]
    corners = [bar.open, *extremes, bar.close][:steps] if steps < 4 else [bar.open, *extremes, bar.close]
    if len(corners) < 4:
        return corners
    first, second = sorted(draw.sample(range(1, steps - 1), 2)) if steps > 4 else (1, 2)
    places = (0, first, second, steps - 1)
    noise = (bar.high - bar.low) / steps
    path = []
    for place in range(steps):
        leg = next(number for number in (0, 1, 2) if place <= places[number + 1])
        start, end = places[leg], places[leg + 1]
        if place in (start, end):
            path.append(corners[leg] if place == start else corners[leg + 1])
            continue
        straight = corners[leg] + (corners[leg + 1] - corners[leg]) * (place - start) / (end - start)
        price = float(instrument.price(straight + draw.gauss(0.0, noise)))
        path.append(min(max(price, bar.low), bar.high))
    return path


def _shares(lots: int, parts: int, draw: random.Random) -> list[int]:
    """Part so many lots, each part one at the least."""
    weights = [draw.expovariate(1.0) for _ in range(parts)]
    spare = lots - parts
    shares = [1 + int(spare * weight / sum(weights)) for weight in weights]
    shares[-1] += lots - sum(shares)
    return shares


class _Book:
    """The book around the last trade: levels on a grid, whose sizes are drawn by their place."""

    def __init__(self, instrument: Instrument, seed: int) -> None:
        self._instrument = instrument
        self._tick = float(instrument.tick)
        self._digits = max(-int(instrument.tick.as_tuple().exponent), 0)
        self._mark = random.Random(f"{seed}/{instrument.symbol}/book").getrandbits(32)  # noqa: S311 - made up
        self._last_id = 0
        self._mean = 0.0
        self._sides: tuple[dict[float, float], dict[float, float]] = ({}, {})

    def around(self, trade: Trade) -> BookSnapshot | BookDelta:
        """Return the change after which a taker's trade at this price meets the best level."""
        self._mean = self._mean * 0.95 + trade.size * 0.05 if self._mean else trade.size
        spread = self._tick * (1 + self._draw(self._last_id, 3) % 2)
        bid = trade.price if trade.buyer_is_maker else trade.price - spread
        ask = trade.price + spread if trade.buyer_is_maker else trade.price
        now = self._side(bid, -1, trade), self._side(ask, 1, trade)
        before, self._sides = self._sides, now
        self._last_id += 1
        if not before[0]:
            return BookSnapshot(
                trade.instrument, trade.ts_venue, trade.ts_recv, self._last_id, tuple(now[0].items()),
                tuple(now[1].items()),
            )  # fmt: skip
        bids, asks = (_changes(old, new) for old, new in zip(before, now, strict=True))
        return BookDelta(trade.instrument, trade.ts_venue, trade.ts_recv, self._last_id, self._last_id, bids, asks)

    def _side(self, best: float, sign: int, trade: Trade) -> dict[float, float]:
        """Return the levels of one side: the best one shows at least what trades there, the others stand on a grid."""
        gap = max(round(best * LEVEL_GAP / self._tick), 1)
        start = round(best / self._tick)
        levels = {round(best, self._digits): self._size(start, 1 + self._last_id % 7) + trade.size}
        place = start // gap
        while len(levels) < LEVELS:
            place += sign
            if place <= 0:
                break
            if (place * gap - start) * sign > 0:
                levels[round(place * gap * self._tick, self._digits)] = self._size(place, self._last_id // 50)
        return levels

    def _size(self, place: int, epoch: int) -> float:
        share = 0.25 + (self._draw(place, epoch) % 1000) / 500.0
        return max(float(self._instrument.quantity(self._mean * WORTH * share)), float(self._instrument.lot))

    def _draw(self, place: int, epoch: int) -> int:
        """Mix numbers into one that looks drawn (a multiplicative hash, after Knuth)."""
        mixed = (place * 2_654_435_761 ^ epoch * 40_503 ^ self._mark) & 0xFFFFFFFF
        return (mixed * 2_246_822_519 >> 13) & 0xFFFFFF


def _changes(old: dict[float, float], new: dict[float, float]) -> tuple[Level, ...]:
    gone = ((price, 0.0) for price in old if price not in new)
    return (*gone, *((price, size) for price, size in new.items() if old.get(price) != size))
