"""Market data for a session: from files, the catalog, the shipped sample, or from nowhere.

What stands in `market_data.config.path` is a file, a folder of files, a catalog's folder, the name of
a series in the catalog (`binance:BTCUSDT:1m`), or the word `sample`.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tradewind.app.config import time_ns
from tradewind.app.ticks import Tick, TickKind, Ticks, split
from tradewind.domain.errors import ConfigError, DataNotFoundError
from tradewind.domain.ids import Asset, instrument_id
from tradewind.domain.instrument import FeeSchedule, Instrument, InstrumentKind
from tradewind.domain.time import NEVER, NS_PER_MS, Interval, iso
from tradewind.record.frames import pl
from tradewind.record.market_data.bars import content_hash
from tradewind.record.market_data.catalog import Catalog
from tradewind.record.market_data.importing import ImportOptions, clean, files_in, read_series
from tradewind.record.market_data.names import guess_from_name, infer_instrument, split_symbol
from tradewind.record.market_data.sample import sample_instrument, sample_series
from tradewind.record.market_data.streams import BarTable, stream_bars

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tradewind.app.config import Config
    from tradewind.app.config.trading import InstrumentSettings
    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar, MarketEvent
    from tradewind.domain.time import TimeNs
    from tradewind.venues.registry.data_settings import ReplaySettings
    from tradewind.venues.sim.settings import MatchOn

SAMPLE = "sample"
EARLIEST: TimeNs = -(2**62)
COMMON_TICK, COMMON_LOT = Decimal("0.01"), Decimal("0.00001")
"""The steps of a made-up instrument, if nothing else is said."""


@dataclass(frozen=True)
class Recorded:
    """Recorded bars of a session's instruments, in the order of its symbols (port `History` as well)."""

    instruments: tuple[Instrument, ...]
    tables: tuple[BarTable, ...]
    ticks: tuple[Ticks, ...]
    latency_ns: TimeNs
    start: TimeNs
    end: TimeNs

    @property
    def interval(self) -> Interval | None:
        """Return the interval of the bars, None if there are none."""
        return self.tables[0].interval if self.tables else None

    @property
    def finest(self) -> MatchOn:
        """Return the finest kind of data that there is: book, quotes, trades, else bars."""
        kinds = {ticks.kind for ticks in self.ticks}
        found: tuple[tuple[TickKind, MatchOn], ...] = (
            (TickKind.BOOK, "book"), (TickKind.QUOTES, "quotes"), (TickKind.TRADES, "trades"),
        )  # fmt: skip
        return next((name for kind, name in found if kind in kinds), "bars")

    def first(self) -> TimeNs:
        """Return when the first of it happened: a bar's open, or a tick."""
        opens = [table.frame["ts_open"][0] for table in self.tables if table.frame.height]
        return min(opens) if opens else next(iter(self._ticks(EARLIEST, NEVER))).ts_venue

    def stream(self, start: TimeNs, end: TimeNs) -> Iterable[MarketEvent]:
        """Yield the bars that open in [start, end), and the ticks of that time, in the total order of time."""
        bars = stream_bars([table.between(start, end) for table in self.tables], self.latency_ns) if self.tables else ()
        return self._ticks(start, end, bars) if self.ticks else bars

    def _ticks(self, start: TimeNs, end: TimeNs, bars: Iterable[Bar] = ()) -> Iterator[Bar | Tick]:
        """Merge ticks and bars; of one time, ticks come first: they are what the bar was made of."""
        ids = {instrument.symbol: instrument.id for instrument in self.instruments}
        if self.tables:  # what comes after the last bar has no market to act in
            end = min(end, max(table.frame["ts_open"][-1] + table.interval.ns for table in self.tables))
        streams = [
            (event for event in ticks.events(ids, self.latency_ns) if start <= event.ts_venue < end)
            for ticks in self.ticks
        ]
        return heapq.merge(*streams, bars, key=_received)

    def rows(self, start: TimeNs, end: TimeNs) -> int:
        """Count the bars that open in [start, end)."""
        return sum(table.between(start, end).frame.height for table in self.tables)

    def bars(self, instrument: InstrumentId, interval: str, start: TimeNs, end: TimeNs) -> Iterator[Bar]:
        """Yield the bars of one instrument that open in [start, end), in order, none twice."""
        found = [t for t in self.tables if t.instrument.id == instrument and t.interval.label == interval]
        return iter(stream_bars([found[0].between(start, end)], self.latency_ns)) if found else iter(())

    def describe(self) -> str:
        """Say which bars these are, with a hash of their content."""
        described = [
            f"{t.instrument.id} {t.interval.label} {t.frame.height} bars from {iso(t.frame['ts_open'][0])} "
            f"to {iso(t.frame['ts_open'][-1])} sha256 {content_hash(t.frame)[:16]}"
            for t in self.tables
        ]
        return "; ".join(described + [f"{ticks.symbol} {ticks.kind.value} {ticks.path.name}" for ticks in self.ticks])


