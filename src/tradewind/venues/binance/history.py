"""Closed bars of the past, over REST, page by page; and which bars are known, so that each is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_MS, Interval
from tradewind.venues.binance.parse_rest import bars_of
from tradewind.venues.binance.wire_rest import KlineRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.rest import Rest

PAGE = 1_000


class Klines:
    """The bars of a session's symbols, of one interval (port `History`)."""

    def __init__(
        self,
        rest: Rest,
        symbols: Mapping[InstrumentId, str],
        interval: Interval,
        now: Callable[[], TimeNs],
        progress: Callable[[InstrumentId, int], None] = lambda *_: None,
    ) -> None:
        self._rest = rest
        self._symbols = symbols
        self._interval = interval
        self._now = now
        self._progress = progress
        self._next: dict[InstrumentId, TimeNs] = {}

    def bars(self, instrument: InstrumentId, interval: str, start: TimeNs, end: TimeNs) -> Iterator[Bar]:
        """Yield the closed bars that open in [start, end), in order, none twice; raise what the venue's error means."""
        count, begin = 0, start
        while begin < end:
            rows = self._rest.get(
                "klines",
                {
                    "symbol": self._symbols[instrument],
                    "interval": interval,
                    "startTime": begin // NS_PER_MS,
                    "endTime": (end - 1) // NS_PER_MS,
                    "limit": PAGE,
                },
                list[KlineRow],
            )
            now = self._now()
            page = list(bars_of(rows, instrument, interval, now_ms=now // NS_PER_MS, ts_recv=now))
            yield from (bar for bar in page if start <= bar.ts_open < end)
            count += len(page)
            self._progress(instrument, count)
            if len(rows) < PAGE or len(page) < len(rows):
                return
            begin = page[-1].ts_venue

    def close(self) -> None:
        """Let the connection go; the next question opens another."""
        self._rest.close()

    def expect(self, instrument: InstrumentId, ts_open: TimeNs) -> None:
        """Take it that all bars before the one that opens at `ts_open` are known."""
        self._next[instrument] = max(ts_open, self._next.get(instrument, ts_open))

    def take(self, bar: Bar) -> None:
        """Take note of a bar that is told."""
        self.expect(bar.instrument, bar.ts_venue)

    def is_known(self, bar: Bar) -> bool:
        """Tell whether the bar was told before."""
        return bar.ts_open < self._next.get(bar.instrument, bar.ts_open)

    def lacks(self, bar: Bar) -> bool:
        """Tell whether bars are missing before this one."""
        return bar.ts_open > self._next.get(bar.instrument, bar.ts_open)

    def missing(self, now: TimeNs, before: Bar | None = None) -> list[Bar]:
        """Return the closed bars between what is known and now, or up to a bar; of several symbols by time."""
        wanted = self._next if before is None else {before.instrument: self._next[before.instrument]}
        end = self._interval.floor(now) if before is None else before.ts_open
        found = [bar for name, since in wanted.items() for bar in self.bars(name, self._interval.label, since, end)]
        return sorted(found, key=lambda bar: bar.ts_open)
