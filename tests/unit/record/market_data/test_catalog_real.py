"""The catalog on the market's own data: what it finds there is what is known to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tradewind.domain.time import NS_PER_DAY, Interval, day_number
from tradewind.record.market_data.bars import COLUMNS, VALUES, Gap, Series
from tradewind.record.market_data.catalog import Catalog
from tradewind.record.market_data.check import check
from tradewind.record.market_data.importing import ImportOptions, bars_from_file, import_files
from tradewind.record.market_data.resample import resample

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.data

OPTIONS = ImportOptions(now_ns=day_number(2026, 11, 1) * NS_PER_DAY)
BTC = Series("binance", "BTCUSDT", "1m")
MINUTE_FILE = "bars/binance_spot_BTCUSDT_1m_20220101_20240625.parquet"
OUTAGE = day_number(2023, 3, 24) * NS_PER_DAY


@pytest.fixture(scope="module")
def catalog(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Import 1.3 million minutes once for this file."""
    catalog = Catalog(tmp_path_factory.mktemp("catalog"))
    import_files(catalog, [data_dir / MINUTE_FILE], OPTIONS)
    return catalog


def reference(path: Path) -> pl.DataFrame:
    ts = pl.col("timestamp").dt.timestamp("ns").alias("ts_open")
    return pl.read_parquet(path).select(ts, *(pl.col(name).cast(pl.Float64) for name in VALUES))


def test_the_outage_of_march_2023_is_found(catalog: Catalog) -> None:
    held = catalog.manifest(BTC)
    assert held.rows == 1_306_000
    assert held.gaps == (Gap(OUTAGE + 760 * 60 * 10**9, OUTAGE + 840 * 60 * 10**9),)
    assert held.gaps[0].bars(Interval.parse("1m")) == 80
    found = {one.code: one.count for one in check(catalog.frame(BTC), Interval.parse("1m"))}
    assert found == {"gap": 1, "zero-volume": 72}


@pytest.mark.parametrize("label", ["1h", "4h", "1d"])
def test_resampled_minutes_are_the_venues_own_bars(catalog: Catalog, data_dir: Path, label: str) -> None:
    made = resample(catalog.frame(BTC), Interval.parse("1m"), Interval.parse(label)).select(COLUMNS)
    (path,) = (data_dir / "bars").glob(f"binance_spot_BTCUSDT_{label}_*.parquet")
    first, last = made["ts_open"][0], made["ts_open"][-1]
    theirs = reference(path).filter(pl.col("ts_open").is_between(first, last))
    assert made.height == {"1h": 21_767, "4h": 5_442, "1d": 907}[label]
    assert made.equals(theirs)


def test_archives_of_the_venue_equal_what_was_collected_from_them(catalog: Catalog, data_dir: Path) -> None:
    archives = sorted((data_dir / "payloads/binance_spot/vision_zip").glob("BTCUSDT-*.zip"))
    (done,) = import_files(catalog, archives, OPTIONS)
    assert (done.merged.added, done.merged.equal, done.merged.conflicts) == (0, 1360 + 1440, ())
    assert done.merged.extras_filled  # the archives have quote_volume, the table has not
    volume = catalog.frame(BTC, start_ns=OUTAGE, end_ns=OUTAGE + NS_PER_DAY)["quote_volume"]
    assert volume.null_count() == 0


def test_streamed_bars_are_those_of_the_file(catalog: Catalog, data_dir: Path) -> None:
    start, end = OUTAGE, OUTAGE + 2 * NS_PER_DAY
    instrument, direct = bars_from_file(data_dir / MINUTE_FILE, OPTIONS, start_ns=start, end_ns=end)
    assert list(catalog.bars(BTC, start, end)) == list(direct)
    assert instrument.id == BTC.instrument


def test_shares_are_imported_by_symbol(data_dir: Path, tmp_path: Path) -> None:
    path = data_dir / "bars/us_equity_1m_AAPL_SPY_QQQ_NVDA_202603.parquet"
    done = import_files(Catalog(tmp_path), [path], OPTIONS)
    added = {one.series.symbol: one.merged.added for one in done}
    assert added == {"AAPL": 2728, "NVDA": 2728, "QQQ": 2428, "SPY": 2427}
