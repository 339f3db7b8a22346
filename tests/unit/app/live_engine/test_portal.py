"""The data portal: closed bars of the catalog by count, field and time, and what is said when there are none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tradewind.domain.errors import DataNotFoundError
from tradewind.live import DataPortal
from tradewind.record.market_data.catalog import Catalog
from tradewind.record.market_data.sample import sample_series, write_sample

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalog")
    write_sample(Catalog(folder), days=3)
    return folder


def test_one_asset_and_field_is_a_series(root: Path) -> None:
    closes = DataPortal(root).history("BTCUSDT", "close", 5)
    assert closes.to_list() == sample_series("BTCUSDT", days=3)["close"].tail(5).to_list()
    assert DataPortal(root).current("BTCUSDT") == closes[-1]


def test_more_are_a_frame(root: Path) -> None:
    portal = DataPortal(root, "daily")
    frame = portal.history(["BTCUSDT", "ETHUSDT"], ["open", "price"], 2)
    assert frame.columns == ["time", "asset", "open", "price"]
    assert frame["asset"].to_list() == ["BTCUSDT", "ETHUSDT"] * 2
    assert portal.history("BTCUSDT", ["high", "low"], 1).shape == (1, 3)
    assert portal.symbols == ["BTCUSDT", "ETHUSDT"]


def test_longer_bars_are_made_from_shorter_ones(root: Path) -> None:
    hours = DataPortal(root).history("ETHUSDT", "high", 3, "1h")
    minutes = sample_series("ETHUSDT", days=3)["high"].tail(180)
    assert hours.to_list() == [minutes[n * 60 : n * 60 + 60].max() for n in range(3)]


@pytest.mark.parametrize(
    "end",
    ["2024-01-02", "2024-01-02T00:00:00+00:00", date(2024, 1, 2), datetime(2024, 1, 2, tzinfo=UTC), 1704153600 * 10**9],
)
def test_nothing_is_seen_that_was_not_closed(root: Path, end: object) -> None:
    frame = DataPortal(root).history("BTCUSDT", ["close"], 3, "1h", end=end)  # type: ignore[call-overload]
    assert isinstance(frame, pl.DataFrame)
    assert frame["time"].max() == datetime(2024, 1, 1, 23)  # noqa: DTZ001 - frames have no zone
    with pytest.raises(DataNotFoundError, match="no closed 1d bar"):
        DataPortal(root).history("BTCUSDT", "close", 1, "1d", end="2024-01-01T23:59")


def test_a_bundle_is_a_venue_of_the_catalog(root: Path) -> None:
    assert DataPortal("sample", catalog=root).symbols == ["BTCUSDT", "ETHUSDT"]
    with pytest.raises(DataNotFoundError, match="nothing"):
        DataPortal("binance", catalog=root).current("BTCUSDT")
    with pytest.raises(DataNotFoundError, match="sample:BTCUSDT:1m"):
        DataPortal("sample", catalog=root).history("XRPUSDT")
