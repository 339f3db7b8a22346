"""The recorder writes what happened, to the day it happened on, and never twice or half."""

from __future__ import annotations

import subprocess
import threading
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec
import polars as pl
import pytest

from tests.unit.record.session_steps import (
    DAY,
    HEADER,
    LATENCY_NS,
    OCT_1,
    Script,
    StillClock,
    bar,
    header,
    quiet_bars,
    refusal,
    session,
    words,
)
from tradewind.domain import events as ev
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.control import Halted, Paused, Resumed
from tradewind.domain.errors import LocalError, StateError
from tradewind.domain.ids import Asset
from tradewind.domain.market import DataGap
from tradewind.domain.order import OrderType, Side
from tradewind.domain.step import BarRefused
from tradewind.domain.time import NS_PER_HOUR, NS_PER_MINUTE
from tradewind.record.recorder import day_files
from tradewind.record.recorder.day_files import DAYS_KEPT, DAYS_KEPT_MAX
from tradewind.record.recorder.recorder import SessionRecorder
from tradewind.record.recorder.tables import SPECS
from tradewind.record.sessions.folders import SessionFolders, read_session
from tradewind.record.stats.live import from_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.domain.step import Step
    from tradewind.record.journal.header import SessionHeader
    from tradewind.record.stats.live import LiveTradeStats


class Recorded:
    """A recorder over a folder, with a clock that the test moves."""

    def __init__(self, root: Path, about: SessionHeader = HEADER, **how: Any) -> None:
        self.root = root
        self.clock = StillClock()
        self.folders = SessionFolders.begin(root, OCT_1, zone=about.timezone, by_day=about.by_day)
        self.folders.describe(about)
        self.recorder = SessionRecorder(self.folders, about, self.clock, **how)

    def all(self, steps: list[Step]) -> Recorded:
        self.recorder.observe(steps)
        self.recorder.close()
        return self

    def table(self, name: str, day: str = "2025-10-01", run: str = "run_1") -> pl.DataFrame:
        return pl.read_parquet(self.root / day / run / f"{name}.parquet")

    def stats(self, day: str = "2025-10-01") -> LiveTradeStats:
        return from_yaml((self.root / day / "run_1" / "stats.yaml").read_text())


def test_orders_with_how_they_ended(tmp_path: Path) -> None:
    rows = Recorded(tmp_path).all(session(12)).table("orders").rows(named=True)
    entry, stop, leave = rows
    assert [row["status"] for row in rows] == ["filled", "cancelled", "filled"]
    assert [row["side"] for row in rows] == ["buy", "sell", "sell"]
    assert [row["order_type"] for row in rows] == ["market", "stop", "market"]
    assert [row["position_type"] for row in rows] == ["long"] * 3
    assert entry["strategy_name"] == "Momentum Strategy"
    assert (entry["quantity"], entry["filled_exact"], entry["price"]) == (0.5, "0.5", None)
    assert (stop["trigger"], stop["parent"], stop["reason"]) == (45000.01, entry["order_id"], "asked for")
    assert leave["venue_order_id"] == f"v{leave['order_id']}"
    assert entry["timestamp"] < entry["updated_at"]


def test_trades_with_profit_and_side_of_the_position(tmp_path: Path) -> None:
    rows = Recorded(tmp_path).all(session(12)).table("trades").rows(named=True)
    assert [row["executed_qty"] for row in rows] == [0.2, 0.3, 0.5]
    assert [row["quantity"] for row in rows] == [0.5, 0.5, 0.5]
    assert [row["pnl"] for row in rows[:2]] == [0.0, 0.0]
    paid = Decimal("0.2") * Decimal(rows[0]["executed_price_exact"]) + Decimal("0.3") * Decimal(
        rows[1]["executed_price_exact"]
    )
    assert Decimal(rows[2]["pnl_exact"]) == Decimal("0.5") * Decimal(rows[2]["executed_price_exact"]) - paid
    assert {row["commission_exact"] for row in rows} == {"1.25"}
    assert {row["position_type"] for row in rows} == {"long"}
    assert rows[0]["timestamp"] < rows[0]["executed_at"] < rows[0]["received_at"]


