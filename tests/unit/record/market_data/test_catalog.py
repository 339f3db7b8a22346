"""The catalog: whole files, no bar changed in silence, streams that fit the frames."""

from __future__ import annotations

import multiprocessing
import os
import signal
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tests.unit.record.catalog_bars import BTC, DAY, minutes
from tradewind.domain.errors import DataError, DataNotFoundError, DataValidationError, LocalError
from tradewind.domain.instrument import InstrumentKind
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_DAY, NS_PER_MINUTE, day_number
from tradewind.record.files import NewFile, sole_writer, write_all, write_whole
from tradewind.record.market_data import catalog as catalog_module
from tradewind.record.market_data.bars import Gap, Series
from tradewind.record.market_data.catalog import Catalog, InstrumentFacts
from tradewind.record.market_data.names import infer_instrument

if TYPE_CHECKING:
    from collections.abc import Callable

NEW_YEAR = day_number(2024, 1, 1) * NS_PER_DAY


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog(tmp_path / "catalog")


def test_bars_come_back_as_they_went_in(catalog: Catalog) -> None:
    frame = minutes(10)
    assert catalog.merge(BTC, frame).added == 10
    assert catalog.frame(BTC).equals(frame)
    assert catalog.series() == [BTC]
    assert catalog.find("binance:BTCUSDT:1m") == catalog.find("binance/BTCUSDT/1m") == BTC


def test_years_lie_in_files_of_their_own(catalog: Catalog) -> None:
    catalog.merge(BTC, minutes(4, start=NEW_YEAR - 2 * NS_PER_MINUTE))
    files = sorted(path.relative_to(catalog.root) for path in catalog.root.rglob("*.parquet"))
    assert files == [Path(f"binance/BTCUSDT/1m/{year}.parquet") for year in (2023, 2024)]
    assert [held.rows for held in catalog.manifest(BTC).years.values()] == [2, 2]
    assert [bar.volume for bar in catalog.bars(BTC)] == [1.0, 2.0, 3.0, 4.0]


def test_same_symbol_of_two_venues_shares_no_bar(catalog: Catalog) -> None:
    other = Series("coinbase", "BTCUSDT", "1m")
    catalog.merge(BTC, minutes(3))
    catalog.merge(other, minutes(2, price=200.0))
    assert [bar.open for bar in catalog.bars(BTC)] == [100.0] * 3
    assert [bar.open for bar in catalog.bars(other)] == [200.0] * 2


def test_equal_bars_are_dropped_and_nothing_is_written(catalog: Catalog) -> None:
    catalog.merge(BTC, minutes(5))
    path = catalog.root / "binance/BTCUSDT/1m/2024.parquet"
    before = path.stat().st_ino
    merged = catalog.merge(BTC, minutes(5))
    assert (merged.added, merged.equal) == (0, 5)
    assert path.stat().st_ino == before


def test_overlap_adds_only_what_is_new(catalog: Catalog) -> None:
    catalog.merge(BTC, minutes(10).slice(5))
    merged = catalog.merge(BTC, minutes(10).slice(0, 8))
    assert (merged.added, merged.equal) == (5, 3)
    assert catalog.frame(BTC).equals(minutes(10))


def test_bars_that_differ_are_refused_and_nothing_changes(catalog: Catalog) -> None:
    catalog.merge(BTC, minutes(3))
    before = catalog.manifest(BTC)
    other = minutes(6).with_columns(
        pl.when(pl.col("volume") == 2).then(101.25).otherwise(pl.col("close")).alias("close")
    )
    with pytest.raises(
        DataValidationError, match=r"1 bars differ .*2024-06-01T00:01:00Z close 100\.25 -> 101\.25"
    ) as caught:
        catalog.merge(BTC, other)
    assert "--replace" in caught.value.message
    assert catalog.manifest(BTC) == before
    merged = catalog.merge(BTC, other, replace=True)
    assert (merged.added, merged.equal, len(merged.conflicts)) == (3, 2, 1)
    assert catalog.frame(BTC).equals(other)


def test_a_conflict_in_one_year_keeps_the_other_year_out(catalog: Catalog) -> None:
    start = NEW_YEAR - 2 * NS_PER_MINUTE
    catalog.merge(BTC, minutes(4, start=start).slice(2))
    with pytest.raises(DataValidationError):
        catalog.merge(BTC, minutes(4, start=start, price=50.0))
    assert catalog.manifest(BTC).rows == 2


