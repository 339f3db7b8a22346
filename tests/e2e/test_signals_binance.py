"""Signal keys over Binance's protocol, spot and USD-M, against the local exchange in a process of its own."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance.venue import CONFIG, Venue, serve
from tests.e2e.program import started
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
    from tradewind.app.signals.result import SignalResult
    from tradewind.record.sessions.find import SessionEntry


SPOT = ["BTCUSDT", "ETHUSDT"]


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
            print(result.event_id, flush=True)  # noqa: T201 - to the test, from a process of its own
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
def test_spot_killed_with_open_signals_the_next_session_goes_on_with_them(tmp_path: Path) -> None:
    for venue in serve(tmp_path, "--speed", "60", config=CONFIG):
        given = killed(tmp_path, venue)
        define(tmp_path, venue, SPOT)
        spot()
        again = asyncio.run(many(*(("wide", symbol, "closed", 1) for symbol in SPOT)))
        for (closed,) in again:
            assert (closed.action, closed.close_reason) == ("closed", "time_expired")
            assert closed.signal is not None
            assert f"{closed.signal.id}:opened" in given, "the one that was open"
        entries = line(tmp_path)
        assert len(entries) == 2
        ours = {asset: total for (kind, asset), total in ledger(entries[-1]).items() if kind.value == "wallet"}
        assert {asset: total for asset, total in ours.items() if total} == theirs(venue, Product.SPOT)
        check_steps(entries)


def spot() -> None:
    strategy("wide", "long", 0.2, 9)
    strategy("short-lived", "long", 0.2, 1)


def killed(folder: Path, venue: Venue) -> list[str]:
    """Run keys in a process of its own; kill it when two signals are open and one has closed. Return what was given."""
    given: list[str] = []
    with started("-m", __name__, folder, venue.port, venue.key, venue.secret) as process:
        assert process.stdout is not None
        while not {"wide-BTCUSDT", "wide-ETHUSDT", "short-lived-BTCUSDT"} <= {told.rsplit("-", 1)[0] for told in given}:
            given += [process.stdout.readline().strip()]
            assert given[-1], process.communicate()
            if given[-1].startswith("short-lived") and given[-1].endswith(":opened"):
                given.pop()  # what is waited for is its close
        process.kill()
        process.wait()
    return given


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


if __name__ == "__main__":
    define(Path(sys.argv[1]), Venue(int(sys.argv[2]), *sys.argv[3:]), SPOT)
    spot()
    asyncio.run(many(*((name, symbol, "closed", 99) for name in ("wide", "short-lived") for symbol in SPOT)))