def recorded(config: Config, settings: ReplaySettings, catalog_root: Path, now_ns: TimeNs) -> Recorded:
    """Find the bars of every symbol of the session; say which are missing and what there is."""
    start = EARLIEST if settings.start is None else time_ns(settings.start)
    end = NEVER if settings.end is None else time_ns(settings.end)
    paths, ticks = split(settings.path, config.engine.symbols)
    latency_ns = int(settings.latency_ms * NS_PER_MS)
    if not paths:
        return Recorded(made_up(config, "replay"), (), tuple(ticks), latency_ns, start, end)
    found = _found(paths, config, catalog_root, now_ns)
    tables = []
    for symbol in config.engine.symbols:
        matching = [table for table in found if symbol in (table.instrument.symbol, table.instrument.id)]
        if not matching:
            have = ", ".join(sorted({t.instrument.symbol for t in found})) or "nothing"
            raise DataNotFoundError(f"no bars of {symbol} in {', '.join(settings.path)}; there is: {have}")
        table = _suitable(matching, config.engine.interval, symbol)
        told = next((entry for entry in config.instruments if entry.symbol == symbol), None)
        tables.append(BarTable(with_settings(table.instrument, told), table.interval, table.frame))
    if len({table.interval for table in tables}) > 1:
        have = ", ".join(f"{t.instrument.symbol} {t.interval.label}" for t in tables)
        raise ConfigError(f"the bars of all symbols must have one interval; found: {have}")
    instruments = tuple(table.instrument for table in tables)
    whole = Recorded(instruments, tuple(tables), tuple(ticks), latency_ns, start, end)
    if not whole.rows(start, end):
        first, last = (tables[0].frame["ts_open"][i] for i in (0, -1))
        raise DataNotFoundError(f"no bars between start and end; there are bars from {iso(first)} to {iso(last)}")
    return whole


def _found(paths: Sequence[str], config: Config, catalog_root: Path, now_ns: TimeNs) -> list[BarTable]:
    tables: list[BarTable] = []
    for name in paths:
        path = Path(name)
        if name == SAMPLE:
            tables += [
                BarTable(sample_instrument(s), Interval.parse("1m"), sample_series(s)) for s in config.engine.symbols
            ]
        elif path.is_dir() and Catalog(path).series():
            tables += _from_catalog(Catalog(path), config)
        elif path.exists():
            tables += _from_files(path, config, now_ns)
        else:
            catalog = Catalog(catalog_root)
            known = [str(series) for series in catalog.series()]
            if name not in known:
                have = ", ".join(known) or "an empty catalog"
                raise DataNotFoundError(f"{name}: no such file or folder, nor a series of {catalog_root}: {have}")
            series = catalog.find(name)
            facts = catalog.facts(series.instrument)
            tables.append(BarTable(facts.instrument, Interval.parse(series.interval), catalog.frame(series)))
    return tables


def _from_catalog(catalog: Catalog, config: Config) -> list[BarTable]:
    wanted = [s for s in catalog.series() if s.symbol in config.engine.symbols or s.instrument in config.engine.symbols]
    return [
        BarTable(catalog.facts(s.instrument).instrument, Interval.parse(s.interval), catalog.frame(s)) for s in wanted
    ]


def _from_files(path: Path, config: Config, now_ns: TimeNs) -> list[BarTable]:
    parts: dict[tuple[str, str], list[BarTable]] = {}
    for file in files_in([path]):
        # What a file's name does not tell is the session's own, if there is no doubt.
        told = guess_from_name(file)
        sole = config.engine.symbols[0] if len(config.engine.symbols) == 1 else ""
        options = ImportOptions(
            venue=told.venue or "file",
            symbol="" if told.symbol else sole,
            interval=told.interval or config.engine.interval,
            now_ns=now_ns,
        )
        for series, kind, raw in read_series(file, options):
            frame = clean(raw, options).frame
            instrument, _ = infer_instrument(series, frame, kind)
            table = BarTable(instrument, Interval.parse(series.interval), frame)
            parts.setdefault((instrument.id, series.interval), []).append(table)
    return [_joined(tables) for tables in parts.values()]


def _joined(tables: list[BarTable]) -> BarTable:
    if len(tables) == 1:
        return tables[0]
    frame = pl.concat([table.frame for table in tables], how="diagonal").unique("ts_open", keep="last").sort("ts_open")
    return BarTable(tables[0].instrument, tables[0].interval, frame)


def _suitable(tables: list[BarTable], interval: str, symbol: str) -> BarTable:
    """Choose the bars of the session's interval, or the longest finer ones that it can be made from."""
    wanted = Interval.parse(interval)
    fitting = [t for t in tables if t.interval == wanted or wanted.is_made_of(t.interval)]
    if not fitting:
        have = ", ".join(sorted({t.interval.label for t in tables}))
        raise DataNotFoundError(f"no bars of {symbol} that make {interval}; there are: {have}")
    return max(fitting, key=lambda table: table.interval.ns)


def _received(event: Bar | Tick) -> TimeNs:
    return event.ts_recv


def made_up(config: Config, venue: str = "mock") -> tuple[Instrument, ...]:
    """Return instruments for symbols that come from nowhere, with what the configuration says of them."""
    instruments = []
    for symbol in config.engine.symbols:
        base, quote = split_symbol(symbol, InstrumentKind.SPOT)
        plain = Instrument(
            id=instrument_id(venue, symbol), symbol=symbol, venue=venue, kind=InstrumentKind.SPOT,
            base=base, quote=quote, tick=COMMON_TICK, lot=COMMON_LOT,
        )  # fmt: skip
        told = next((entry for entry in config.instruments if entry.symbol == symbol), None)
        instruments.append(with_settings(plain, told))
    return tuple(instruments)


def with_settings(instrument: Instrument, told: InstrumentSettings | None) -> Instrument:
    """Lay what the configuration knows better over an instrument."""
    if told is None:
        return instrument
    fields = {name: value for name, value in told if value is not None and name not in ("symbol", "kind", "fees")}
    fields |= {name: Asset(fields[name]) for name in ("base", "quote") if name in fields}
    if told.kind is not None:
        fields["kind"] = InstrumentKind(told.kind)
    if told.fees is not None:
        fields["fees"] = FeeSchedule(told.fees.maker_bps, told.fees.taker_bps)
    return msgspec.structs.replace(instrument, **fields)