def test_a_short_position_is_called_short(tmp_path: Path) -> None:
    script = Script()
    for side in (Side.SELL, Side.BUY):
        spec = script.order(side, "0.1")
        script.bar(script.now, 100.0, SubmitOrder(spec))
        script.fill(spec, 100.0)
    recorded = Recorded(tmp_path).all(script.steps)
    assert recorded.table("orders")["position_type"].to_list() == ["short", "short"]
    assert recorded.table("trades")["position_type"].to_list() == ["short", "short"]


def test_marks_logs_and_refusals(tmp_path: Path) -> None:
    script = Script()
    script.take(bar(OCT_1, 100.0), refusals=(refusal(script),), notices=words())
    recorded = Recorded(tmp_path).all(script.steps)
    mark, log, refused = (recorded.table(name).row(0, named=True) for name in ("marks", "logs", "refusals"))
    assert (mark["title"], mark["price"], mark["shape"], mark["symbol"]) == ("crossed", 50_000.5, "circle", "BTCUSDT")
    assert (log["message"], log["level"], log["strategy_name"]) == ("hello", "info", "Momentum Strategy")
    assert (refused["code"], refused["limit"], refused["value_exact"]) == ("insufficient_funds", 100.5, "450000")
    assert refused["intent"] == "order"
    assert '"tw-x"' in refused["intent_json"]


def test_what_people_look_for_in_the_log(tmp_path: Path) -> None:
    script = Script()
    script.take(ev.LinkChanged("binance", "market", up=False, ts_recv=script.now))
    script.take(DataGap(bar(0, 1.0).instrument, "1m", OCT_1, OCT_1 + NS_PER_HOUR, script.now))
    script.take(Paused(script.now, "lunch"))
    script.take(Resumed(script.now))
    script.take(Halted(script.now))
    script.stop()
    kinds = Recorded(tmp_path).all(script.steps).table("logs").select("kind", "message").rows()
    assert kinds == [
        ("link_changed", "binance: market is down"),
        ("data_gap", "bars of 1m are missing from 2025-10-01T00:00:00Z to 2025-10-01T01:00:00Z"),
        ("paused", "paused: lunch"),
        ("resumed", "resumed"),
        ("halted", "halted"),
        ("stop_requested", "stop: cancel entries"),
    ]


def test_each_closed_bar_once_and_none_that_was_refused(tmp_path: Path) -> None:
    script = Script()
    script.bar(OCT_1, 100.0)
    script.take(
        bar(OCT_1, 100.0, ts_recv=script.now),
        notices=(BarRefused(bar(OCT_1, 1.0).instrument, "1m", OCT_1, "repeated"),),
    )
    script.bar(OCT_1 + NS_PER_MINUTE, 101.0)
    recorded = Recorded(tmp_path).all(script.steps)
    assert recorded.table("market_data")["close"].to_list() == [100.0, 101.0]
    assert recorded.table("logs")["kind"].to_list() == ["bar_refused"]


def test_equity_is_exact_and_only_where_it_changes(tmp_path: Path) -> None:
    script = Script()
    spec = script.order(Side.BUY, "2")
    script.bar(OCT_1, 100.0, SubmitOrder(spec))
    script.fill(spec, 100.0, fee="0.01")
    for number, close in enumerate((110.5, 110.5, 90.25), start=1):
        script.bar(OCT_1 + number * NS_PER_MINUTE, close)
    rows = Recorded(tmp_path).all(script.steps).table("equity")
    assert rows["equity_exact"].to_list() == ["100000", "99999.99", "100020.99", "99980.49"]
    assert rows["unrealized_pnl"].to_list() == [0.0, 0.0, 21.0, -19.5]


