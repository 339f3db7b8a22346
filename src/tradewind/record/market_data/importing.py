"""The way of foreign files into the catalog: read, check, drop what is not closed, merge.

Files of one series are joined before they are merged, so that a thousand daily archives write a year once.
The clock is the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain.errors import DataNotFoundError, DataValidationError
from tradewind.domain.instrument import Instrument, InstrumentKind
from tradewind.domain.time import Interval, TimeNs, iso
from tradewind.record.frames import pl
from tradewind.record.market_data.bars import VALUES, Series, bars_of, close_time, in_form
from tradewind.record.market_data.catalog import Catalog, InstrumentFacts
from tradewind.record.market_data.check import bad_values
from tradewind.record.market_data.files import Reading, read_bars
from tradewind.record.market_data.merge import Merged
from tradewind.record.market_data.names import finer, guess_from_name, infer_instrument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tradewind.domain.market import Bar

SUFFIXES = (".csv", ".gz", ".zip", ".parquet")


class ImportOptions(msgspec.Struct, frozen=True):
    """What the caller states instead of leaving it to be guessed, and how faults are met."""

    now_ns: TimeNs
    venue: str = ""
    symbol: str = ""
    interval: str = ""
    kind: InstrumentKind | None = None
    reading: Reading = Reading()
    replace: bool = False
    skip_bad: bool = False
    told: dict[str, Any] = {}
    """Fields of the instrument that are known, such as its tick; the rest is inferred."""


class Cleaned(msgspec.Struct, frozen=True):
    """Bars fit to be kept, in order, and how many were left out on the way."""

    frame: pl.DataFrame
    repeated: int
    bad: int
    forming: int


class Imported(msgspec.Struct, frozen=True):
    """What came of one series; the counts are bars."""

    series: Series
    files: int
    merged: Merged
    repeated: int
    bad: int
    forming: int
    inferred: tuple[str, ...]


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Return the files to import: those named, and those with a known suffix in folders that are named."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES)
        elif path.is_file():
            found.append(path)
        else:
            raise DataNotFoundError(f"{path}: no such file or folder", {"path": str(path)})
    if not found:
        raise DataNotFoundError("no CSV, Parquet or zip file in the folders given", {"paths": [str(p) for p in paths]})
    return found


def import_files(
    catalog: Catalog, paths: Iterable[Path], options: ImportOptions, *, progress: Callable[[Path], None] | None = None
) -> list[Imported]:
    """Bring files into the catalog; `progress` is told of each file that has been read."""
    parts: dict[Series, list[pl.DataFrame]] = {}
    kinds: dict[Series, InstrumentKind] = {}
    for path in files_in(paths):
        for series, kind, frame in read_series(path, options):
            parts.setdefault(series, []).append(frame)
            kinds.setdefault(series, kind)
        if progress:
            progress(path)
    cleaned = {series: clean(pl.concat(frames, how="diagonal"), options) for series, frames in parts.items()}
    return [
        _keep(catalog, series, cleaned[series], options, kind=kinds[series], files=len(parts[series]))
        for series in sorted(parts)
    ]


def read_series(path: Path, options: ImportOptions) -> Iterator[tuple[Series, InstrumentKind, pl.DataFrame]]:
    """Read the series of one file, as it has them; what the options leave open is guessed from its name."""
    guess = guess_from_name(path)
    venue = _settled("venue", options.venue or guess.venue, path)
    interval = _interval(_settled("interval", options.interval or guess.interval, path))
    kind = options.kind or guess.kind
    reading = msgspec.structs.replace(options.reading, symbol=options.symbol)
    for named, frame in read_bars(path, interval, reading).items():
        symbol = named or _settled("symbol", options.symbol or guess.symbol, path)
        forming = _forming(interval, path.stat().st_mtime_ns, options.now_ns)
        yield Series(venue, symbol, interval.label), kind, frame.with_columns(forming=forming)


def clean(frame: pl.DataFrame, options: ImportOptions) -> Cleaned:
    """Refuse or leave out bad bars, drop repeated and forming ones, and put the rest in order."""
    future = frame.filter(pl.col("ts_open") > options.now_ns)
    if future.height:
        raise _future(future.head(1), future.height)
    closed = frame.filter(~pl.col("forming")) if frame["forming"].any() else frame
    faults = bad_values()
    bad = closed.filter(pl.any_horizontal(faults.values()))
    if bad.height and not options.skip_bad:
        raise _bad_row(bad.head(1), bad.height)
    good = closed.filter(~pl.any_horizontal(faults.values())) if bad.height else closed
    times = good["ts_open"]
    if not times.null_count() and (times.diff().drop_nulls() > 0).all():
        kept = in_form(good)  # as nearly every file is: in order, and nothing twice
        return Cleaned(kept, 0, bad.height, frame.height - closed.height)
    unique = good.unique(["ts_open", *VALUES], keep="last", maintain_order=True)
    if unique["ts_open"].is_duplicated().any():
        if not options.replace:
            raise _contradiction(unique)
        unique = unique.unique("ts_open", keep="last", maintain_order=True)
    kept = in_form(unique.sort("ts_open"))
    return Cleaned(kept, good.height - unique.height, bad.height, frame.height - closed.height)


def bars_from_file(
    path: Path,
    options: ImportOptions,
    *,
    start_ns: TimeNs | None = None,
    end_ns: TimeNs | None = None,
    data_latency_ns: int = 0,
) -> tuple[Instrument, Iterator[Bar]]:
    """Read a file that holds one series, without a catalog; return its instrument and its closed bars in order."""
    found = list(read_series(path, options))
    if len(found) > 1:
        have = ", ".join(sorted(series.symbol for series, _, _ in found))
        raise DataValidationError(f"{path} holds several symbols ({have}); choose one", {"path": str(path)})
    series, kind, raw = found[0]
    interval = Interval.parse(series.interval)
    frame = clean(raw, options).frame
    instrument = msgspec.structs.replace(infer_instrument(series, frame, kind)[0], **options.told)
    if start_ns is not None:
        frame = frame.filter(pl.col("ts_open") >= start_ns)
    if end_ns is not None:
        frame = frame.filter(close_time(interval) <= end_ns)
    return instrument, bars_of(frame.iter_slices(), series.instrument, interval, data_latency_ns=data_latency_ns)


def _keep(  # noqa: PLR0913 - what is kept, and what is told of it
    catalog: Catalog, series: Series, cleaned: Cleaned, options: ImportOptions, *, kind: InstrumentKind, files: int
) -> Imported:
    merged = catalog.merge(series, cleaned.frame, replace=options.replace)
    inferred = _keep_facts(catalog, series, cleaned.frame, kind, options)
    return Imported(series, files, merged, cleaned.repeated, cleaned.bad, cleaned.forming, inferred)


def _keep_facts(
    catalog: Catalog, series: Series, frame: pl.DataFrame, kind: InstrumentKind, options: ImportOptions
) -> tuple[str, ...]:
    instrument, inferred = infer_instrument(series, frame, kind)
    try:
        known = catalog.facts(series.instrument)
    except DataNotFoundError:
        known = InstrumentFacts(instrument, inferred)
    best = finer(known.instrument, instrument, known.inferred)
    guessed = tuple(name for name in known.inferred if name not in options.told)
    catalog.put_facts(InstrumentFacts(msgspec.structs.replace(best, **options.told), guessed))
    return guessed


def _forming(interval: Interval, written_ns: TimeNs, now_ns: TimeNs) -> pl.Expr:
    """Tell a bar that was not closed when its file was written, as downloads up to the minute have one at their end."""
    close = close_time(interval)
    return (close > now_ns) | ((pl.col("ts_open") <= written_ns) & (close > written_ns))


def _settled(what: str, value: str, path: Path) -> str:
    if not value:
        raise DataValidationError(f"{path.name}: its name does not tell the {what}; give --{what}", {"path": str(path)})
    return value


def _interval(text: str) -> Interval:
    try:
        return Interval.parse(text)
    except ValueError as error:
        raise DataValidationError(str(error), {"interval": text}, error) from error


def _future(first: pl.DataFrame, count: int) -> DataValidationError:
    row = first.row(0, named=True)
    return DataValidationError(
        f"{row['file']}, row {row['row']}: {iso(row['ts_open'])} is in the future, as are {count} rows; "
        "give --timestamp-unit",
        {"file": row["file"], "row": row["row"], "count": count},
    )


def _bad_row(first: pl.DataFrame, count: int) -> DataValidationError:
    row = first.row(0, named=True)
    code = next(code for code, fault in bad_values().items() if first.filter(fault).height)
    values = ", ".join(f"{name} {row[name]!r}" for name in VALUES)
    return DataValidationError(
        f"{row['file']}, row {row['row']} ({iso(row['ts_open'])}): {code}: {values}; {count} such rows; "
        "correct them, or leave them out with --skip-bad",
        {"file": row["file"], "row": row["row"], "code": code, "count": count},
    )


def _contradiction(frame: pl.DataFrame) -> DataValidationError:
    pair = frame.filter(pl.col("ts_open").is_duplicated()).sort("ts_open", maintain_order=True).head(2)
    (ts, file, one), (_, file_too, other) = pair.select("ts_open", "file", "row").iter_rows()
    return DataValidationError(
        f"two bars of {iso(ts)} differ: {file}, row {one} and {file_too}, row {other}; "
        "remove one, or take the later with --replace",
        {"ts_open": ts, "file": file, "row": other},
    )
