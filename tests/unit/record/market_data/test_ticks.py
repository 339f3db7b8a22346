"""Ticks out of files: small ones made here, and the recorded ones."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import polars as pl
import pytest

from tradewind.domain.errors import DataNotFoundError, DataValidationError
from tradewind.domain.ids import InstrumentId
from tradewind.domain.market import BookDelta, BookSnapshot, Quote, Trade
from tradewind.record.market_data.ticks import book_from_files, quotes_from_file, trades_from_file

if TYPE_CHECKING:
    from pathlib import Path

BTC = InstrumentId("binance:BTCUSDT")
T = 1_700_000_000_000


def save(path: Path, **columns: object) -> Path:
    frame = pl.DataFrame(columns)
    for name in ("timestamp", "event_time"):
        if name in frame.columns:
            frame = frame.with_columns(pl.from_epoch(name, time_unit="ms"))
    frame.write_parquet(path)
    return path


def test_trades_keep_their_own_times_unless_told(tmp_path: Path) -> None:
    path = save(
        tmp_path / "t.parquet",
        timestamp=[T],
        recv_ns=[T * 10**6 - 7],
        trade_id=[5],
        price=[1.5],
        quantity=[2.0],
        is_buyer_maker=[True],
    )
    assert list(trades_from_file(path, BTC)) == [Trade(BTC, T * 10**6, T * 10**6 - 7, 1.5, 2.0, True, "5")]
    assert next(trades_from_file(path, BTC, latency_ns=9)).ts_recv == T * 10**6 + 9


def test_aggressor_is_told_by_the_tick_rule(tmp_path: Path) -> None:
    prices = [10.0, 10.0, 9.0, 9.0, 11.0, 11.0, 10.0]
    path = save(tmp_path / "t.parquet", timestamp=[T] * 7, price=prices, quantity=[1] * 7)
    trades = list(trades_from_file(path, BTC))
    assert [trade.buyer_is_maker for trade in trades] == [False, False, True, True, False, False, True]
    assert [trade.trade_id for trade in trades] == list("1234567")


def test_quotes_of_one_side_are_completed_and_never_crossed(tmp_path: Path) -> None:
    path = save(
        tmp_path / "q.parquet",
        timestamp=[T, T + 1, T + 2, T + 3],
        bid=[10.0, 0.0, 12.0, 10.5],
        bid_size=[1, 0, 3, 4],
        ask=[0.0, 11.0, 0.0, 0.0],
        ask_size=[0, 2, 0, 0],
    )
    at = T * 10**6
    assert list(quotes_from_file(path, BTC)) == [
        Quote(BTC, at + 10**6, at + 10**6, 10.0, 11.0, 1.0, 2.0),
        Quote(BTC, at + 3 * 10**6, at + 3 * 10**6, 10.5, 11.0, 4.0, 2.0),
    ]


def book(tmp_path: Path, *ids: tuple[int, int]) -> tuple[Path, Path]:
    snapshot, updates = tmp_path / "s.json.gz", tmp_path / "u.jsonl.gz"
    snapshot.write_bytes(gzip.compress(json.dumps({"lastUpdateId": 10, "bids": [["1.5", "2"]], "asks": []}).encode()))
    events = [
        {"e": "depthUpdate", "E": T, "U": first, "u": last, "b": [["1.4", "1"]], "a": [["1.6", "0"]]}
        for first, last in ids
    ]
    updates.write_bytes(gzip.compress("\n".join(map(json.dumps, events)).encode()))
    return snapshot, updates


def test_a_book_begins_with_the_update_that_holds_its_snapshot(tmp_path: Path) -> None:
    messages = list(book_from_files(*book(tmp_path, (5, 9), (10, 12), (13, 13)), BTC, latency_ns=1))
    at = T * 10**6
    assert messages == [
        BookSnapshot(BTC, at, at + 1, 10, ((1.5, 2.0),), ()),
        BookDelta(BTC, at, at + 1, 10, 12, ((1.4, 1.0),), ((1.6, 0.0),)),
        BookDelta(BTC, at, at + 1, 13, 13, ((1.4, 1.0),), ((1.6, 0.0),)),
    ]


@pytest.mark.parametrize("ids", [((5, 9), (12, 13)), ((11, 12), (14, 15)), ((11, 12), (12, 13))])
def test_a_hole_in_the_updates_is_an_error(tmp_path: Path, ids: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(DataValidationError, match="take a snapshot that fits"):
        list(book_from_files(*book(tmp_path, *ids), BTC))


def test_files_that_are_no_ticks_are_named(tmp_path: Path) -> None:
    text = tmp_path / "x.parquet"
    text.write_text("no parquet")
    with pytest.raises(DataValidationError, match="not a Parquet file"):
        trades_from_file(text, BTC)
    with pytest.raises(DataValidationError, match="no column 'quantity' among: timestamp, price"):
        trades_from_file(save(tmp_path / "t.parquet", timestamp=[T], price=[1.0]), BTC)
    with pytest.raises(DataValidationError, match="no column 'bid_size'"):
        quotes_from_file(save(tmp_path / "q.parquet", timestamp=[T], bid=[1.0], ask=[2.0]), BTC)
    with pytest.raises(DataNotFoundError):
        trades_from_file(tmp_path / "none", BTC)
    with pytest.raises(DataValidationError, match="not a depth snapshot"):
        list(book_from_files(text, text, BTC))
    snapshot, _ = book(tmp_path)
    with pytest.raises(DataValidationError, match="line 1: not a depthUpdate"):
        list(book_from_files(snapshot, snapshot, BTC))
    with pytest.raises(DataNotFoundError):
        list(book_from_files(snapshot, tmp_path / "none.jsonl", BTC))


@pytest.mark.data
def test_recorded_trades_and_quotes(data_dir: Path) -> None:
    trades = list(trades_from_file(data_dir / "ticks/binance_spot_BTCUSDT_trades_20240808T2354.parquet", BTC))
    ids = [int(trade.trade_id) for trade in trades]
    assert ids == list(range(ids[0], ids[0] + 19_904))
    quotes = list(quotes_from_file(data_dir / "ticks/binance_spot_BTCUSDT_bookticker_20240808T2354.parquet", BTC))
    assert len(quotes) == 73_174
    assert all(quote.bid < quote.ask for quote in quotes)
    shares = list(quotes_from_file(data_dir / "ticks/us_equity_IBM_quotes_20131007.parquet", BTC))
    assert all(0 < quote.bid <= quote.ask for quote in shares)


@pytest.mark.data
def test_recorded_book_has_the_tops_of_the_recorded_quotes(data_dir: Path) -> None:
    ticks = data_dir / "ticks"
    (snapshot,) = ticks.glob("binance_spot_BTCUSDT_l2_snapshot_*.json.gz")
    messages = book_from_files(snapshot, ticks / "binance_spot_BTCUSDT_l2_updates_20240808T2354.parquet", BTC)
    tops = pl.read_parquet(ticks / "binance_spot_BTCUSDT_bookticker_20240808T2354.parquet")
    expected = {row[0]: row[1:] for row in tops.select("update_id", pl.col("bid", "ask").cast(pl.Float64)).iter_rows()}
    bids: dict[float, float] = {}
    asks: dict[float, float] = {}
    compared = 0
    for message in messages:
        for side, levels in ((bids, message.bids), (asks, message.asks)):
            for price, size in levels:
                side.pop(price, None)
                if size:
                    side[price] = size
        if isinstance(message, BookDelta) and message.last_id in expected:
            compared += 1
            assert (max(bids), min(asks)) == expected[message.last_id]
    assert compared == 1072


@pytest.mark.data
@pytest.mark.parametrize(("hour", "count"), [("09", 3600), ("10", 3599)])
def test_recorded_lines_have_no_hole(data_dir: Path, hour: str, count: int) -> None:
    name = f"binance_spot_ETHBTC_depth_{{}}_20201101T{hour}.jsonl.gz"
    snapshot, updates = (data_dir / "ticks" / name.format(part) for part in ("snapshot", "updates"))
    messages = list(book_from_files(snapshot, updates, BTC))
    assert isinstance(messages[0], BookSnapshot)
    assert len(messages) == count
