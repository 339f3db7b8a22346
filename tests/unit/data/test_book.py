from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.venues.sim.test_ticks import Ticks
from tradewind.data.book import Depth, Ladder
from tradewind.domain.market import BookDelta, BookSnapshot
from tradewind.record.market_data.ticks import book_from_files, quotes_from_file, trades_from_file
from tradewind.testing.builders import BTC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STAMP = "binance_spot_BTCUSDT"
HOUR_NS = 3_600_000_000_000


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3)), max_size=40), st.booleans())
def test_a_ladder_is_a_sorted_dict(changes: list[tuple[int, int]], is_bid: bool) -> None:
    ladder, plain = Ladder(is_bid=is_bid), dict[float, float]()
    for price, size in changes:
        ladder.set(float(price), float(size))
        plain[float(price)] = float(size)
    expected = sorted(((p, s) for p, s in plain.items() if s), reverse=is_bid)
    assert list(ladder.levels()) == expected
    assert ladder.best == (expected[0][0] if expected else None)


def test_updates_begin_where_the_snapshot_ends() -> None:
    depth = Depth()
    depth.change(BookDelta(BTC, 0, 0, 1, 1, ((99.0, 1.0),), ()))
    assert not depth.valid
    depth.start(BookSnapshot(BTC, 0, 0, 10, ((99.0, 1.0),), ((101.0, 1.0),)))
    depth.change(BookDelta(BTC, 0, 0, 8, 10, ((100.0, 7.0),), ()))  # older than the snapshot
    assert depth.bids.best == 99.0
    depth.change(BookDelta(BTC, 0, 0, 9, 12, ((100.0, 7.0),), ()))  # straddles it
    assert (depth.valid, depth.bids.best) == (True, 100.0)
    depth.change(BookDelta(BTC, 0, 0, 14, 14, (), ()))
    assert not depth.valid


def recorded(data_dir: Path) -> tuple[Path, Path]:
    ticks = data_dir / "ticks"
    snapshot = next(ticks.glob(f"{STAMP}_l2_snapshot_*.json.gz"))
    return snapshot, ticks / f"{STAMP}_l2_updates_20240808T2354.parquet"


@pytest.mark.data
def test_a_rebuilt_book_has_the_best_prices_that_the_venue_told(data_dir: Path) -> None:
    frame = pl.read_parquet(data_dir / f"ticks/{STAMP}_bookticker_20240808T2354.parquet")
    columns = [frame[c].cast(pl.Float64).to_list() for c in ("bid", "bid_qty", "ask", "ask_qty")]
    told = dict(zip(frame["update_id"].to_list(), zip(*columns, strict=True), strict=True))
    depth, compared = Depth(), 0
    for event in book_from_files(*recorded(data_dir), BTC):
        if isinstance(event, BookSnapshot):
            depth.start(event)
        else:
            depth.change(event)
            assert depth.valid
            if event.last_id in told:
                bid, ask = depth.bids.best or 0.0, depth.asks.best or 0.0
                assert told[event.last_id] == (bid, depth.bids.sizes[bid], ask, depth.asks.sizes[ask])
                compared += 1
    assert compared == 1072


@pytest.mark.data
@pytest.mark.parametrize("match_on", ["quotes", "trades", "book"])
def test_orders_in_a_recorded_market(data_dir: Path, match_on: str) -> None:
    """Half a minute of the real market: takers pay what was shown, makers get their price, the books balance."""
    ticks = data_dir / "ticks"
    sources: dict[str, Callable[[], Iterator[Any]]] = {
        "quotes": lambda: quotes_from_file(ticks / f"{STAMP}_bookticker_20240808T2354.parquet", BTC, latency_ns=0),
        "trades": lambda: trades_from_file(ticks / f"{STAMP}_trades_20240808T2354.parquet", BTC, latency_ns=0),
        "book": lambda: book_from_files(*recorded(data_dir), BTC, latency_ns=0),
    }
    end = next(sources[match_on]()).ts_recv + HOUR_NS // 120
    events: list[Any] = list(takewhile(lambda e: e.ts_recv < end, sources[match_on]()))
    if match_on != "trades":
        trades = trades_from_file(ticks / f"{STAMP}_trades_20240808T2354.parquet", BTC, latency_ns=0)
        events += takewhile(lambda e: e.ts_recv < end, trades)
    world = Ticks(match_on, fill_by_size=True)
    middle = 0.0
    for number, event in enumerate(sorted(events, key=lambda e: e.ts_recv)):
        world.market(event)
        middle = world.venue.account.last.get(BTC, middle)
        if middle and number % 40 == 0:
            side = "buy" if number % 80 else "sell"
            sign = -1 if side == "buy" else 1
            world.order(f"m{number}", "buy", "0.01")
            world.order(f"l{number}", side, "0.001", price=round(middle + sign * 0.5, 2))
    fills = [e for e in world.heard if hasattr(e, "liquidity")]
    assert {e.liquidity.value for e in fills} == {"maker", "taker"}
    for order, spec in world.specs.items():
        world.end(order)
        for fill in (e for e in fills if e.order == order and spec.price is not None):
            assert (spec.price - fill.price) * spec.side.sign >= 0
    wallet = world.venue.account.wallet
    bought = sum(e.quantity * world.specs[e.order].side.sign for e in fills)
    spent = sum(e.quantity * e.price * world.specs[e.order].side.sign for e in fills)
    assert (wallet("BTC"), wallet("USDT")) == (bought, 1_000_000 - spent)  # type: ignore[arg-type]
