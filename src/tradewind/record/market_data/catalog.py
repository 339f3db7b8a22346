"""The local catalog of bars: Parquet files by venue, symbol, interval and year, with a manifest each series.

    {root}/{venue}/{SYMBOL}/instrument.json
    {root}/{venue}/{SYMBOL}/{interval}/{year}.parquet
    {root}/{venue}/{SYMBOL}/{interval}/manifest.json

The Parquet files are the truth. A manifest is removed before they change and written after, so that
one that is there is right, and one that is missing is reckoned anew. Knows nothing of foreign formats.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote

import msgspec

from tradewind.domain.errors import DataError, DataNotFoundError, DataValidationError
from tradewind.domain.instrument import Instrument
from tradewind.domain.time import NEVER, Interval, TimeNs
from tradewind.record.files import remove, sole_writer, write_whole
from tradewind.record.frames import pl
from tradewind.record.market_data.bars import (
    CHUNK_ROWS,
    COLUMNS,
    Gap,
    Series,
    bars_of,
    close_time,
    content_hash,
    find_gaps,
    in_form,
    type_of,
)
from tradewind.record.market_data.merge import Merged, merge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tradewind.domain.ids import InstrumentId
    from tradewind.domain.market import Bar

T = TypeVar("T")

EARLIEST: TimeNs = -(2**63)
COMPRESSION_LEVEL = 6


class Year(msgspec.Struct, frozen=True):
    """One file of a series; `sha256` is that of its times and values, whatever way they are stored."""

    rows: int
    first: TimeNs
    last: TimeNs
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a series holds; `first` and `last` are open times, `sha256` is made of those of the years."""

    series: Series
    rows: int
    first: TimeNs
    last: TimeNs
    sha256: str
    gaps: tuple[Gap, ...]
    years: dict[str, Year]


class InstrumentFacts(msgspec.Struct, frozen=True):
    """An instrument and which of its facts were inferred from the data instead of told."""

    instrument: Instrument
    inferred: tuple[str, ...] = ()