def test_extras_fill_what_is_missing(catalog: Catalog) -> None:
    catalog.merge(BTC, minutes(4))
    merged = catalog.merge(BTC, minutes(2).with_columns(trades=pl.lit(7)))
    assert (merged.added, merged.equal, merged.extras_filled) == (0, 2, True)
    assert catalog.frame(BTC)["trades"].to_list() == [7, 7, None, None]
    catalog.merge(BTC, minutes(5))
    assert catalog.frame(BTC)["trades"].to_list() == [7, 7, None, None, None]


def test_manifest_states_rows_range_gaps_and_content(catalog: Catalog) -> None:
    frame = minutes(10).filter(~pl.col("volume").is_in([4.0, 5.0, 9.0]))
    catalog.merge(BTC, frame)
    held = catalog.manifest(BTC)
    assert (held.rows, held.first, held.last) == (7, DAY, DAY + 9 * NS_PER_MINUTE)
    assert held.gaps == (
        Gap(DAY + 3 * NS_PER_MINUTE, DAY + 5 * NS_PER_MINUTE),
        Gap(DAY + 8 * NS_PER_MINUTE, DAY + 9 * NS_PER_MINUTE),
    )
    assert catalog.gaps(BTC, tolerance=2) == [held.gaps[0]]
    again = Catalog(catalog.root.parent / "again")
    for n in (1, 0, 2):  # another order, other files, the same content
        again.merge(BTC, frame.slice(n * 3, 3))
    assert again.manifest(BTC).sha256 == held.sha256


def test_missing_manifest_is_reckoned_anew(catalog: Catalog) -> None:
    catalog.merge(BTC, minutes(10))
    path = catalog.root / "binance/BTCUSDT/1m/manifest.json"
    held = catalog.manifest(BTC)
    path.unlink()
    assert catalog.manifest(BTC) == held
    catalog.merge(BTC, minutes(10))
    assert path.exists()


@pytest.mark.parametrize("chunk", [1, 3, 7, 100])
def test_stream_is_the_frame_in_every_chunk(catalog: Catalog, chunk: int) -> None:
    catalog.merge(BTC, minutes(20))
    bars = list(catalog.bars(BTC, chunk=chunk, data_latency_ns=5))
    assert [bar.ts_open for bar in bars] == catalog.frame(BTC)["ts_open"].to_list()
    close = DAY + NS_PER_MINUTE
    assert bars[0] == Bar(BTC.instrument, "1m", DAY, close, close + 5, 100.0, 101.5, 98.75, 100.25, 1.0)


def test_window_holds_bars_that_open_and_close_inside(catalog: Catalog) -> None:
    catalog.merge(BTC, minutes(10))
    start, end = DAY + 2 * NS_PER_MINUTE, DAY + 5 * NS_PER_MINUTE
    assert [bar.volume for bar in catalog.bars(BTC, start, end)] == [3.0, 4.0, 5.0]
    assert [bar.volume for bar in catalog.bars(BTC, start + 1, end - 1)] == [4.0]
    assert catalog.frame(BTC, end_ns=DAY).is_empty()


def test_months_close_on_the_first(catalog: Catalog) -> None:
    months = Series("binance", "BTCUSDT", "1M")
    opens = [day_number(2024, month, 1) * NS_PER_DAY for month in (1, 2, 4)]
    catalog.merge(months, minutes(3).with_columns(ts_open=pl.Series(opens)))
    closes = [bar.ts_venue for bar in catalog.bars(months)]
    assert closes == [day_number(2024, month, 1) * NS_PER_DAY for month in (2, 3, 5)]
    assert catalog.gaps(months) == [Gap(closes[1], opens[2])]


def test_symbols_that_are_no_file_names_find_their_way_back(catalog: Catalog) -> None:
    odd = Series("okx", "BTC/USDT:USDT", "1h")
    catalog.merge(odd, minutes(1))
    assert catalog.series() == [odd]
    assert catalog.find(str(odd)) == odd
    with pytest.raises(DataValidationError, match="not a venue and a symbol"):
        catalog.merge(Series("..", "BTCUSDT", "1m"), minutes(1))


def test_unknown_series_says_what_there_is(catalog: Catalog) -> None:
    with pytest.raises(DataNotFoundError, match="tradewind data import"):
        catalog.find("x:Y:1m")
    catalog.merge(BTC, minutes(1))
    with pytest.raises(DataNotFoundError, match="there is: binance:BTCUSDT:1m"):
        catalog.find("x:Y:1m")
    with pytest.raises(DataNotFoundError):
        catalog.manifest(Series("x", "Y", "1m"))


def test_damage_is_found(catalog: Catalog) -> None:
    catalog.merge(BTC, minutes(9))
    assert catalog.damaged(BTC) == []
    path = catalog.root / "binance/BTCUSDT/1m/2024.parquet"
    minutes(8).write_parquet(path)
    assert catalog.damaged(BTC) == ["2024.parquet"]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match=r"2024\.parquet cannot be read"):
        catalog.frame(BTC)


