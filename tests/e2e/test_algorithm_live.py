"""What is promised of algorithms, in a live session on paper: they are called, heard, filled, told, held back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tradewind import api
from tradewind.live import LiveTradingEngine
from tradewind.record.journal.reader import read
from tradewind.runtime.replay import verify

pytestmark = pytest.mark.must_really_work

BARS = 26 * 60
TOLD: dict[str, list[Any]] = {}


class Promised(api.TradingAlgorithm):
    """Does a little of everything, and takes note of what it is told."""

    def initialize(self, context: Any) -> None:
        for kept in TOLD.values():
            kept.clear()
        context.asset = api.symbol("BTC/USDT")
        api.set_long_only()
        api.set_max_order_size(max_shares=1)
        api.set_slippage(api.slippage.FixedBasisPointsSlippage(5, volume_limit=1))
        api.set_commission(api.commission.PerTrade(cost=1))
        api.set_cancel_policy(api.EODCancel())
        api.schedule_function(self.look, api.date_rules.every_day(), api.time_rules.market_open(hours=2))

    def before_trading_start(self, context: Any, data: Any) -> None:
        self.note("mornings", str(api.get_datetime()))

    def look(self, context: Any, data: Any) -> None:
        self.note("looks", str(api.get_datetime()))

    def handle_data(self, context: Any, data: Any) -> None:
        closes = data.history(context.asset, "price", 3, "1m")
        context.n = getattr(context, "n", 0) + 1
        self.note("prices", (context.n, closes[-1], data.current(context.asset, "price")))
        if context.n == 5:
            api.record(close=closes[-1])
            api.order(context.asset, 0.00123)
            api.order(context.asset, 2)
        elif context.n == 8:
            books = context.portfolio
            held = books.positions[context.asset]
            self.note("books", (held.amount, books.cash, books.portfolio_value, books.positions_value))
            api.order(context.asset, 0.5, limit_price=closes[-1] * 0.95)
        elif context.n == 12:
            for order in api.get_open_orders(context.asset):
                api.cancel_order(order)
            api.order(context.asset, -1)

    def on_order_fill(self, context: Any, order: Any, transaction: Any) -> None:
        self.note("fills", (order.amount, order.status, transaction.amount, transaction.price))

    def on_order_cancel(self, context: Any, order: Any, reason: str) -> None:
        self.note("cancels", (order.amount, reason))

    def on_order_reject(self, context: Any, order: Any, reason: str) -> None:
        self.note("rejects", (order.amount, reason.partition(":")[0]))

    def analyze(self, context: Any, perf: Any) -> None:
        self.note("days", perf["date"].to_list())

    @staticmethod
    def note(what: str, fact: Any) -> None:
        TOLD.setdefault(what, []).append(fact)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("live")
    engine = LiveTradingEngine(
        {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(root)},
        strategy=Promised,
        market_data={"provider_type": "mock", "config": {"bars": BARS}},
        trading={"provider_type": "paper", "config": {"balances": {"USDT": 100_000}}},
    )
    return Path(engine.run_sync())


def test_mw_03_handle_data_gets_both_arguments(folder: Path) -> None:
    assert len(TOLD["prices"]) == BARS


def test_mw_04_mw_09_an_order_reaches_the_venue_with_its_fraction(folder: Path) -> None:
    orders = pl.read_parquet(folder / "orders.parquet")
    assert Decimal(str(orders["quantity"][0])) == Decimal("0.00123")


def test_mw_05_api_5_fills_rejects_and_cancels_reach_the_hooks(folder: Path) -> None:
    [fill] = TOLD["fills"]
    assert fill[:3] == (0.00123, "filled", 0.00123)
    assert TOLD["cancels"] == [(0.5, "cancelled by us")]


def test_mw_22_costs_are_those_that_it_chose(folder: Path) -> None:
    [fee] = pl.read_parquet(folder / "trades.parquet")["commission"].to_list()
    assert Decimal(str(fee)) == 1


def test_what_it_forbids_itself_and_what_it_records_are_in_the_log(folder: Path) -> None:
    lines = pl.read_parquet(folder / "logs.parquet")["message"].to_list()
    assert "long_only" in lines
    assert "max_order_size 1" in lines
    assert any(line.startswith("close=") for line in lines)


def test_mw_06_days_and_scheduled_functions_run_live(folder: Path) -> None:
    assert [at[11:] for at in TOLD["mornings"]] == ["00:00:00Z", "00:00:00Z"]
    assert [at[11:] for at in TOLD["looks"]] == ["02:00:00Z", "02:00:00Z"]


def test_mw_07_history_works_live_and_price_is_a_field(folder: Path) -> None:
    assert all(latest == current for _, latest, current in TOLD["prices"])


def test_mw_08_api_8_controls_hold_live(folder: Path) -> None:
    assert TOLD["rejects"] == [(2.0, "order_size"), (-1.0, "side_disabled")]


def test_mw_10_cash_positions_and_equity_are_real(folder: Path) -> None:
    [(amount, cash, worth, held)] = TOLD["books"]
    assert amount == 0.00123
    assert 99_000 < cash < 100_000
    assert worth == pytest.approx(cash + held)


def test_analyze_looks_back_and_a_replay_comes_out_the_same(folder: Path) -> None:
    assert len(TOLD["days"][0]) == 2
    before = len(list(read(folder / "journal.sqlite")))
    assert verify(folder / "journal.sqlite").steps == before
