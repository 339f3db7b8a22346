"""Closed bars of Binance's into the catalog: months that are over from its archives, the rest over REST.

Each month, and each twenty pages, are kept before the next is asked for. So a download that is broken off goes on where
it stood, and one that is repeated asks only for what is not there.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
import polars as pl

from tradewind.app.download.holes import holes
from tradewind.domain.errors import DataNotFoundError
from tradewind.domain.nearest import nearest
from tradewind.domain.time import NS_PER_MS, Interval, TimeNs
from tradewind.record.market_data.bars import VALUES, Gap, Series
from tradewind.record.market_data.catalog import Catalog, InstrumentFacts
from tradewind.record.market_data.importing import ImportOptions, clean
from tradewind.venues.binance.archives import months_within
from tradewind.venues.binance.history import pages
from tradewind.venues.binance.parse_rest import instrument_of
from tradewind.venues.binance.product import VENUES, Product
from tradewind.venues.binance.wire_rest import ExchangeInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tradewind.app.download.archives import Archives
    from tradewind.venues.binance.rest import Rest
    from tradewind.venues.binance.wire_rest import KlineRow, SymbolInfo

PAGES_KEPT = 20
"""Pages of a thousand bars that are put in the catalog at once."""


class Downloaded(msgspec.Struct, frozen=True):
    """What came of one series; counts are bars. `missing` is what the venue does not have either."""

    series: Series
    added: int
    from_archives: int
    missing: tuple[Gap, ...]


class BinanceDownload:
    """One market of Binance's, and the catalog that its bars go to; `progress` is told how far a series is."""

    def __init__(
        self,
        catalog: Catalog,
        rest: Rest,
        archives: Archives | None,
        progress: Callable[[Series, TimeNs], None] = lambda *_: None,
        now: Callable[[], TimeNs] = time.time_ns,
    ) -> None:
        self._catalog = catalog
        self._rest = rest
        self._archives = archives
        self.progress = progress
        self._now = now

    def listed(self, symbols: Sequence[str]) -> dict[str, SymbolInfo]:
        """Return what Binance says of the symbols; raise `DataNotFoundError` for all that it does not have."""
        info: ExchangeInfo = self._rest.get("exchangeInfo", {}, ExchangeInfo)
        found = {each.symbol: each for each in info.symbols}
        missing = [f"{symbol}{nearest(symbol, found)}" for symbol in symbols if symbol not in found]
        if missing:
            raise DataNotFoundError(f"Binance {self._rest.product.value} does not list {', '.join(missing)}")
        return {symbol: found[symbol] for symbol in symbols}

    def take(self, info: SymbolInfo, interval: Interval, start: TimeNs, end: TimeNs) -> Downloaded:
        """Bring the bars that open at `start` or later, and are closed at `end` and now, into the catalog.

        Raises what the venue's error means, and `DataValidationError` for bars that cannot be.
        """
        product = self._rest.product
        series = Series(VENUES[product], info.symbol, interval.label)
        self._keep_facts(info, product, series)
        begin, until = interval.next(start - 1), interval.floor(min(end, self._now()))
        added = from_archives = 0
        for hole in holes(self._catalog, series, begin, until):
            for frame, is_archived in self._frames(series, hole):
                merged = self._catalog.merge(series, frame)
                added += merged.added
                from_archives += merged.added if is_archived else 0
                self.progress(series, frame["ts_open"][-1])
            self.progress(series, hole.ts_to)
        missing = holes(self._catalog, series, begin, until)
        return Downloaded(series, added, from_archives, tuple(missing))

    def _frames(self, series: Series, hole: Gap) -> Iterator[tuple[pl.DataFrame, bool]]:
        """Yield the bars of a hole in order, and whether they are from an archive."""
        at = hole.ts_from
        for archive in months_within(self._rest.product, series.symbol, Interval.parse(series.interval), *_ends(hole)):
            frame = None if self._archives is None else self._archives.frame(archive, self._options(series))
            if frame is None or frame.is_empty():
                continue
            if at < archive.start:
                yield from self._paged(series, at, archive.start)
            inside = pl.col("ts_open").is_between(archive.start, archive.end, closed="left")
            yield frame.filter(inside), True
            at = archive.end
        if at < hole.ts_to:
            yield from self._paged(series, at, hole.ts_to)

    def _paged(self, series: Series, start: TimeNs, end: TimeNs) -> Iterator[tuple[pl.DataFrame, bool]]:
        rows: list[KlineRow] = []
        for number, page in enumerate(
            pages(self._rest, series.symbol, series.interval, start, end, now=self._now), start=1
        ):
            rows += page
            self.progress(series, page[-1][0] * NS_PER_MS)
            if number % PAGES_KEPT == 0:
                yield self._frame(series, rows), False
                rows = []
        if rows:
            yield self._frame(series, rows), False

    def _frame(self, series: Series, rows: list[KlineRow]) -> pl.DataFrame:
        columns = {name: [float(row[place]) for row in rows] for place, name in enumerate(VALUES, start=1)}
        frame = pl.DataFrame(
            {
                "ts_open": [row[0] * NS_PER_MS for row in rows], **columns,
                "trades": [row[8] for row in rows], "quote_volume": [float(row[7]) for row in rows],
                "file": [str(series)] * len(rows), "row": range(len(rows)), "forming": [False] * len(rows),
            }
        )  # fmt: skip
        return clean(frame, self._options(series)).frame

    def _options(self, series: Series) -> ImportOptions:
        return ImportOptions(now_ns=self._now(), venue=series.venue, symbol=series.symbol, interval=series.interval)

    def _keep_facts(self, info: SymbolInfo, product: Product, series: Series) -> None:
        """Keep what the venue says of the instrument, unless somebody has stated all of it."""
        try:
            if not self._catalog.facts(series.instrument).inferred:
                return
        except DataNotFoundError:
            pass
        self._catalog.put_facts(InstrumentFacts(instrument_of(info, product)))


def _ends(gap: Gap) -> tuple[TimeNs, TimeNs]:
    return gap.ts_from, gap.ts_to