def test_equity_waits_for_a_price(tmp_path: Path) -> None:
    """A missing price makes a value unknown, never zero."""
    script = Script()
    script.take(ev.BalanceTransferred("binance", Asset("BTC"), Decimal(1), script.now))
    script.bar(OCT_1, 50_000.0)
    assert Recorded(tmp_path).all(script.steps).table("equity")["equity"].to_list() == [100_000.0, 150_000.0]


def test_days_are_kept_apart(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path).all(session(40, spacing=2 * NS_PER_HOUR))
    days = [f"2025-10-0{n}" for n in (1, 2, 3, 4)]
    assert [recorded.table("market_data", day).height for day in days] == [12, 12, 12, 4]
    for day in days[:3]:
        first, last = (recorded.table("market_data", day)["time"].cast(pl.String)[at] for at in (0, -1))
        assert (first[:10], last[:10]) == (day, day)
    assert read_session(recorded.folders.home)["days"] == dict.fromkeys(days, "run_1")


def test_each_days_page_is_as_it_stood_at_its_end(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path).all(session(48, spacing=2 * NS_PER_HOUR))
    pages = [recorded.stats(f"2025-10-0{n}") for n in (1, 2, 3, 4)]
    assert [page.daily.number_of_trades for page in pages] == [1, 1, 1, 1]
    assert [page.cumulative.number_of_trades for page in pages] == [1, 2, 3, 4]
    assert sum(page.daily.realized_pnl or 0 for page in pages) == pages[-1].cumulative.realized_pnl
    assert {page.session_start for page in pages} == {"2025-10-01T00:00:00Z"}
    assert pages[0].trades_file_path == str(tmp_path / "2025-10-01" / "run_1" / "trades.parquet")


def test_figures_are_those_of_the_tables(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path).all(session(48))
    trades, page = recorded.table("trades"), recorded.stats()
    pnl = sum(map(Decimal, trades["pnl_exact"])) - sum(map(Decimal, trades["commission_exact"]))
    assert page.trade_pnl.realized_pnl == pnl
    assert page.total_fees == sum(map(Decimal, trades["commission_exact"]))
    equity = [100_000.0, *recorded.table("equity")["equity"].to_list()]
    peaks = [max(equity[: n + 1]) for n in range(len(equity))]
    assert page.trade_result.max_drawdown == pytest.approx(max((p - e) / p for p, e in zip(peaks, equity, strict=True)))


def test_a_late_bar_goes_to_yesterday(tmp_path: Path) -> None:
    script = Script(OCT_1 + DAY - NS_PER_HOUR)
    script.bar(OCT_1 + DAY - NS_PER_HOUR, 100.0)
    script.bar(OCT_1 + DAY, 101.0)
    script.take(bar(OCT_1 + DAY - NS_PER_MINUTE, 102.0, ts_recv=script.now + NS_PER_MINUTE))
    recorded = Recorded(tmp_path).all(script.steps)
    assert recorded.table("market_data", "2025-10-01")["close"].to_list() == [100.0, 102.0]
    assert recorded.table("market_data", "2025-10-02")["close"].to_list() == [101.0]


def test_late_rows_find_a_day_that_was_put_away(tmp_path: Path) -> None:
    """An order of the first day is filled when that day is long out of memory."""
    script = Script()
    resting = script.order(Side.BUY, type=OrderType.LIMIT, price=Decimal(90))
    script.bar(OCT_1, 100.0, SubmitOrder(resting))
    for day in range(1, DAYS_KEPT_MAX + 3):
        script.bar(OCT_1 + day * DAY, 100.0 + day)
    script.take(bar(OCT_1 + NS_PER_HOUR, 99.0, ts_recv=script.now))
    script.fill(resting, 90.0)
    recorded = Recorded(tmp_path)
    for step in script.steps:
        recorded.recorder.observe([step])
        assert len(recorded.recorder._days) <= DAYS_KEPT_MAX
    recorded.recorder.close()
    assert recorded.table("orders").select("status", "filled_qty").rows() == [("filled", 0.5)]
    assert recorded.table("market_data")["close"].to_list() == [100.0, 99.0]


