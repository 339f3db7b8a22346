"""Closed bars of the past, over REST, page by page; and which bars are known, so that each is told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_MS, Interval
from tradewind.venues.binance.answers import snapshot
from tradewind.venues.binance.parse_rest import bars_of
from tradewind.venues.binance.product import DEPTH_MAX
from tradewind.venues.binance.wire_book import PartialDepth
from tradewind.venues.binance.wire_rest import KlineRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar, BookSnapshot
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.requests import Params
    from tradewind.venues.binance.rest import Rest

PAGE = 1_000


def pages(  # noqa: PLR0913 - what is asked for, and by which clock it is closed
    rest: Rest, symbol: str, interval: str, start: TimeNs, end: TimeNs, *, now: Callable[[], TimeNs]
) -> Iterator[list[KlineRow]]:
    """Yield the rows of closed bars that open in [start, end), in order, none twice, by pages; none is empty."""
    begin = start
    while begin < end:
        rows: list[KlineRow] = rest.get(
            "klines",
            {
                "symbol": symbol, "interval": interval, "limit": PAGE,
                "startTime": begin // NS_PER_MS, "endTime": (end - 1) // NS_PER_MS,
            },
            list[KlineRow],
        )  # fmt: skip
        now_ms = now() // NS_PER_MS
        closed = [row for row in rows if row[6] < now_ms]
        inside = [row for row in closed if start <= row[0] * NS_PER_MS < end]
        if inside:
            yield inside
        if len(rows) < PAGE or len(closed) < len(rows):
            return
        begin = (closed[-1][6] + 1) * NS_PER_MS


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
        self._gathered: dict[InstrumentId, list[Bar]] = {}
        """Missing bars that were read by a try that broke off: the next one goes on after them.

        Of many symbols one question or other fails as long as the venue is unwell, and none would ever be told.
        """

    def bars(self, instrument: InstrumentId, interval: str, start: TimeNs, end: TimeNs) -> Iterator[Bar]:
        """Yield the closed bars that open in [start, end), in order, none twice; raise what the venue's error means."""
        count = 0
        for rows in pages(self._rest, self._symbols[instrument], interval, start, end, now=self._now):
            page = list(bars_of(rows, instrument, interval, now_ms=self._now() // NS_PER_MS, ts_recv=self._now()))
            yield from page
            count += len(page)
            self._progress(instrument, count)

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
        """Return the closed bars between what is known and now, or up to a bar; of several symbols by time.

        One that raises has kept what it has read.
        """
        wanted = self._next if before is None else {before.instrument: self._next[before.instrument]}
        end = self._interval.floor(now) if before is None else before.ts_open
        found = [bar for name, since in wanted.items() for bar in self._gather(name, since, end)]
        for name in wanted:
            self._gathered.pop(name, None)
        return sorted(found, key=lambda bar: bar.ts_open)

    def _gather(self, instrument: InstrumentId, since: TimeNs, end: TimeNs) -> list[Bar]:
        """Return the bars of an instrument in [since, end): what was gathered of them is not asked for again."""
        kept = [bar for bar in self._gathered.get(instrument, ()) if since <= bar.ts_open < end]
        self._gathered[instrument] = kept
        for bar in self.bars(instrument, self._interval.label, kept[-1].ts_venue if kept else since, end):
            kept.append(bar)  # noqa: PERF402 - what came before it raises is kept
        return kept


class Books:
    """Asks for whole order books."""

    def __init__(self, rest: Rest, symbols: Mapping[InstrumentId, str], now: Callable[[], TimeNs]) -> None:
        self._rest = rest
        self._symbols = symbols
        self._now = now

    def __call__(self, instrument: InstrumentId) -> BookSnapshot:
        """Return the book of an instrument; raise what the venue's error means."""
        params: Params = {"symbol": self._symbols[instrument], "limit": DEPTH_MAX[self._rest.product]}
        return snapshot(instrument, self._rest.get("depth", params, PartialDepth), self._now())

    def close(self) -> None:
        """Let the connection go; the next question opens another."""
        self._rest.close()