def test_file_without_our_columns_is_refused(catalog: Catalog) -> None:
    catalog.merge(BTC, minutes(2))
    minutes(2).drop("low").write_parquet(catalog.root / "binance/BTCUSDT/1m/2024.parquet")
    with pytest.raises(DataValidationError, match="no column 'low'"):
        list(catalog.bars(BTC))


def test_facts_of_an_instrument_are_kept(catalog: Catalog) -> None:
    instrument, inferred = infer_instrument(BTC, minutes(3), InstrumentKind.SPOT)
    assert (instrument.tick, instrument.lot) == (Decimal("0.01"), Decimal(1))
    assert (instrument.base, instrument.quote) == ("BTC", "USDT")
    with pytest.raises(DataNotFoundError):
        catalog.facts(BTC.instrument)
    catalog.put_facts(InstrumentFacts(instrument, inferred))
    assert catalog.facts(BTC.instrument) == InstrumentFacts(instrument, inferred)


def test_a_torn_manifest_is_named(catalog: Catalog) -> None:
    catalog.merge(BTC, minutes(2))
    (catalog.root / "binance/BTCUSDT/1m/manifest.json").write_text("{")
    with pytest.raises(DataError, match=r"manifest\.json cannot be read"):
        catalog.manifest(BTC)


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    write_whole(path, lambda aside: aside.write_text("old"))

    def fail(aside: Path) -> None:
        aside.write_text("ne")
        raise OSError(28, "No space left on device")

    with pytest.raises(LocalError, match="cannot write"):
        write_whole(path, fail)
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["x"]


def _merge_and_die(root: Path) -> None:
    def die(path: Path, write: object) -> None:
        if path.name == "2024.parquet":
            os.kill(os.getpid(), signal.SIGKILL)
        write_whole(path, write)  # type: ignore[arg-type]

    vars(catalog_module)["write_whole"] = die
    Catalog(root).merge(BTC, minutes(4, start=NEW_YEAR - 2 * NS_PER_MINUTE, price=60.0), replace=True)


def test_killed_between_two_years_each_file_is_whole_and_the_manifest_is_right(catalog: Catalog) -> None:
    catalog.merge(BTC, minutes(4, start=NEW_YEAR - 2 * NS_PER_MINUTE))
    child = multiprocessing.get_context("spawn").Process(target=_merge_and_die, args=(catalog.root,))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert [bar.open for bar in catalog.bars(BTC)] == [60.0, 60.0, 100.0, 100.0]
    assert catalog.manifest(BTC) == catalog.reckon(BTC)
    catalog.merge(BTC, minutes(4, start=NEW_YEAR - 2 * NS_PER_MINUTE), replace=True)
    assert catalog.manifest(BTC).rows == 4


def _merge_part(root: Path, part: int) -> None:
    Catalog(root).merge(BTC, minutes(40).slice(part * 10, 10))


def test_writers_wait_for_each_other(catalog: Catalog) -> None:
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=_merge_part, args=(catalog.root, part)) for part in range(4)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert catalog.frame(BTC).equals(minutes(40))
    assert catalog.damaged(BTC) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError, match="cannot write in"), sole_writer(tmp_path / "file" / "x"):
        pass


def test_no_bars_are_no_merge(catalog: Catalog) -> None:
    with pytest.raises(DataValidationError, match="no closed bars"):
        catalog.merge(BTC, minutes(0))


def test_values_are_kept_to_the_last_bit(catalog: Catalog) -> None:
    frame = minutes(3).with_columns(volume=pl.Series([0.1 + 0.2, 5e-324, 1.7976931348623157e308]))
    catalog.merge(BTC, frame)
    bars = list(catalog.bars(BTC))
    assert [bar.volume for bar in bars] == frame["volume"].to_list()


def test_several_files_come_together_or_not_at_all(tmp_path: Path) -> None:
    def fill(text: str) -> Callable[[Path], object]:
        return lambda aside: aside.write_text(text)

    def fail(aside: Path) -> None:
        aside.write_text("half")
        raise OSError("no space")

    there: list[str] = []
    files = [NewFile(tmp_path / name, fill(name), lambda name=name: there.append(name)) for name in "ab"]  # type: ignore[misc]
    with pytest.raises(LocalError, match=r"cannot write .*/c: no space"):
        write_all([*files, NewFile(tmp_path / "c", fail)])
    assert not there
    assert not list(tmp_path.iterdir())
    write_all([files[0], files[1].and_then(lambda: there.append("and then"))])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "a", "b": "b"}
    assert there == ["a", "b", "and then"]
