"""Scripted sessions in which everything happens that the database has a place for."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tests.unit.record.session_steps import BTC, MOMENTUM, OCT_1, USDT, Script, bar, header, price_at, refusal
from tradewind.domain import events as ev
from tradewind.domain.account import Balance
from tradewind.domain.approval import CorrelationsMeasured, Measured, RiskAdjusted
from tradewind.domain.breakers import (
    BreakerAction,
    BreakerChanged,
    BreakerDrilled,
    BreakerIgnored,
    BreakerState,
    BreakerWarned,
    EquityAnchored,
)
from tradewind.domain.commands import Correct, SubmitOrder
from tradewind.domain.control import BreakerTripRequested, Degraded, Halted, Paused, Restored, Resumed
from tradewind.domain.ids import EXTERNAL, InstrumentId, TradeId, VenueOrderId
from tradewind.domain.order import OrderType, Purpose, Side
from tradewind.domain.reconciliation import Discrepancy, Kind, Mode, ReconciliationReport, Severity
from tradewind.domain.step import AccountSeen, AccountUnseen, CorrectionStale, Step, StrategyFailed
from tradewind.domain.time import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from tradewind.portfolio.ledger import Account

if TYPE_CHECKING:
    from tradewind.portfolio.portfolio import Portfolio

HEADER = header(
    parent="2025-09-30/run_1", config_hash="abc", code_version="tradewind 0", timezone="Europe/Berlin",
)  # fmt: skip
DAYS = 40


def everything() -> list[Step]:
    """One session with every kind of fact, over enough days for every metric."""
    script = Script()
    _trading_day(script)
    _held_position(script)
    _operator(script)
    _breakers(script)
    _risk(script)
    _money(script)
    _reconciliation(script)
    _many_days(script)
    _liquidated(script)
    _open_at_the_end(script)
    script.stop()
    return script.steps


def _trading_day(script: Script) -> None:
    ts = script.now
    script.take(
        ev.TradingDay(
            "XHKG", "2025-10-01", ts, ts + 6 * NS_PER_HOUR, ts, is_early=True, ts_break=ts + 1, ts_resume=ts + 2
        )
    )


def _held_position(script: Script) -> None:
    """A position with a stop and a target, looked at while it is open, and closed by the target."""
    buy = script.order(Side.BUY, type=OrderType.LIMIT, price=Decimal(50_010), tag="breakout")
    stop = script.order(
        Side.SELL, type=OrderType.STOP, trigger=Decimal(49_000), parent=buy.id, reduce_only=True,
        purpose=Purpose.STOP_LOSS,
    )  # fmt: skip
    target = script.order(
        Side.SELL, type=OrderType.LIMIT, price=Decimal(50_500), parent=buy.id, reduce_only=True,
        purpose=Purpose.TAKE_PROFIT,
    )  # fmt: skip
    _bar(script, SubmitOrder(buy, (stop, target)))
    script.accept(buy)
    script.fill(buy, 50_000.5)
    script.accept(stop)
    script.accept(target)
    for _ in range(3):
        _bar(script)
    script.fill(target, 50_500.0)
    script.cancelled(stop)


def _operator(script: Script) -> None:
    ts = script.now
    script.take(Paused(ts, "lunch", "ada"))
    script.take(Resumed(ts))
    script.take(Halted(ts, "odd prices", MOMENTUM))
    script.take(Resumed(ts, "ada", MOMENTUM))
    script.take(Degraded(ts, "disk", "full"))
    script.take(Restored(ts, "disk"))
    script.take(ev.LinkChanged("binance", "market", up=False, ts_recv=ts))
    failed = StrategyFailed(MOMENTUM, "ValueError: x", "mine.py:3", halted=True)
    script.take(ev.TimerFired("x", ts), refusals=(refusal(script),), notices=(failed,))  # type: ignore[arg-type]


def _breakers(script: Script) -> None:
    ts = script.now
    closed, tripped, action = BreakerState.CLOSED, BreakerState.TRIPPED, BreakerAction.CANCEL
    script.take(
        BreakerTripRequested(ts, "account_daily"),
        notices=(
            EquityAnchored("start", Decimal(100_000), Decimal(100_000)),
            BreakerWarned("account_daily", "warning", Decimal("0.01"), Decimal("0.02")),
            BreakerChanged(
                "account_daily",
                tripped,
                closed,
                action,
                "lost",
                Decimal("0.025"),
                Decimal("0.03"),
                "ada",
                ts + NS_PER_DAY,
                is_dry=True,
            ),
            BreakerChanged("manual", tripped, closed, action, "drill", is_drill=True),
            BreakerDrilled("manual", tripped=True, refused="halted", reduction=""),
            BreakerIgnored("x", "no such"),
        ),
    )


def _risk(script: Script) -> None:
    one, less = Decimal(1), Decimal("0.6")
    measured = (Measured(BTC, InstrumentId("binance:ETHUSDT"), 0.9, 30), Measured(BTC, InstrumentId("x:Z"), None, 3))
    script.take(
        ev.TimerFired("r", script.now),  # type: ignore[arg-type]
        notices=(
            CorrelationsMeasured(measured, 30),
            RiskAdjusted(BTC, less, Decimal("1.2"), less, "drawdown, tier 2", one, one, one),
        ),
    )


def _money(script: Script) -> None:
    ts = script.now
    script.take(ev.BalanceTransferred("binance", USDT, Decimal(5_000), ts))
    script.take(ev.BalanceTransferred("binance", USDT, Decimal(-1_000), ts))
    script.take(ev.FundingPaid(BTC, Decimal("-1.5"), USDT, ts, ts))
    script.take(ev.BorrowCharged(BTC, Decimal("0.25"), USDT, ts, ts))
    balances = (Balance(USDT, Decimal(104_000), locked=Decimal(10), borrowed=Decimal(1)),)
    script.take(ev.AccountSnapshot("binance", balances, None, ts, ts))


def _reconciliation(script: Script) -> None:
    ts = script.now
    cash = Discrepancy(Kind.CASH, Severity.CRITICAL, USDT, Decimal(1), Decimal(2))
    report = ReconciliationReport(
        "rec-1", ts, Mode.HALT_ON_MISMATCH, (cash,), (cash,), ("sets USDT",), rejected=(cash,)
    )
    buy = script.order(Side.BUY)
    _bar(script, SubmitOrder(buy))
    lost = ev.OutcomeUnknown(buy.id, "no answer", script.now)
    script.take(ev.SnapshotFailed("binance", "gone", ts), notices=(AccountUnseen(ts, "gone", is_close_only=True),))
    script.take(bar(script.now, 50_000.0), Correct(lost), notices=(report, AccountSeen(ts)))
    script.take(ev.OutcomeUnknown(buy.id, "no answer", script.now))
    script.fill(buy, 50_000.0)
    ts = script.now
    theirs = script.order(Side.BUY, type=OrderType.LIMIT, price=Decimal(1), strategy=EXTERNAL)
    script.take(ev.OrderAdopted(TradeId("ado-1"), theirs, VenueOrderId("v-9"), Decimal(0), ts))
    script.cancelled(theirs)
    ts = script.now
    held = _books(script).totals[BTC]
    cost = ev.AverageAdjusted(TradeId("adj-0"), BTC, held.quantity, held.cost, held.cost + 9, ts)
    script.take(cost)
    script.take(cost, notices=(CorrectionStale(TradeId("adj-0"), BTC),))
    script.take(ev.PositionAdjusted(TradeId("adj-1"), BTC, Decimal("0.5"), Decimal("0.2"), Decimal(50_100), ts))
    script.take(ev.PositionAdjusted(TradeId("adj-2"), BTC, Decimal("0.2"), Decimal(0), Decimal(50_100), ts))
    books = _books(script).ledger.balance(Account.WALLET, USDT)
    script.take(ev.BalanceAdjusted(TradeId("adj-3"), USDT, books, books + 7, ts))
    stale = (CorrectionStale(TradeId("adj-4"), USDT),)
    script.take(ev.BalanceAdjusted(TradeId("adj-4"), USDT, Decimal(1), Decimal(2), ts), notices=stale)


def _many_days(script: Script) -> None:
    start = OCT_1 + NS_PER_DAY
    for day in range(DAYS):
        _round_trip(script, start + day * NS_PER_DAY, day)


def _round_trip(script: Script, ts: int, number: int) -> None:
    first, second = (Side.BUY, Side.SELL) if number % 3 else (Side.SELL, Side.BUY)
    for side, at in ((first, 0), (second, 3)):
        spec = script.order(side, purpose=Purpose.ENTRY if side is first else Purpose.EXIT)
        script.bar(ts + at * NS_PER_MINUTE, price_at(number + at), SubmitOrder(spec))
        script.accept(spec)
        script.fill(spec, price_at(number + at))
        script.bar(ts + (at + 1) * NS_PER_MINUTE, price_at(number + at + 1))


def _liquidated(script: Script) -> None:
    buy = script.order(Side.BUY)
    _bar(script, SubmitOrder(buy))
    script.fill(buy, 50_000.0)
    ts = script.now + NS_PER_MINUTE
    script.take(
        ev.PositionLiquidated(BTC, TradeId("liq"), Side.SELL, Decimal("0.5"), Decimal(49_000), Decimal(1), USDT, ts, ts)
    )


def _open_at_the_end(script: Script) -> None:
    buy = script.order(Side.BUY)
    stop = script.order(
        Side.SELL, type=OrderType.STOP, trigger=Decimal(45_000), parent=buy.id, purpose=Purpose.STOP_LOSS
    )
    target = script.order(
        Side.SELL, type=OrderType.LIMIT, price=Decimal(60_000), parent=buy.id, purpose=Purpose.TAKE_PROFIT
    )
    _bar(script, SubmitOrder(buy, (stop, target)))
    script.fill(buy, 50_000.0)
    script.accept(stop)
    script.accept(target)
    for _ in range(3):
        _bar(script)


def _bar(script: Script, *effects: SubmitOrder) -> None:
    ts = script.now - script.now % NS_PER_MINUTE + NS_PER_MINUTE
    script.bar(ts, price_at(ts // NS_PER_MINUTE), *effects)


def _books(script: Script) -> Portfolio:
    """Return the books as they are by now."""
    from tradewind.domain.money import money_context
    from tradewind.record.recorder.books import Books

    books = Books(HEADER)
    with money_context():
        for step in script.steps:
            books.take(step)
        return books.portfolio
