"""The sample: the same everywhere, consistent, and like a market."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tradewind.domain.time import NS_PER_DAY, Interval
from tradewind.record.market_data.bars import content_hash, digits_seen
from tradewind.record.market_data.catalog import Catalog
from tradewind.record.market_data.check import check
from tradewind.record.market_data.sample import (
    PROFILES,
    START_DAY,
    SYMBOLS,
    sample_instrument,
    sample_series,
    write_sample,
)

if TYPE_CHECKING:
    from pathlib import Path

GOLDEN = "dc3943cbe3dd2bb6406e47971d60df2554493ee9d7b2a1c9ee62478d4b040e0a"
"""The manifest's hash of thirty days of BTCUSDT, seed 42. Another one means another sample: say so in the changelog."""


def test_the_sample_is_the_same_on_every_machine(tmp_path: Path) -> None:
    catalog = Catalog(tmp_path)
    series = write_sample(catalog)
    assert [one.symbol for one in series] == list(SYMBOLS)
    assert catalog.manifest(series[0]).sha256 == GOLDEN
    assert catalog.manifest(series[0]).gaps == ()
    assert catalog.facts(series[0].instrument).inferred == ()
    write_sample(catalog)
    assert catalog.manifest(series[0]).sha256 == GOLDEN


def test_the_random_state_of_python_is_left_alone() -> None:
    before = random.getstate()
    sample_series("BTCUSDT", days=1)
    assert random.getstate() == before


@pytest.mark.parametrize("symbol", [*PROFILES, "ABCUSDT"])
def test_bars_are_consistent_and_on_their_steps(symbol: str) -> None:
    frame = sample_series(symbol, days=20)
    assert frame.height == 20 * 1440
    assert check(frame, Interval.parse("1m")) == []
    assert frame["open"][1:].equals(frame["close"][:-1].rename("open"))
    instrument = sample_instrument(symbol)
    for name in ("open", "high", "low", "close", "volume"):
        step = instrument.lot if name == "volume" else instrument.tick
        assert Decimal(1).scaleb(-digits_seen(frame[name])) >= step
    assert (frame["volume"] > 0).all()


def test_ranges_agree_where_they_overlap() -> None:
    whole = sample_series("ETHUSDT", days=30)
    for first, days in ((0, 1), (7, 3), (29, 1)):
        part = sample_series("ETHUSDT", days=days, start_day=START_DAY + first)
        assert part.equals(whole.slice(first * 1440, days * 1440))


def test_seeds_and_symbols_make_other_markets() -> None:
    made = [sample_series(symbol, days=1, seed=seed) for symbol in SYMBOLS for seed in (42, 43)]
    assert len({content_hash(frame) for frame in made}) == 4


def test_symbols_move_together_and_returns_are_wilder_at_times() -> None:
    closes = {symbol: sample_series(symbol, days=60)["close"].pct_change() for symbol in SYMBOLS}
    frame = pl.DataFrame(closes).drop_nulls()
    assert 0.5 < frame.select(pl.corr(*SYMBOLS)).item() < 0.9
    by_block = frame.with_columns(block=pl.int_range(pl.len()) // 480).group_by("block").agg(pl.col("BTCUSDT").std())
    spread = by_block["BTCUSDT"].sort()
    assert float(spread[-10]) > 2 * float(spread[10])
    assert (frame["BTCUSDT"].abs() > 0.01).any()


def test_longer_bars_are_resampled() -> None:
    days = sample_series("BTCUSDT", days=5, interval="1d")
    assert days["ts_open"].to_list() == [(START_DAY + n) * NS_PER_DAY for n in range(5)]
