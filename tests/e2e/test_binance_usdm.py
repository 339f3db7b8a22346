"""A session on USD-M perpetuals, against the local exchange in a process of its own."""

from __future__ import annotations

import asyncio
import itertools
import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tests.conformance.venue import serve
from tests.e2e.rerun import check_backtest, check_replay
from tests.e2e.test_binance import check_bars, check_secrets
from tradewind.app.config import build_config
from tradewind.app.config.source import Source
from tradewind.app.session.live_run import prepare
from tradewind.domain.commands import PlaceExits, SubmitOrder
from tradewind.domain.events import FundingPaid, OrderCancelled, OrderFilled, OrderTriggered, SessionStarted, TimerFired
from tradewind.domain.ids import instrument_id
from tradewind.domain.market import FundingRate
from tradewind.domain.order import OrderType, Side
from tradewind.domain.reconciliation import ReconciliationReport
from tradewind.record.journal.reader import read
from tradewind.venues._net.offset import ClockOffset
from tradewind.venues.binance.errands import Keys
from tradewind.venues.binance.parse_rest import positions_of
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.sign import HmacSigner
from tradewind.venues.binance.wire_usdm_rest import Income, PositionRisk, Wallet

pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tradewind.domain.step import Step

BTC = instrument_id("binance_usdm", "BTCUSDT")
VENUE = """\
engine: {symbols: [BTCUSDT], interval: 1m, prefetch: {enabled: true, start_time_type: days, days: 1}}
market_data: {provider_type: replay, config: {path: [bars.parquet, BTCUSDT-funding.parquet]}}
trading: {provider_type: paper, config: {balances: {USDT: 50000}}}
instruments:
  - {symbol: BTCUSDT, kind: perpetual, lot: 0.001, tick: 0.1, notional_min: 5,
     margin_initial: 0.05, margin_maintenance: 0.025}
"""
TRADER = '''
from tradewind import Strategy

class Trader(Strategy):
    """Long and short in turn, each with a stop at the venue: that of every third position so near that it is hit."""

    def on_start(self, ctx):
        self.bars = self.entries = 0

    def on_bar(self, ctx, bar):
        self.bars += 1
        if ctx.position().is_flat and not ctx.open_orders():
            self.entries += 1
            way = 1 if self.entries % 2 else -1
            stop = bar.close * (1 - way * (0.0006 if self.entries % 3 == 0 else 0.05))
            target = bar.close * (1 + way * 0.06)
            ctx.submit("buy" if way > 0 else "sell", "0.02", stop_loss=stop, take_profit=target)
        elif self.bars % 4 == 0 and not ctx.position().is_flat:
            ctx.close()
'''
ENTRIES = 6


def write_market(folder: Path) -> None:
    """Make a day of history and an hour to trade in, with funding every two minutes."""
    minutes = 1_440 + 90
    begin = datetime(2026, 3, 2, tzinfo=UTC)
    times = [begin + timedelta(minutes=n) for n in range(minutes)]
    prices = [round(60_000 + 300 * math.sin(n / 9) + 80 * math.sin(n * 1.7), 1) for n in range(minutes + 1)]
    pl.DataFrame({
        "timestamp": times, "open": prices[:-1], "close": prices[1:],
        "high": [round(max(pair) + 15, 1) for pair in itertools.pairwise(prices)],
        "low": [round(min(pair) - 15, 1) for pair in itertools.pairwise(prices)],
        "volume": [40.0] * minutes,
    }).write_parquet(folder / "bars.parquet")  # fmt: skip
    pl.DataFrame({
        "funding_time": times[1_440::2], "funding_rate": [0.0013 if n % 3 else -0.0007 for n in range(45)],
    }).write_parquet(folder / "BTCUSDT-funding.parquet")  # fmt: skip


class Stopper:
    """Ends the session when it was long and short, was stopped out at the venue, and has paid funding."""

    def __init__(self) -> None:
        self.sides: list[Side] = []
        self.triggered: set[Any] = set()
        self.stopped = self.funded = 0
        self.session: Any = None

    def observe(self, steps: Sequence[Step]) -> None:
        for step in steps:
            if isinstance(step.event, OrderTriggered):
                self.triggered.add(step.event.order)
            self.stopped += isinstance(step.event, OrderFilled) and step.event.order in self.triggered
            self.funded += isinstance(step.event, FundingPaid)
            for effect in step.effects:
                if isinstance(effect, SubmitOrder) and not effect.order.reduce_only:
                    self.sides.append(effect.order.side)
        # Between bars, when nothing is on its way: what the exchange does after the end is not in our books.
        is_calm = any(isinstance(step.event, TimerFired) for step in steps)
        enough = len(self.sides) >= ENTRIES and self.stopped and self.funded >= 2 and is_calm
        if enough and self.session is not None:
            self.loop.call_soon_threadsafe(self.session.stop, "enough")
            self.session = None

    def close(self) -> None:
        pass

    def begin(self, session: Any, loop: asyncio.AbstractEventLoop) -> None:
        self.session, self.loop = session, loop


