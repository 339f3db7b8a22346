"""Bars out of files that others made: CSV, Parquet, and the kline archives of Binance.

A file is read into the form of `bars.py`, or refused with the column and the row that are wrong.
Knows nothing of the catalog.
"""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

import msgspec

from tradewind.domain.errors import DataNotFoundError, DataValidationError
from tradewind.record.frames import pl
from tradewind.record.market_data.bars import COLUMNS, EXTRAS, VALUES
from tradewind.record.market_data.times import TimeReading, to_open_times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tradewind.domain.time import Interval

ALIASES = {
    "ts_open": ("ts_open", "open_time", "opentime", "timestamp", "time", "datetime", "date", "ts", "unix", "t"),
    "open": ("open", "o", "open_price"),
    "high": ("high", "h", "high_price"),
    "low": ("low", "l", "low_price"),
    "close": ("close", "c", "close_price"),
    "volume": ("volume", "v", "vol", "base_volume", "volume_base"),
    "trades": ("trades", "count", "number_of_trades", "num_trades", "trade_count", "tradecount", "n"),
    "quote_volume": ("quote_volume", "quote_asset_volume", "volume_quote", "quotevolume"),
}
"""The names under which others publish our columns, the more telling first."""

KLINE_COLUMNS = 12
"""Open time, OHLC, volume, close time, quote volume, trades, taker base, taker quote, ignored: Binance's archives."""

_KLINE_PLACES = {**{name: place for place, name in enumerate(COLUMNS)}, "quote_volume": 7, "trades": 8}


class Reading(msgspec.Struct, frozen=True):
    """How to read a file where it does not speak for itself."""

    times: TimeReading = TimeReading()
    timestamp_column: str = ""
    symbol: str = ""
    """Take this symbol's rows, from a file with a `symbol` column."""


class Source(msgspec.Struct, frozen=True):
    """A table as a file has it; `first_row` is the number that people see on its first row."""

    name: str
    table: pl.DataFrame
    first_row: int
    has_names: bool = True


def read_bars(path: Path, interval: Interval, reading: Reading | None = None) -> dict[str, pl.DataFrame]:
    """Read a file's bars by symbol (`""` where it names none), in the file's order, not yet checked.

    Each frame has a column `row` with the place of the bar in the file.
    """
    how = reading or Reading()
    frames: dict[str, list[pl.DataFrame]] = {}
    for source in _tables(path):
        frame = _columns(source, interval, how)
        for symbol, part in _by_symbol(frame, how.symbol):
            frames.setdefault(symbol, []).append(part)
    if not frames:
        what = f"bars of {how.symbol}" if how.symbol else "bars"
        raise DataNotFoundError(f"{path}: no {what} in it", {"path": str(path)})
    return {symbol: pl.concat(parts, how="diagonal") for symbol, parts in frames.items()}


def _tables(path: Path) -> Iterator[Source]:
    if not path.is_file():
        raise DataNotFoundError(f"{path}: no such file", {"path": str(path)})
    try:
        if path.suffix == ".parquet":
            yield Source(path.name, pl.read_parquet(path), first_row=1)
        elif path.suffix == ".zip":
            yield from _members(path)
        else:
            yield _csv(path.name, path.read_bytes())
    except (pl.exceptions.PolarsError, zipfile.BadZipFile, OSError) as error:
        raise DataValidationError(
            f"{path}: cannot be read: {error}; is it complete, and what its suffix says?",
            {"path": str(path)},
            error,
        ) from error


def _members(path: Path) -> Iterator[Source]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".csv"):
                yield _csv(f"{path.name}/{name}", archive.read(name))


def _csv(name: str, content: bytes) -> Source:
    head = pl.read_csv(content, has_header=False, n_rows=1, infer_schema=False).row(0)
    has_names = not re.fullmatch(r"-?[\d.]+([eE][+-]?\d+)?", (head[1] or "").strip()) if len(head) > 1 else True
    table = pl.read_csv(content, has_header=has_names, infer_schema=False, null_values=["", "null", "NaN", "nan"])
    return Source(name, table, first_row=2 if has_names else 1, has_names=has_names)


def _columns(source: Source, interval: Interval, how: Reading) -> pl.DataFrame:
    found = _named(source, how.timestamp_column) if source.has_names else _placed(source)
    table = source.table.select(
        pl.lit(source.name).alias("file"),
        pl.int_range(source.first_row, pl.len() + source.first_row).alias("row"),
        *(pl.col(found[name]).cast(pl.Float64, strict=False).alias(name) for name in VALUES),
        *(pl.col(found[name]).cast(pl.Float64, strict=False).alias(name) for name in EXTRAS if name in found),
        *(pl.col(name).cast(pl.String) for name in ("symbol",) if name in source.table.columns),
    )
    _demand_numbers(source, table, found)
    raw = source.table[found["ts_open"]]
    return table.with_columns(to_open_times(raw, interval, how.times, (source.name, source.first_row)))


def _named(source: Source, timestamp_column: str) -> dict[str, str]:
    names = {re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_"): name for name in reversed(source.table.columns)}
    found = {ours: names[alias] for ours, theirs in ALIASES.items() for alias in reversed(theirs) if alias in names}
    if timestamp_column:
        if timestamp_column not in source.table.columns:
            raise _missing(source, timestamp_column, "--timestamp-column")
        found["ts_open"] = timestamp_column
    for name in COLUMNS:
        if name not in found:
            raise _missing(source, name, "--timestamp-column" if name == "ts_open" else "a header that names it")
    return found


def _missing(source: Source, name: str, fix: str) -> DataValidationError:
    have = ", ".join(source.table.columns)
    text = f"{source.name}: no column {name!r} among: {have}; give {fix}"
    return DataValidationError(text, {"file": source.name, "column": name})


def _placed(source: Source) -> dict[str, str]:
    names = source.table.columns
    if len(names) < len(COLUMNS):
        raise DataValidationError(
            f"{source.name}: {len(names)} columns and no header; "
            "the first six must be open time, open, high, low, close, volume",
            {"file": source.name},
        )
    places = _KLINE_PLACES if len(names) == KLINE_COLUMNS else {name: n for n, name in enumerate(COLUMNS)}
    return {ours: names[place] for ours, place in places.items()}


def _demand_numbers(source: Source, table: pl.DataFrame, found: dict[str, str]) -> None:
    for name in VALUES:
        raw = source.table[found[name]]
        bad = (table[name].is_null() & raw.is_not_null()).arg_max() or 0
        if table.height and table[name][bad] is None and raw[bad] is not None:
            raise DataValidationError(
                f"{source.name}, row {bad + source.first_row}, column {found[name]!r}: "
                f"{raw[bad]!r} is not a number; correct it",
                {"file": source.name, "row": bad + source.first_row, "column": found[name]},
            )


def _by_symbol(frame: pl.DataFrame, wanted: str) -> Iterator[tuple[str, pl.DataFrame]]:
    if "symbol" not in frame.columns:
        yield "", frame
        return
    for (symbol,), part in frame.partition_by("symbol", as_dict=True, maintain_order=True, include_key=False).items():
        if not wanted or symbol == wanted:
            yield str(symbol), part