class Catalog:
    """Bars on this machine, read in streams and written whole."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def series(self) -> list[Series]:
        """List what is there, in order of name."""
        folders = {path.parent for path in self.root.glob("*/*/*/????.parquet")}
        return sorted(Series(unquote(f.parts[-3]), unquote(f.parts[-2]), f.name) for f in folders)

    def find(self, name: str) -> Series:
        """Return the series of that name, `venue:SYMBOL:interval` or with slashes."""
        known = self.series()
        match = [series for series in known if name in (str(series), "/".join(msgspec.structs.astuple(series)))]
        if match:
            return match[0]
        have = ", ".join(map(str, known)) or "nothing yet; see `tradewind data import --help`"
        raise DataNotFoundError(f"no series {name!r} in {self.root}; there is: {have}", {"series": name})

    def manifest(self, series: Series) -> Manifest:
        """Say what the series holds; reckoned from its files if the manifest is missing."""
        path = self._folder(series) / "manifest.json"
        if not path.exists():
            return self.reckon(series)
        return _decode(path, Manifest)

    def reckon(self, series: Series) -> Manifest:
        """Make the manifest from the files themselves."""
        frames = {path.stem: self._read(path) for path in self._years(series)}
        years = {
            year: Year(frame.height, frame.item(0, "ts_open"), frame.item(-1, "ts_open"), content_hash(frame))
            for year, frame in frames.items()
        }
        times = pl.concat([frame["ts_open"] for frame in frames.values()])
        return Manifest(
            series=series,
            rows=len(times),
            first=times[0],
            last=times[-1],
            sha256=hashlib.sha256("".join(year.sha256 for year in years.values()).encode()).hexdigest(),
            gaps=tuple(find_gaps(times, Interval.parse(series.interval))),
            years=years,
        )

    def facts(self, instrument: InstrumentId) -> InstrumentFacts:
        """Return what is known of an instrument."""
        venue, _, symbol = instrument.partition(":")
        path = self._symbol_folder(venue, symbol) / "instrument.json"
        if not path.exists():
            raise DataNotFoundError(f"no {path}; import bars of {instrument} first", {"instrument": instrument})
        return _decode(path, InstrumentFacts)

    def put_facts(self, facts: InstrumentFacts) -> None:
        """Keep the facts of an instrument, in the place of older ones."""
        folder = self._symbol_folder(facts.instrument.venue, facts.instrument.symbol)
        with sole_writer(folder):
            text = msgspec.json.format(msgspec.json.encode(facts), indent=2)
            write_whole(folder / "instrument.json", lambda path: path.write_bytes(text))

    def merge(self, series: Series, frame: pl.DataFrame, *, replace: bool = False) -> Merged:
        """Add bars to a series. Equal ones are dropped; ones that differ are refused unless `replace`.

        Nothing is written if anything is refused.
        """
        if frame.is_empty():
            raise DataValidationError(f"no closed bars to add to {series}", {"series": str(series)})
        folder = self._folder(series)
        with sole_writer(folder):
            merged: dict[Path, tuple[pl.DataFrame, Merged]] = {}
            parts = (
                in_form(frame)
                .with_columns(_year())
                .partition_by("year", include_key=False, as_dict=True, maintain_order=True)
            )
            for (year,), part in sorted(parts.items()):
                path = folder / f"{year:04d}.parquet"
                merged[path] = merge(self._read(path) if path.exists() else None, part)
            result = Merged.sum([part for _, part in merged.values()])
            if result.conflicts and not replace:
                raise result.refusal(str(series))
            self._write(series, {path: whole for path, (whole, part) in merged.items() if part.changed})
        return result

    def frame(self, series: Series, start_ns: TimeNs = EARLIEST, end_ns: TimeNs = NEVER) -> pl.DataFrame:
        """Return the bars that open at `start_ns` or later and are closed at `end_ns`, as one frame."""
        frames = list(self._frames(series, start_ns, end_ns, CHUNK_ROWS))
        if frames:
            return pl.concat(frames, how="diagonal")
        return pl.DataFrame(schema={name: type_of(name) for name in COLUMNS})

    def bars(
        self,
        series: Series,
        start_ns: TimeNs | None = None,
        end_ns: TimeNs | None = None,
        *,
        chunk: int = CHUNK_ROWS,
        data_latency_ns: int = 0,
    ) -> Iterator[Bar]:
        """Stream the bars that open at `start_ns` or later and are closed at `end_ns`, a chunk at a time."""
        begin = EARLIEST if start_ns is None else start_ns
        frames = self._frames(series, begin, NEVER if end_ns is None else end_ns, chunk)
        return bars_of(frames, series.instrument, Interval.parse(series.interval), data_latency_ns=data_latency_ns)

    def gaps(self, series: Series, *, tolerance: int = 1) -> list[Gap]:
        """List the missing bars; see `find_gaps`."""
        return find_gaps(self.frame(series)["ts_open"], Interval.parse(series.interval), tolerance=tolerance)

    def damaged(self, series: Series) -> list[str]:
        """Say which files do not hold what the manifest says; nothing, if all is well."""
        kept, seen = self.manifest(series), self.reckon(series)
        names = sorted(kept.years.keys() | seen.years.keys())
        return [f"{year}.parquet" for year in names if kept.years.get(year) != seen.years.get(year)]

    def _frames(self, series: Series, start_ns: TimeNs, end_ns: TimeNs, chunk: int) -> Iterator[pl.DataFrame]:
        inside = (pl.col("ts_open") >= start_ns) & (close_time(Interval.parse(series.interval)) <= end_ns)
        for path in self._years(series):
            lazy = self._scan(path)
            for offset in range(0, lazy.select(pl.len()).collect().item(), chunk):
                frame = lazy.slice(offset, chunk).filter(inside).collect()
                if frame.height:
                    yield frame

    def _years(self, series: Series) -> list[Path]:
        paths = sorted(self._folder(series).glob("????.parquet"))
        if not paths:
            raise DataNotFoundError(f"no series {series} in {self.root}", {"series": str(series)})
        return paths

    def _scan(self, path: Path) -> pl.LazyFrame:
        try:
            lazy = pl.scan_parquet(path)
            missing = [name for name in COLUMNS if name not in lazy.collect_schema()]
        except (pl.exceptions.PolarsError, OSError) as error:
            raise _unreadable(path, error) from error
        if missing:
            text = f"{path} has no column {missing[0]!r}; move it away and import that year again"
            raise DataValidationError(text, {"path": str(path)})
        return lazy

    def _read(self, path: Path) -> pl.DataFrame:
        try:
            return self._scan(path).collect()
        except pl.exceptions.PolarsError as error:
            raise _unreadable(path, error) from error

    def _write(self, series: Series, frames: dict[Path, pl.DataFrame]) -> None:
        manifest = self._folder(series) / "manifest.json"
        if not frames and manifest.exists():
            return
        remove(manifest)
        for path, frame in frames.items():
            write_whole(path, lambda aside, frame=frame: _write_parquet(frame, aside))  # type: ignore[misc]
        text = msgspec.json.format(msgspec.json.encode(self.reckon(series)), indent=1)
        write_whole(manifest, lambda path: path.write_bytes(text))

    def _symbol_folder(self, venue: str, symbol: str) -> Path:
        names = [quote(name, safe="") for name in (venue, symbol)]
        if any(name.strip(".") == "" for name in names):
            raise DataValidationError(
                f"not a venue and a symbol: {venue!r}, {symbol!r}", {"venue": venue, "symbol": symbol}
            )
        return self.root.joinpath(*names)

    def _folder(self, series: Series) -> Path:
        return self._symbol_folder(series.venue, series.symbol) / series.interval


def _year() -> pl.Expr:
    return pl.from_epoch("ts_open", time_unit="ns").dt.year().alias("year")


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path, compression="zstd", compression_level=COMPRESSION_LEVEL, row_group_size=CHUNK_ROWS)


def _decode(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError, OSError) as error:
        text = f"{path} cannot be read: {error}; remove it and import again"
        raise DataError(text, {"path": str(path)}, error) from error


def _unreadable(path: Path, error: Exception) -> DataError:
    text = f"{path} cannot be read ({error}); move it away and import that year again"
    return DataError(text, {"path": str(path)}, error)
