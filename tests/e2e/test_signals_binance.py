"""Signal keys over Binance's protocol, spot and USD-M, against the local exchange in a process of its own."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.venue import CONFIG, serve
from tests.e2e.test_binance_usdm import VENUE, write_market
from tests.e2e.test_kill_and_go_on import ledger, told
from tradewind.domain.commands import PlaceExits
from tradewind.domain.reconciliation import ReconciliationReport
from tradewind.record.sessions.find import sessions
from tradewind.signals import Live, add_exchange, add_strategy, configure, get_candles
from tradewind.venues._net.offset import ClockOffset
from tradewind.venues.binance.errands import Keys
from tradewind.venues.binance.parse_rest import balances_of
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.sign import HmacSigner
from tradewind.venues.binance.wire_rest import Account
from tradewind.venues.binance.wire_usdm_rest import Wallet

pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conformance.venue import Venue
    from tradewind.app.signals.result import SignalResult
    from tradewind.record.sessions.find import SessionEntry


def define(folder: Path, venue: Venue, symbols: list[str], **trading: Any) -> None:
    """Define an exchange at sixty times the pace of a clock: ten minutes of its time are ten seconds."""
    account = {"api_key": venue.key, "secret_key": venue.secret, "base_url": f"http://127.0.0.1:{venue.port}"}
    patient = {"answer_seconds": 7_200, "wait_seconds": 120, "recv_window_ms": 60_000}
    config = {
        "engine": {"symbols": symbols},
        "market_data": {"config": {"silent_seconds": 240}},
        "trading": {"config": account | patient | trading},
        "shutdown": {"timeout_seconds": 3_600},
        "lease": {"folder": str(folder / "lease")},
        "journal": {"durable": False},
    }
    add_exchange(exchange_name="b", venue="binance", config=config, late_candle_grace=3_600, replace=True)
    configure(root=folder / "logs" / "persist")


def plan(side: str, distance: float, minutes: int) -> dict[str, Any]:
    last, up = get_candles(limit=1)[-1].close, 1 if side == "long" else -1
    return {"position": side, "price_take_profit": last * (1 + 2 * up * distance),
            "price_stop_loss": last * (1 - up * distance), "minute_estimated_time": minutes}  # fmt: skip


def strategy(name: str, side: str, distance: float, minutes: int, symbols: tuple[str, ...] = ()) -> None:
    add_strategy(
        strategy_name=name, get_signal=lambda symbol, when: plan(side, distance, minutes), replace=True, cost=2_000,
        min_take_profit_pct=None, min_stop_loss_pct=None, symbols=symbols,
    )  # fmt: skip


async def until(name: str, symbol: str, action: str, count: int = 1) -> list[SignalResult]:
    """Run a key until so many of its signals were opened or closed, and leave it then: what is open stays open."""
    results: list[SignalResult] = []
    async with aclosing(Live.run(symbol, strategy_name=name, exchange_name="b")) as run:
        async for result in run:
            results.append(result)
            if [each.action for each in results].count(action) >= count:
                break
    return results


async def many(*keys: tuple[str, str, str, int]) -> list[list[SignalResult]]:
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(until(*key)) for key in keys]
    return [task.result() for task in running]


def line(folder: Path) -> list[SessionEntry]:
    found = sessions(folder / "logs" / "venue" / "b")
    return sorted(found, key=lambda entry: str(entry.facts.get("created")))


def theirs(venue: Venue, product: Product) -> dict[str, Any]:
    rest, offset = Rest(f"http://127.0.0.1:{venue.port}", product), ClockOffset()
    rest.compare_clocks(offset)
    keys = Keys(venue.key, HmacSigner(venue.secret))
    try:
        if product is Product.SPOT:
            account = rest.get_signed("account", {"omitZeroBalances": True}, Account, keys, offset)
            return {str(each.asset): each.total for each in balances_of(account.balances)}
        wallets = rest.get_signed("balance", {}, list[Wallet], keys, offset)
        return {row.asset: row.balance for row in wallets}
    finally:
        rest.close()


def check_steps(entries: list[SessionEntry]) -> None:
    """Fail unless the books were compared and never differed, and exits were sent to the venue."""
    steps = [step for entry in entries for step in told(entry)]
    reports = [notice for step in steps for notice in step.notices if isinstance(notice, ReconciliationReport)]
    assert reports
    assert not any(report.confirmed for report in reports)
    assert any(isinstance(effect, PlaceExits) for step in steps for effect in step.effects)
    assert asyncio.run(Live.verify("BTCUSDT", strategy_name="wide", exchange_name="b"))


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_spot_a_key_that_was_left_with_an_open_signal_goes_on_with_it(tmp_path: Path) -> None:
    for venue in serve(tmp_path, "--speed", "60", config=CONFIG):
        define(tmp_path, venue, ["BTCUSDT", "ETHUSDT"])
        strategy("wide", "long", 0.2, 9)
        strategy("short-lived", "long", 0.2, 1)
        left = [("wide", symbol, "opened", 1) for symbol in ("BTCUSDT", "ETHUSDT")]
        one, _, lived = asyncio.run(many(*left, ("short-lived", "BTCUSDT", "closed", 2)))
        assert [result.close_reason for result in lived if result.action == "closed"] == ["time_expired"] * 2
        (opened,) = one
        again, eth = asyncio.run(many(("wide", "BTCUSDT", "closed", 1), ("wide", "ETHUSDT", "closed", 1)))
        for results in (again, eth):
            assert [(result.action, result.close_reason) for result in results] == [("closed", "time_expired")]
        assert again[0].signal is not None
        assert opened.signal is not None
        assert again[0].signal.id == opened.signal.id
        entries = line(tmp_path)
        assert len(entries) == 2
        ours = {asset: total for (kind, asset), total in ledger(entries[-1]).items() if kind.value == "wallet"}
        assert {asset: total for asset, total in ours.items() if total} == theirs(venue, Product.SPOT)
        check_steps(entries)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_usdm_shorts_are_stopped_at_the_venue(tmp_path: Path) -> None:
    write_market(tmp_path)
    for venue in serve(tmp_path, "--speed", "60", config=VENUE):
        define(tmp_path, venue, ["BTCUSDT"], market="usdm", leverage=10, margin_type="crossed")
        strategy("wide", "short", 0.001, 30)
        (results,) = asyncio.run(many(("wide", "BTCUSDT", "closed", 2)))
        reasons = {result.close_reason for result in results if result.action == "closed"}
        assert reasons <= {"stop_loss", "take_profit"}
        assert reasons
        check_steps(line(tmp_path))