def test_days_of_many_rows_are_put_away_sooner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(day_files, "ROWS_KEPT", 3)
    script = Script()
    for day in range(2 * DAYS_KEPT):
        script.bar(OCT_1 + day * DAY, 100.0 + day)
    recorded = Recorded(tmp_path)
    held = []
    for step in script.steps:
        recorded.recorder.observe([step])
        held.append(len(recorded.recorder._days))
    recorded.recorder.close()
    assert max(held) == DAYS_KEPT
    assert [recorded.table("market_data", f"2025-10-{1 + day:02}").height for day in range(2 * DAYS_KEPT)] == [1] * 8


def test_the_day_ends_where_the_session_lives(tmp_path: Path) -> None:
    evening = OCT_1 + 22 * NS_PER_HOUR
    script = Script(OCT_1)
    script.bar(evening - NS_PER_HOUR, 100.0)
    script.bar(evening, 101.0)
    recorded = Recorded(tmp_path, header(timezone="Europe/Berlin")).all(script.steps)
    assert recorded.table("market_data", "2025-10-01")["close"].to_list() == [100.0]
    assert recorded.table("market_data", "2025-10-02")["close"].to_list() == [101.0]


def test_a_backtest_over_years_has_one_folder(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path, header(by_day=False)).all(session(40, spacing=DAY))
    assert recorded.table("market_data").height == 40
    assert [path.name for path in tmp_path.iterdir()] == ["2025-10-01"]
    assert recorded.stats().daily == recorded.stats().cumulative


def warmed_up() -> Script:
    """Two days of history from long ago, then one bar of the session."""
    script = Script(OCT_1 - 10 * DAY)
    script.steps[0] = msgspec.structs.replace(
        script.steps[0], event=msgspec.structs.replace(script.steps[0].event, warming=True)
    )
    for day in (-10, -9):
        script.take(bar(OCT_1 + day * DAY, 90.0), refusals=(refusal(script),), notices=words())
    script.take(ev.WarmupEnded(OCT_1 + NS_PER_MINUTE))
    script.bar(OCT_1 + NS_PER_MINUTE, 100.0)
    return script


def test_history_to_warm_up_on_is_not_told(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path).all(warmed_up().steps)
    assert [path.name for path in tmp_path.iterdir()] == ["2025-10-01"]
    assert recorded.table("market_data")["close"].to_list() == [100.0]
    assert recorded.table("equity")["equity"].to_list() == [100_000.0]
    assert recorded.table("logs")["kind"].to_list() == ["warmup_ended"]
    assert recorded.table("refusals").height == recorded.table("marks").height == 0
    assert recorded.stats().session_start == "2025-10-01T00:01:00Z"


def test_a_gap_is_refused(tmp_path: Path) -> None:
    recorded, steps = Recorded(tmp_path), session(5)
    recorded.recorder.observe(steps[:2])
    with pytest.raises(StateError, match="step 4 came after 2"):
        recorded.recorder.observe(steps[3:])
    with pytest.raises(StateError, match="step 2 came after 2"):
        recorded.recorder.observe(steps[1:])


def test_everything_is_there_from_the_first_look(tmp_path: Path) -> None:
    recorded = Recorded(tmp_path)
    recorded.recorder.observe(session(1)[:1])
    assert {spec.name: recorded.table(spec.name).height for spec in SPECS if spec.name != "equity"} == dict.fromkeys(
        (spec.name for spec in SPECS if spec.name != "equity"), 0
    )
    assert recorded.stats().cumulative.number_of_trades == 0


def test_files_are_written_every_few_seconds(tmp_path: Path) -> None:
    recorded, steps = Recorded(tmp_path), session(12)
    recorded.recorder.observe(steps[:4])
    assert recorded.table("market_data").height == 3
    recorded.clock.pass_seconds(4.9)
    recorded.recorder.observe(steps[4:6])
    assert recorded.table("market_data").height == 3
    recorded.clock.pass_seconds(0.1)
    recorded.recorder.observe(())
    assert recorded.table("market_data").height == 4


