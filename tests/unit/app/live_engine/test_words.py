"""What an operator says to a running engine, and what the methods make of the answers."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tradewind import Bar, Strategy
from tradewind.domain.ids import Asset, InstrumentId
from tradewind.domain.order import Purpose
from tradewind.domain.reconciliation import Kind, ReconciliationReport
from tradewind.live import EngineSetupError, LiveTradingEngine, PaperBroker, VenueError
from tradewind.portfolio.ledger import Account
from tradewind.runtime.replay import verify
from tradewind.testing import bar
from tradewind.venues.replay.venue import ReplayClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

USDT = Asset("USDT")
SYMBOL = InstrumentId("custom:BTCUSDT")


class Holder(Strategy):
    """Buys one with the first bar."""

    def on_bar(self, ctx: Any, bar: Bar) -> None:
        if not ctx.position().quantity and not ctx.open_orders():
            ctx.buy(1)


class Stream:
    """A minute every few milliseconds, until it is told to end."""

    def __init__(self) -> None:
        self.clock = ReplayClock(None)
        self.clock.arrive(10**18)
        self.ends = asyncio.Event()
        self.bought = asyncio.Event()

    async def stream(self) -> AsyncIterator[Bar]:
        first, number = self.clock.now() // (60 * 10**9) + 1, 0
        while not self.ends.is_set():
            said = bar(100.0, first + number, of=SYMBOL)
            self.clock.arrive(said.ts_recv)
            number += 1
            yield said
            if number > 5:
                self.bought.set()
            await asyncio.sleep(0.002)


class Session:
    """A session under way."""

    def __init__(self, engine: LiveTradingEngine) -> None:
        self.engine = engine
        assert engine._run is not None
        assert engine._run.world.venue is not None
        self.venue = engine._run.world.venue
        self.engine_inside = engine._run.world.engine

    def lose(self, amount: int) -> None:
        """Let money vanish at the venue."""
        self.venue.account.portfolio.ledger.move(Account.WALLET, Account.OPENING, USDT, Decimal(amount))


def during(tmp_path: Path, act: Callable[[Session], Awaitable[None]], **keys: Any) -> Path:
    """Do something while a session runs; return its folder."""

    async def whole() -> Path:
        stream = Stream()
        block = {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(tmp_path / "sessions")}
        config = {"engine": block, "reconciliation": {"strategy": "manual_approval"}}
        trading = keys.pop("trading", PaperBroker())
        engine = LiveTradingEngine(config | keys, strategy=Holder, market_data=stream, trading=trading)
        running = asyncio.create_task(engine.run())
        await stream.bought.wait()
        try:
            await act(Session(engine))
        finally:
            stream.ends.set()
        return await running

    return asyncio.run(whole())


async def certain(session: Session) -> ReconciliationReport:
    """Compare until the difference in cash is certain; that in equity, which follows from it, is so at once."""
    for _ in range(100):
        report = await session.engine.force_reconciliation()
        if any(each.kind is Kind.CASH for each in report.confirmed):
            return report
        await asyncio.sleep(0.005)
    raise AssertionError("nothing is certain")


def test_a_comparison_is_made_when_asked_for_and_can_be_replayed(tmp_path: Path) -> None:
    told: list[ReconciliationReport] = []

    async def act(session: Session) -> None:
        told.append(await session.engine.force_reconciliation("ann"))
        told.append(await session.engine.force_reconciliation("ann"))
        assert session.engine.reports == told

    folder = during(tmp_path, act)
    assert [report.has_discrepancies for report in told] == [False, False]
    assert told[0].ts < told[1].ts
    assert verify(folder / "journal.sqlite").steps > 2


def test_rejected_by_its_id_it_is_not_raised_again(tmp_path: Path) -> None:
    async def act(session: Session) -> None:
        session.lose(5_000)
        report = await certain(session)
        assert [each.kind for each in report.confirmed] == [Kind.CASH, Kind.EQUITY]
        assert await session.engine.reject(report.id, "ann") == []
        assert (await session.engine.force_reconciliation()).rejected
        assert await session.engine.reject("rec-none") == [
            "rec-none: no such report with certain differences among the latest"
        ]

    during(tmp_path, act)


def test_approved_by_its_id_the_books_are_the_venues(tmp_path: Path) -> None:
    async def act(session: Session) -> None:
        session.lose(5_000)
        report = await certain(session)
        assert await session.engine.approve(report.id, "ann") == []
        assert not (await session.engine.force_reconciliation()).criticals
        assert session.engine_inside.view.cash(USDT) == session.venue.account.wallet(USDT)

    during(tmp_path, act)


def test_account_data_are_synchronised_at_most_every_five_minutes_unless_forced(tmp_path: Path) -> None:
    async def act(session: Session) -> None:
        first = await session.engine.sync_account_data(symbol="BTCUSDT")
        assert (first.success, first.message) == (True, "compared: 0 differences")
        second = await session.engine.sync_account_data()
        assert second.message.startswith("compared less than five minutes ago")
        assert second.timestamp == first.timestamp
        session.lose(5_000)
        forced = await session.engine.sync_account_data(force=True, symbol="USDT")
        assert [each.subject for each in forced.data["differences"]] == ["USDT"]
        assert (await session.engine.sync_account_data(force=True, symbol="BTCUSDT")).data["differences"] == []

    during(tmp_path, act)


def test_an_emergency_is_over_when_everything_is_explained(tmp_path: Path) -> None:
    async def act(session: Session) -> None:
        session.lose(5_000)
        result = await session.engine.emergency_sync("ann")
        assert result.success, result
        assert [said.split(" from")[0] for said in result.data["changed"]] == ["sets USDT"]

    during(tmp_path, act, reconciliation={"strategy": "auto_adjust", "confirm_after_seconds": 0.01})


def test_an_emergency_that_leaves_something_unexplained_is_no_success(tmp_path: Path) -> None:
    async def act(session: Session) -> None:
        session.lose(5_000)
        result = await session.engine.emergency_sync("ann")
        assert not result.success
        assert [each.subject for each in result.data["unexplained"]] == ["USDT", "equity"]

    during(tmp_path, act, reconciliation={"strategy": "warn_only", "confirm_after_seconds": 0.01})


def test_trades_that_nobody_told_of_are_booked_once(tmp_path: Path) -> None:
    async def act(session: Session) -> None:
        run = session.engine._run
        assert run is not None
        (order,) = session.engine_inside.orders.by_id.values()
        told = len(order.trade_ids)
        order.trade_ids.clear()  # as if it had never been told
        order.filled = Decimal(0)
        result = await session.engine.recover_missing_trades("BTCUSDT", days_back=1)
        assert [fill.order for fill in result.data["fills"]] == [order.spec.id] * told
        assert (await session.engine.recover_missing_trades("BTCUSDT", days_back=1)).data["fills"] == []
        assert (await session.engine.recover_missing_trades("ETHUSDT")).data["fills"] == []

    during(tmp_path, act)


def test_a_venue_that_does_not_tell_its_account_is_an_error_and_no_empty_report(tmp_path: Path) -> None:
    async def act(session: Session) -> None:
        with pytest.raises(VenueError, match="did not tell its account"):
            await session.engine.force_reconciliation()
        assert not (await session.engine.sync_account_data()).success
        assert not (await session.engine.emergency_sync()).success
        assert not (await session.engine.recover_missing_trades("BTCUSDT")).success

    faults = {"failed_lookup": 1.0}
    during(tmp_path, act, trading={"provider_type": "paper", "config": {"faults": faults}})


def test_what_is_held_is_closed_when_the_operator_says_so(tmp_path: Path) -> None:
    async def act(session: Session) -> None:
        assert await session.engine.flatten("ETHUSDT") == ["this session does not trade ETHUSDT"]
        assert await session.engine.flatten("BTCUSDT") == [f"external holds nothing of {SYMBOL}"]
        assert await session.engine.cancel_order("x-1") == ["unknown_order: no order x-1"]
        (strategy,) = session.engine_inside.roster.members
        assert await session.engine.flatten("BTCUSDT", strategy, "ann") == []
        assert any(order.spec.purpose is Purpose.OPERATOR for order in session.engine_inside.orders.by_id.values())

    during(tmp_path, act)


def test_who_does_not_run_cannot_be_asked(tmp_path: Path) -> None:
    engine = LiveTradingEngine()
    with pytest.raises(EngineSetupError, match="not running"):
        asyncio.run(engine.force_reconciliation())

    async def act(session: Session) -> None:
        ended.append(session)

    ended: list[Session] = []
    during(tmp_path, act)
    with pytest.raises(EngineSetupError, match="has ended"):
        asyncio.run(ended[0].engine.approve("rec-1"))


def test_how_it_stands_is_told_with_its_facts(tmp_path: Path) -> None:
    async def act(session: Session) -> None:
        healthy = session.engine.get_health_status()
        assert (healthy["status"], healthy["reasons"]) == ("healthy", [])
        assert (healthy["engine_running"], healthy["broker_connected"], healthy["position_count"]) == (True, True, 1)
        assert healthy["mode"] == "paper"
        session.lose(50_000)
        report = await session.engine.force_reconciliation()
        assert (session.engine.get_health_status()["last_reconciliation"] or 0) >= report.ts
        await certain(session)
        told = session.engine.get_health_status()
        assert told["status"] == "critical"
        assert "our books differ from the venue's" in told["reasons"][0]

    with pytest.raises(EngineSetupError):
        LiveTradingEngine().get_health_status()
    during(tmp_path, act)
