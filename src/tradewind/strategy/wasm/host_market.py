"""Calls for bars: a range of them, the last one, how many. Never one that has not closed by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_SECOND, Interval
from tradewind.strategy.wasm import plans
from tradewind.strategy.wasm.buckets import longer_bars
from tradewind.strategy.wasm.enums import INTERVAL_LABELS
from tradewind.strategy.wasm.errors import DataNotFound
from tradewind.strategy.wasm.messages import ExecuteSQLResponse, Number, SQLResult, Timestamp
from tradewind.strategy.wasm.sql import Sql
from tradewind.strategy.wasm.wire import varint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tradewind.domain.market import Bar
    from tradewind.strategy.wasm.scene import Scene, Series

ALL = 1 << 40
_LATEST = 1 << 63


def time_of(stamp: Timestamp | None, missing: int) -> int:
    """Return a time in nanoseconds; `missing` if it was not given."""
    return missing if stamp is None else stamp.seconds * NS_PER_SECOND + stamp.nanos


class MarketCalls:
    """Answers from the bars that the session keeps."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.sql = Sql()

    def functions(self) -> dict[str, Callable[[bytes], bytes]]:
        """Return the calls by name."""
        return {
            "get_range": self.get_range,
            "read_last_data": self.read_last_data,
            "count": self.count,
            "execute_sql": self.execute_sql,
        }

    def get_range(self, request: bytes) -> bytes:
        """Return bars that opened between start and end, both inclusive; longer ones only when they are complete."""
        scene = self._scene
        asked = scene.reader.read(plans.GET_RANGE, request)
        start, end = time_of(asked.start_time, -_LATEST), time_of(asked.end_time, _LATEST)
        found: list[tuple[int, str, bytes]] = []
        for series in self._chosen(asked.symbol):
            bars: Iterable[Bar] = series.recent(ALL)
            wanted = _longer(asked.interval, scene.session().interval)
            if wanted is not None:
                bars = longer_bars(bars, wanted)
            entry = series.template.entry
            found += [(bar.ts_open, series.symbol, entry(bar)) for bar in bars if start <= bar.ts_open <= end]
        found.sort(key=lambda row: row[:2])
        return b"".join([b"\x0a" + varint(len(content)) + content for _, _, content in found])

    def read_last_data(self, request: bytes) -> bytes:
        """Return the last closed bar of a symbol."""
        symbol = self._scene.reader.text(request)
        series = self._scene.known(symbol)
        bars = () if series is None else series.recent(1)
        if series is None or not bars:
            raise DataNotFound(f"no bar of {symbol!r} yet")
        return series.template.entry(bars[-1])

    def count(self, request: bytes) -> bytes:
        """Return how many bars of all symbols opened between start and end."""
        asked = self._scene.reader.read(plans.COUNT, request)
        start, end = time_of(asked.start_time, -_LATEST), time_of(asked.end_time, _LATEST)
        total = sum(start <= bar.ts_open <= end for series in self._scene.series.values() for bar in series.recent(ALL))
        return plans.NUMBER.encode(Number(total))

    def execute_sql(self, request: bytes) -> bytes:
        """Return the rows of one SELECT over the table `market_data`: the bars that are known now."""
        scene = self._scene
        asked = scene.reader.read(plans.EXECUTE_SQL, request)
        known = [(series.symbol, series.recent(ALL)) for series in scene.series.values()]
        rows = self.sql.rows(asked.query, asked.params, known, scene.patience)
        return plans.SQL_RESPONSE.encode(ExecuteSQLResponse([SQLResult(row) for row in rows]))

    def _chosen(self, symbol: str) -> list[Series]:
        if not symbol:
            return list(self._scene.series.values())
        series = self._scene.series.get(symbol)
        return [] if series is None else [series]


def _longer(number: int, own: str) -> Interval | None:
    """Return an interval that is longer than the bars' own; None for theirs, a shorter or an unknown one."""
    if not 0 <= number < len(INTERVAL_LABELS):
        return None
    wanted, have = Interval.parse(INTERVAL_LABELS[number]), Interval.parse(own)
    return wanted if wanted.ns > have.ns and wanted.is_made_of(have) else None