def settings(folder: Path, port: int, key: str, secret: str) -> dict[str, Any]:
    """Return the configuration of the session, with its strategy's file written."""
    (folder / "trader.py").write_text(TRADER)
    account = {"api_key": key, "secret_key": secret, "base_url": f"http://127.0.0.1:{port}"}
    # At sixty times the pace of a clock, ten minutes of the exchange's time are ten seconds.
    patient = {"answer_seconds": 7_200, "wait_seconds": 120, "recv_window_ms": 60_000}
    return {
        "engine": {
            "symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder / "out"),
            "prefetch": {"enabled": True, "start_time_type": "days", "days": 1},
        },
        "market_data": {"provider_type": "binance", "config": {"silent_seconds": 240}},
        "trading": {
            "provider_type": "binance-paper",
            "config": account | patient | {"market": "usdm", "leverage": 10, "margin_type": "crossed"},
        },
        "risk": {"allow_short": True},
        "shutdown": {"cancel": "all", "flatten": False, "timeout_seconds": 3_600},
        "strategy": {"path": f"{folder / 'trader.py'}:Trader"},
    }  # fmt: skip


def config(folder: Path, port: int, key: str, secret: str) -> Any:
    return build_config(Source("session.yaml", settings(folder, port, key, secret), {}), environ={})


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_long_and_short_with_stops_at_the_venue_and_funding(tmp_path: Path) -> None:
    write_market(tmp_path)
    for venue in serve(tmp_path, "--speed", "60", config=VENUE):
        stopper = Stopper()
        tree = settings(tmp_path, venue.port, venue.key, venue.secret)
        told = config(tmp_path, venue.port, venue.key, venue.secret)
        run = prepare(told, tmp_path, observers=[stopper], handle_signals=False)

        async def main(run: Any = run, stopper: Stopper = stopper) -> Path:
            stopper.begin(run.session, asyncio.get_running_loop())
            home: Path = await run.run()
            return home

        home = asyncio.run(main())
        steps = list(read(run.files.journal_path))
        check_books(steps, run, venue.port, venue.key, venue.secret)
        check_bars(steps)
        check_secrets(home, venue.key, venue.secret)
        check_replay(tmp_path / "out")
        assert check_backtest(run.files.journal_path, tree, tmp_path / "past")


def at_one_moment(wallets: Callable[[], list[Wallet]], charges: Callable[[], list[Income]]) -> Any:
    """Return an account's wallets and what it was charged until then: it is charged on, every two seconds of ours."""
    while True:
        before, told, after = charges(), wallets(), charges()
        if len(before) == len(after):
            return told, after


def check_books(steps: list[Step], run: Any, port: int, key: str, secret: str) -> None:
    """Hold wallet, position and funding against what the exchange says over REST, to the last digit."""
    events = [step.event for step in steps]
    kinds = [type(event) for event in events]
    assert kinds[0] is SessionStarted
    reports = [notice for step in steps for notice in step.notices if isinstance(notice, ReconciliationReport)]
    assert reports
    assert not any(report.confirmed for report in reports)
    assert any(isinstance(event, FundingRate) for event in events)
    entries = [effect.order for step in steps for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert {each.side for each in entries if not each.reduce_only} == {Side.BUY, Side.SELL}
    exits = [
        spec for step in steps for effect in step.effects if isinstance(effect, PlaceExits) for spec in effect.orders
    ]
    stops = {each.id for each in exits if each.type is OrderType.STOP}
    assert len(exits) == 2 * len(stops), "each with its target"
    assert {event.order for event in events if isinstance(event, OrderTriggered)} <= stops
    stopped = {event.order for event in events if isinstance(event, OrderFilled)} & stops
    taken_back = {event.order for event in events if isinstance(event, OrderCancelled)} & stops
    assert stopped
    assert taken_back
    rest, offset, keys = Rest(f"http://127.0.0.1:{port}", Product.USDM), ClockOffset(), Keys(key, HmacSigner(secret))
    rest.compare_clocks(offset)
    rows = rest.get_signed("positionRisk", {}, list[PositionRisk], keys, offset)

    def charges() -> list[Income]:
        params: dict[str, str | int | bool] = {"incomeType": "FUNDING_FEE", "limit": 1_000}
        told: list[Income] = rest.get_signed("income", params, list[Income], keys, offset)
        return told

    wallets, funding = at_one_moment(lambda: rest.get_signed("balance", {}, list[Wallet], keys, offset), charges)
    rest.close()
    theirs = {each.instrument: each.quantity for each in positions_of(rows)}
    held = run.world.engine.portfolio.totals[BTC].quantity
    assert theirs.get(BTC, 0) == held
    ours = {str(asset): total for asset, total in run.world.engine.portfolio.ledger.wallet()}
    booked = [event for event in events if isinstance(event, FundingPaid)]
    told = [Decimal(row.income) for row in funding][: len(booked)]
    assert [event.amount for event in booked] == told
    late = sum((Decimal(row.income) for row in funding[len(booked) :]), Decimal(0))
    assert ours["USDT"] + late == next(Decimal(row.balance) for row in wallets if row.asset == "USDT")
