"""Foreign files: what is read, what is guessed, and which row is named when it cannot be."""

from __future__ import annotations

import gzip
import os
import zipfile
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import polars as pl
import pytest

from tests.unit.record.catalog_bars import BTC, DAY, NOW, minutes, write_csv
from tradewind.domain.errors import DataNotFoundError, DataValidationError
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.time import NS_PER_MINUTE
from tradewind.record.market_data.bars import Series
from tradewind.record.market_data.catalog import Catalog
from tradewind.record.market_data.files import Reading
from tradewind.record.market_data.importing import Imported, ImportOptions, bars_from_file, import_files
from tradewind.record.market_data.times import TimeReading

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = ImportOptions(now_ns=NOW, venue="binance", symbol="BTCUSDT", interval="1m")


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "catalog")


def run(catalog: Catalog, *paths: Path, **changes: object) -> Imported:
    (done,) = import_files(catalog, paths, msgspec.structs.replace(OPTIONS, **changes))
    return done


def table(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("unit", [1_000_000_000, 1_000_000, 1_000, 1])
def test_csv_of_any_unit_with_and_without_header(catalog: Catalog, tmp_path: Path, *, header: bool, unit: int) -> None:
    done = run(catalog, write_csv(tmp_path / "bars.csv", minutes(5), header=header, unit=unit))
    assert (done.series, done.merged.added) == (BTC, 5)
    assert catalog.frame(BTC).equals(minutes(5))


def test_units_may_change_within_a_file(catalog: Catalog, tmp_path: Path) -> None:
    rows = [f"{DAY // 10**6},1,1,1,1,1", f"{(DAY + NS_PER_MINUTE) // 10**3},1,1,1,1,1"]
    run(catalog, table(tmp_path / "x.csv", "\n".join(rows)))
    assert catalog.frame(BTC)["ts_open"].to_list() == [DAY, DAY + NS_PER_MINUTE]


@pytest.mark.parametrize(
    "text", ["2024-06-01 00:00:00", "2024-06-01T00:00:00Z", "2024-06-01T02:00:00+02:00", "2024-06-01 00:00:00.000"]
)
def test_times_as_text_are_utc_unless_they_say_otherwise(catalog: Catalog, tmp_path: Path, text: str) -> None:
    run(catalog, table(tmp_path / "x.csv", f"Date,Open,High,Low,Close,Volume\n{text},1,2,1,2,5\n"))
    assert catalog.frame(BTC)["ts_open"].to_list() == [DAY]


def test_dates_alone_are_days(catalog: Catalog, tmp_path: Path) -> None:
    run(catalog, table(tmp_path / "x.csv", "date,open,high,low,close,vol\n2024-06-01,1,2,1,2,5\n"), interval="1d")
    assert catalog.frame(Series("binance", "BTCUSDT", "1d"))["ts_open"].to_list() == [DAY]


def test_parquet_with_decimals_and_datetimes(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "bars.parquet"
    decimals = [pl.col(name).cast(pl.Decimal(18, 4)) for name in ("open", "high", "low", "close", "volume")]
    minutes(4).select(pl.from_epoch("ts_open", time_unit="ns").cast(pl.Datetime("ms", "UTC")), *decimals).write_parquet(
        path
    )
    run(catalog, path)
    assert catalog.frame(BTC).equals(minutes(4))


def kline(n: int, *, unit: int = 1_000_000) -> str:
    start = DAY + n * NS_PER_MINUTE
    close = (start + NS_PER_MINUTE) // unit - 1
    return f"{start // unit},100.00,101.50,98.75,100.25,{1 + n}.00000,{close},250.5,{n},0.1,0.2,0"


@pytest.mark.parametrize(
    "header", ["", "open_time,open,high,low,close,volume,close_time,quote_volume,count,tb,tq,ignore\n"]
)
@pytest.mark.parametrize("unit", [1_000_000, 1_000])
def test_binance_archives_say_all_by_themselves(catalog: Catalog, tmp_path: Path, header: str, unit: int) -> None:
    path = tmp_path / "BTCUSDT-1m-2024-06-01.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("BTCUSDT-1m-2024-06-01.csv", header + "\n".join(kline(n, unit=unit) for n in range(3)))
        archive.writestr("CHECKSUM", "not bars")
    (done,) = import_files(catalog, [path], ImportOptions(now_ns=NOW))
    assert done.series == BTC
    frame = catalog.frame(BTC)
    assert frame.select(minutes(3).columns).equals(minutes(3))
    assert frame["trades"].to_list() == [0, 1, 2]
    assert frame["quote_volume"].to_list() == [250.5] * 3


def test_times_may_name_the_close(catalog: Catalog, tmp_path: Path) -> None:
    for n, close in enumerate((DAY + NS_PER_MINUTE, DAY + 2 * NS_PER_MINUTE - 1_000_000)):
        path = table(tmp_path / f"{n}.csv", f"time,open,high,low,close,volume\n{close // 10**6},1,1,1,1,1\n")
        run(catalog, path, reading=Reading(TimeReading(is_close=True)))
    assert catalog.frame(BTC)["ts_open"].to_list() == [DAY, DAY + NS_PER_MINUTE]


def test_timestamp_column_and_unit_can_be_told(catalog: Catalog, tmp_path: Path) -> None:
    path = table(tmp_path / "x.csv", f"time,when,open,high,low,close,volume\n7,{DAY // 10**9},1,1,1,1,1\n")
    run(catalog, path, reading=Reading(TimeReading(unit="s"), timestamp_column="when"))
    assert catalog.frame(BTC)["ts_open"].to_list() == [DAY]
    with pytest.raises(DataValidationError, match="no column 'whence' among: time, when"):
        run(catalog, path, reading=Reading(timestamp_column="whence"))


def test_packed_csv_and_folders(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    plain = write_csv(tmp_path / "x.csv", minutes(6).slice(3))
    (folder / "a.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    write_csv(folder / "b.csv", minutes(4))
    (folder / "notes.txt").write_text("not bars")
    done = run(catalog, folder)
    assert (done.files, done.merged.added, done.repeated) == (2, 6, 1)


def test_symbols_of_a_table_become_series(catalog: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "us_equity_1m_many.parquet"
    pl.concat([minutes(3).with_columns(symbol=pl.lit(name)) for name in ("SPY", "AAPL")]).write_parquet(path)
    done = import_files(catalog, [path], ImportOptions(now_ns=NOW))
    assert [str(one.series) for one in done] == ["us_equity:AAPL:1m", "us_equity:SPY:1m"]
    only = import_files(Catalog(tmp_path / "one"), [path], ImportOptions(now_ns=NOW, symbol="SPY"))
    assert [str(one.series) for one in only] == ["us_equity:SPY:1m"]
    facts = catalog.facts(done[0].series.instrument)
    assert (facts.instrument.kind, facts.instrument.base, facts.instrument.quote) == (
        InstrumentKind.EQUITY,
        "AAPL",
        "USD",
    )
    with pytest.raises(DataNotFoundError, match="no bars of IBM"):
        import_files(catalog, [path], ImportOptions(now_ns=NOW, symbol="IBM"))


def test_forming_bars_are_left_out(catalog: Catalog, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", minutes(5))
    done = run(catalog, path, now_ns=DAY + 5 * NS_PER_MINUTE - 1)
    assert (done.merged.added, done.forming) == (4, 1)
    written = DAY + 3 * NS_PER_MINUTE - 1  # within the third bar
    os.utime(path, ns=(written, written))
    other = Catalog(tmp_path / "other")
    assert run(other, path).forming == 1
    assert [bar.volume for bar in other.bars(BTC)] == [1.0, 2.0, 4.0, 5.0]


def test_the_future_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(
        DataValidationError, match=r"x\.csv, row 3: 2024-06-01T00:01:00Z is in the future.*--timestamp-unit"
    ):
        run(catalog, write_csv(tmp_path / "x.csv", minutes(5)), now_ns=DAY)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("101,102,100,101,abc", r"x\.csv, row 3, column 'volume': 'abc' is not a number"),
        ("101,102,100,101,NaN", r"x\.csv, row 3 .*non-finite"),
        ("101,102,100,,5", r"x\.csv, row 3 .*non-finite"),
        ("101,100,102,101,5", r"x\.csv, row 3 .*bad-ohlc"),
        ("101,102,100,103,5", r"x\.csv, row 3 .*bad-ohlc"),
        ("0,102,0,101,5", r"x\.csv, row 3 .*price-not-positive"),
        ("101,102,100,101,-1", r"x\.csv, row 3 .*volume-negative"),
    ],
)
def test_bad_rows_are_named(catalog: Catalog, tmp_path: Path, row: str, message: str) -> None:
    path = write_csv(tmp_path / "x.csv", minutes(1))
    path.write_text(path.read_text() + f"{(DAY + NS_PER_MINUTE) // 10**6},{row}\n")
    with pytest.raises(DataValidationError, match=message):
        run(catalog, path)
    assert catalog.series() == []


def test_bad_rows_can_be_left_out(catalog: Catalog, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", minutes(2))
    path.write_text(path.read_text() + f"{(DAY + 5 * NS_PER_MINUTE) // 10**6},0,0,0,0,0\n")
    assert (run(catalog, path, skip_bad=True).bad, catalog.manifest(BTC).rows) == (1, 2)


def test_a_time_that_is_none_is_named(catalog: Catalog, tmp_path: Path) -> None:
    path = table(tmp_path / "x.csv", "time,open,high,low,close,volume\n2024-06-01,1,1,1,1,1\nsoon,1,1,1,1,1\n")
    with pytest.raises(DataValidationError, match=r"row 3, column 'time': 'soon' is not a time"):
        run(catalog, path)


def test_rows_that_contradict_each_other_are_refused(catalog: Catalog, tmp_path: Path) -> None:
    one, two = write_csv(tmp_path / "a.csv", minutes(3)), write_csv(tmp_path / "b.csv", minutes(1, price=7.0))
    with pytest.raises(
        DataValidationError, match=r"two bars of 2024-06-01T00:00:00Z differ: a\.csv, row 2 and b\.csv, row 2"
    ):
        run(catalog, one, two)
    run(catalog, one, two, replace=True)
    assert [bar.open for bar in catalog.bars(BTC)] == [7.0, 100.0, 100.0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", "time,open,high,low,volume\n1,1,1,1,1\n", "no column 'close' among: time, open, high, low, volume"),
        ("x.csv", "1,2,3\n", "3 columns and no header"),
        ("x.csv", "", "cannot be read"),
        ("x.parquet", "no parquet", "cannot be read"),
        ("x.zip", "no zip", "cannot be read"),
    ],
)
def test_files_that_are_no_bars_are_named(
    catalog: Catalog, tmp_path: Path, name: str, content: str, message: str
) -> None:
    with pytest.raises(DataValidationError, match=message) as caught:
        run(catalog, table(tmp_path / name, content))
    assert name in caught.value.message


def test_what_cannot_be_guessed_is_asked_for(catalog: Catalog, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "bars.csv", minutes(2))
    for name in ("interval", "symbol"):
        with pytest.raises(DataValidationError, match=f"give --{name}"):
            run(catalog, path, **{name: ""})
    with pytest.raises(DataValidationError, match="not an interval: '7x'"):
        run(catalog, path, interval="7x")
    with pytest.raises(DataNotFoundError, match="no such file"):
        run(catalog, tmp_path / "nowhere.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataNotFoundError, match="no CSV"):
        run(catalog, tmp_path / "empty")


def test_what_is_told_of_the_instrument_wins_and_stays(catalog: Catalog, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", minutes(3))
    assert "tick" in run(catalog, path).inferred
    done = run(catalog, path, told={"tick": Decimal("0.05")})
    assert "tick" not in done.inferred
    finer = minutes(3, start=DAY + 9 * NS_PER_MINUTE).with_columns(pl.col("close") + 0.001, pl.col("volume") + 0.5)
    run(catalog, write_csv(tmp_path / "y.csv", finer))
    instrument = catalog.facts(BTC.instrument).instrument
    assert (instrument.tick, instrument.lot) == (Decimal("0.05"), Decimal("0.1"))


def test_a_file_is_read_without_a_catalog(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "BTCUSDT-1m-2024-06-01.csv", minutes(6)[::-1])
    start, end = DAY + NS_PER_MINUTE, DAY + 4 * NS_PER_MINUTE
    instrument, bars = bars_from_file(path, ImportOptions(now_ns=NOW), start_ns=start, end_ns=end, data_latency_ns=3)
    assert (instrument.id, instrument.tick) == ("binance:BTCUSDT", Decimal("0.01"))
    found = list(bars)
    assert [bar.volume for bar in found] == [2.0, 3.0, 4.0]
    assert found[0].ts_recv == found[0].ts_venue + 3
    many = tmp_path / "us_1m_many.parquet"
    pl.concat([minutes(1).with_columns(symbol=pl.lit(name)) for name in ("A", "B")]).write_parquet(many)
    with pytest.raises(DataValidationError, match=r"several symbols \(A, B\)"):
        bars_from_file(many, ImportOptions(now_ns=NOW))


def test_progress_is_told_of_each_file(catalog: Catalog, tmp_path: Path) -> None:
    paths = [write_csv(tmp_path / f"{n}.csv", minutes(1, start=DAY + n * NS_PER_MINUTE)) for n in range(3)]
    seen: list[Path] = []
    import_files(catalog, paths, OPTIONS, progress=seen.append)
    assert seen == paths