def test_statistics_are_told_when_they_are_written(tmp_path: Path) -> None:
    told: list[LiveTradeStats] = []
    recorded = Recorded(tmp_path, on_stats=told.append).all(session(48))
    assert told[-1] == recorded.recorder.stats()
    assert told[-1].cumulative.number_of_trades == 4


def test_costs_and_transfers(tmp_path: Path) -> None:
    script = Script()
    script.take(ev.FundingPaid(bar(0, 1.0).instrument, Decimal("-2.5"), Asset("USDT"), script.now, script.now))
    script.take(ev.BorrowCharged(bar(0, 1.0).instrument, Decimal("0.5"), Asset("USDT"), script.now, script.now))
    script.take(ev.BalanceTransferred("binance", Asset("USDT"), Decimal(1000), script.now))
    recorded = Recorded(tmp_path).all(script.steps)
    page = recorded.stats()
    assert page.trade_pnl.realized_pnl == Decimal(-3)
    assert page.trade_result.max_drawdown == pytest.approx(3 / 100_000)
    assert recorded.table("equity")["equity"].to_list() == [100_000.0, 99_997.5, 99_997.0, 100_997.0]


def test_a_full_disk_is_survived_and_caught_up_with(tiny_disk: Path) -> None:
    recorded, steps = Recorded(tiny_disk), list(quiet_bars(20_000))
    for start in range(0, len(steps), 1000):
        recorded.recorder.observe(steps[start : start + 1000])
        recorded.clock.pass_seconds(61)
    assert "No space left" in str(recorded.recorder.trouble)
    with pytest.raises(LocalError, match="cannot write"):
        recorded.recorder.close()
    subprocess.run(["mount", "-o", "remount,size=64m", str(tiny_disk)], check=True)
    recorded.recorder.close()
    found = duckdb.execute(f"SELECT count(*) FROM '{tiny_disk}/*/run_1/market_data.parquet'").fetchall()
    assert found == [(20_000,)]


def test_readers_never_see_a_torn_file(tmp_path: Path) -> None:
    """DuckDB and Polars read all tables, a thousand times, while they are written again and again.

    Each file is replaced at most once while somebody reads it: that is promised, and on the clock there are seconds
    between two versions.
    """
    recorded, steps = Recorded(tmp_path, header(by_day=False), flush_seconds=0.0), session(1500)
    recorded.recorder.observe(steps[:5])
    reads, done = 0, threading.Event()

    def write() -> None:
        start, seen = 5, -1
        while not done.is_set():
            if reads > seen:  # whoever was reading when the last version came has finished
                recorded.recorder.observe(steps[start : start + 2])
                start, seen = start + 2, reads
            time.sleep(0)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while reads < 1000:
            for spec in SPECS:
                path = tmp_path / "2025-10-01" / "run_1" / f"{spec.name}.parquet"
                assert pl.read_parquet(path).columns == list(spec.columns)
                reads += 1
                duckdb.execute(f"SELECT count(*), min(seq), max(seq) FROM '{path}'").fetchall()
                reads += 1
    finally:
        done.set()
        writer.join()
    recorded.recorder.close()


def test_the_last_bar_of_a_day_is_heard_of_on_the_next(tmp_path: Path) -> None:
    """The bar belongs to the day that it opens in; what came of it, to the day on which we knew."""
    script = Script(OCT_1)
    spec = script.order(Side.BUY)
    script.bar(OCT_1 + DAY - NS_PER_MINUTE, 100.0, SubmitOrder(spec))
    assert script.now == OCT_1 + DAY + LATENCY_NS
    recorded = Recorded(tmp_path).all(script.steps)
    assert recorded.table("market_data", "2025-10-01").height == 1
    assert recorded.table("orders", "2025-10-01").height == 0
    assert recorded.table("orders", "2025-10-02").height == 1
