"""Made-up bars in three patterns, and errors on request. The same seed gives the same bars.

A bar depends on (seed, symbol, number) alone, not on what was asked for before, so that two ranges
that overlap agree (spec/risk-and-positions.md, 21.5).
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from tradewind.domain.errors import VenueUnavailable
from tradewind.domain.ids import symbol_of
from tradewind.domain.market import Bar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.market import MarketEvent
    from tradewind.domain.time import Interval, TimeNs

Only = Callable[[Iterable["MarketEvent"]], Iterable["MarketEvent"]]
"""Leaves out what somebody has seen already."""
DRIFT_IN_DEVIATIONS = {"increasing": 0.25, "decreasing": -0.25, "volatile": 0.0}
"""The mean return of a bar, in standard deviations; `volatile` moves three times as much around none."""
SWING = 3.0
BLOCK_BARS = 1_024
"""Prices are walked within blocks; each block begins where the pattern's mean path is."""


class MockBars:
    """Bars of several symbols at one interval, number by number (port `History` as well)."""

    def __init__(  # noqa: PLR0913 - what a made-up market is made of
        self,
        instruments: Sequence[Instrument],
        interval: Interval,
        *,
        pattern: str,
        seed: int,
        start: TimeNs,
        start_price: float,
        volatility: float,
    ) -> None:
        self._instruments = {instrument.id: instrument for instrument in instruments}
        self._interval = interval
        self._sigma = volatility * (SWING if pattern == "volatile" else 1.0)
        self._drift = volatility * DRIFT_IN_DEVIATIONS[pattern]
        self._seed = seed
        self._start = interval.floor(start)
        self._start_price = start_price
        self._block: dict[tuple[InstrumentId, int], list[float]] = {}

    def at(self, number: int) -> Iterator[Bar]:
        """Yield the bar of this number of every instrument; number 0 opens at the start, earlier ones are negative."""
        return (self.bar(instrument, number) for instrument in self._instruments)

    def bars(self, instrument: InstrumentId, interval: str, start: TimeNs, end: TimeNs) -> Iterator[Bar]:
        """Yield the bars that open in [start, end), in order, none twice."""
        assert interval == self._interval.label, "made-up history has the session's own interval"
        first = -((self._start - start) // self._interval.ns)
        last = -((self._start - end) // self._interval.ns)
        return (self.bar(instrument, number) for number in range(first, last))

    def bar(self, name: InstrumentId, number: int) -> Bar:
        """Make one bar: open and close on the walk, a high and a low around them, a volume."""
        block, place = divmod(number, BLOCK_BARS)
        path = self._path(name, block)
        draw = random.Random(f"{self._seed}/{symbol_of(name)}/{number}")  # noqa: S311 - made up, by seed
        opened, closed = path[place], path[place + 1]
        high = max(opened, closed) * (1.0 + abs(draw.gauss(0.0, self._sigma)) / 2.0)
        low = min(opened, closed) * (1.0 - min(abs(draw.gauss(0.0, self._sigma)) / 2.0, 0.9))
        tick = self._instruments[name].tick
        opened, high, low, closed = (
            max(float(round(price / float(tick)) * tick), float(tick)) for price in (opened, high, low, closed)
        )
        ts = self._start + number * self._interval.ns
        volume = round(10.0 * math.exp(draw.gauss(0.0, 0.5)), 5)
        end = ts + self._interval.ns
        return Bar(name, self._interval.label, ts, end, end, opened, high, low, closed, volume)

    def _path(self, name: InstrumentId, block: int) -> list[float]:
        """Walk one block; a block ends where the next one begins, so the pieces join."""
        key = (name, block)
        if key not in self._block:
            draw = random.Random(f"{self._seed}/{symbol_of(name)}/block/{block}")  # noqa: S311 - made up, by seed
            walk = [0.0]
            for _ in range(BLOCK_BARS):
                walk.append(walk[-1] + self._drift + draw.gauss(0.0, self._sigma))
            first, last = (self._anchor(name, number) for number in (block, block + 1))
            slope = (last - first - walk[-1]) / BLOCK_BARS
            log_start = math.log(self._start_price)
            path = [math.exp(log_start + first + step + slope * i) for i, step in enumerate(walk)]
            kept = list(self._block.items())[1 - 2 * len(self._instruments) :]  # the newest stand last
            self._block = dict(kept) | {key: path}
        return self._block[key]

    def _anchor(self, name: InstrumentId, block: int) -> float:
        """Return the log price, against the start, at which a block begins; the first begins at the start price."""
        if block == 0:
            return 0.0
        draw = random.Random(f"{self._seed}/{symbol_of(name)}/anchor/{block}")  # noqa: S311 - made up, by seed
        return block * BLOCK_BARS * self._drift + draw.gauss(0.0, self._sigma * math.sqrt(BLOCK_BARS))


class MockData:
    """A made-up live stream (port `MarketData`), with a break in it for a share of the bars."""

    def __init__(  # noqa: PLR0913 - which bars, how fast, how badly
        self,
        bars: MockBars,
        *,
        count: int | None,
        interval_seconds: float,
        error_rate: float,
        seed: int,
        first: int = 0,
        only: Only | None = None,
    ) -> None:
        self._bars = bars
        self._count = count
        self._pause = interval_seconds
        self._error_rate = error_rate
        self._random = random.Random(f"{seed}/errors")  # noqa: S311 - made up, by seed
        self._next = first
        self._only = only
        self._broke_at_the_end = False
        for _ in range(first if error_rate else 0):
            self._random.random()  # so that it breaks where it would have broken

    async def stream(self) -> AsyncIterator[MarketEvent]:
        """Yield bars; a broken stream raises `VenueUnavailable` and goes on with the next bar when asked again.

        The bar at which it breaks is lost, and the next one shows it. After the last there is none, so
        that one comes when asked again.
        """
        while self._count is None or self._next < self._count:
            number, self._next = self._next, self._next + 1
            if self._pause:
                await asyncio.sleep(self._pause)
            if self._random.random() < self._error_rate and not self._broke_at_the_end:
                if self._next == self._count:
                    self._next, self._broke_at_the_end = number, True
                raise VenueUnavailable(f"the mock stream breaks at bar {number}, as configured")
            for bar in self._bars.at(number) if self._only is None else self._only(self._bars.at(number)):
                yield bar
